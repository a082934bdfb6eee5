/** What becomes of rows that cannot be read. */
import { ValueError } from '../errors.js';
import type { BadRow } from './batches.js';
import { show } from './show.js';

/** What to do about a row that cannot be read: fail, leave it out, or ask function `n` of the stage. */
export type OnBadRow = 'fail' | 'skip' | number;

/** What a stage adds to a source. */
export interface OpenHooks {
  /** Called for a row that cannot be read; what it gives stands for the row, if not `undefined`. */
  readonly onBadRow?: ((bad: BadRow) => unknown) | undefined;
}

/** Takes a bad row, which costs something to describe, and gives what stands for it: `undefined` means nothing. */
export type BadRowTaker = (describe: () => BadRow) => unknown;

export function badRowTaker(onBadRow: OnBadRow, hooks: OpenHooks): BadRowTaker {
  if (onBadRow === 'skip') return () => undefined;
  const { onBadRow: ask } = hooks;
  if (onBadRow === 'fail' || ask === undefined) {
    return (describe) => {
      throw badRowError(describe());
    };
  }
  return (describe) => {
    const row = ask(describe());
    if (row instanceof Promise) {
      row.catch(() => undefined);
      throw new TypeError('onBadRow gave a promise, but must give the row at once: it cannot be async.');
    }
    return row;
  };
}

function badRowError({ file, line, text, error }: BadRow): ValueError {
  return new ValueError(
    `${file}, line ${line}: this row cannot be read: ${error.message} (it is ${show(text)}). ` +
      "Mend the file, or pass onBadRow: 'skip' to leave such rows out, or a function that gives a row instead.",
    `${file}:${line}`,
    undefined,
    { cause: error },
  );
}
