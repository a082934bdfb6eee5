/** Opens a partition of a source, in the worker. */
import type { BadRow, Batches } from './batches.js';
import type { FileTask } from './task.js';
import { openText } from './text.js';

/** What a stage adds to a source. */
export interface OpenHooks {
  /** Called for a row that cannot be read; what it gives stands for the row, if not `undefined`. */
  readonly onBadRow?: ((bad: BadRow) => unknown) | undefined;
}

/** The rows of a partition. */
export function openFile(task: FileTask, _hooks: OpenHooks = {}): Batches {
  return openText(task);
}
