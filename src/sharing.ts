import type { Engine } from './engine/engine.js';
import { CaptureError } from './errors.js';
import type { PortableFunction } from './function/portable.js';
import { beginAtCall } from './function/stack.js';

/** Throws `CaptureError` for a function that captures memory that only threads can share, where workers are none. */
export function checkSharing({ sharesMemory }: Engine, { name, values }: PortableFunction): void {
  if (values === undefined || sharesMemory) return;
  if (values.attached?.every((one) => one instanceof ArrayBuffer) !== false) return;
  throw beginAtCall(
    new CaptureError(
      `${name || 'The function'} captures shared memory, which only workers that are threads can have. ` +
        "Use isolation: 'thread', or pass a copy of the data.",
      [name],
    ),
  );
}
