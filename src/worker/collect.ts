import type { Block } from '../codec/index.js';

/** From so many bytes on, memory that came with a task is worth asking for. */
const worthBytes = 1 << 20;

/**
 * Lets memory that moved in with a task, and is garbage now, go back to the allocator. The collector runs when something is allocated, and
 * a worker that is only given arrays allocates nothing: each array would then lie in pages that are new to the process, which cost
 * several times what copying into them does. Where more than a few tens of MiB wait, V8 collects its young generation before it allocates
 * any buffer, however small.
 */
export function collectAfter({ attached }: Block): void {
  if (attached === undefined) return;
  let bytes = 0;
  for (const item of attached) if (item instanceof ArrayBuffer) bytes += item.byteLength;
  if (bytes >= worthBytes) new ArrayBuffer(1);
}
