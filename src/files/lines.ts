/** Lines as bytes, for who sorts or counts them without making strings. */
import { openBlocks } from './blocks.js';
import type { RowBlocks } from './row-blocks.js';
import type { TextTask } from './task.js';

/** Some lines: line `i` is `bytes` from `starts[i]` to `ends[i]`, without its line end. */
export interface Lines {
  readonly bytes: Buffer;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly count: number;
}

/** The lines of a partition as bytes. What `next` gives is valid until it is asked again. */
export function openLines(task: TextTask): {
  next(): Lines | undefined | Promise<Lines | undefined>;
  close(): void;
} {
  const blocks = openBlocks(task);
  let starts = new Uint32Array(1 << 12);
  let ends = new Uint32Array(1 << 12);
  const found = (block: RowBlocks | undefined): Lines | undefined => block && find(block);
  const next = (): Lines | undefined | Promise<Lines | undefined> => {
    const block = blocks.next();
    return block instanceof Promise ? block.then(found) : found(block);
  };
  return { next, close: () => blocks.close() };

  function find({ window: { bytes }, start, end }: RowBlocks): Lines {
    let count = 0;
    for (let from = start; from < end; ) {
      const index = bytes.indexOf(10, from);
      const found = index >= 0 && index < end;
      const to = found ? index : end;
      if (count === starts.length) {
        starts = larger(starts);
        ends = larger(ends);
      }
      starts[count] = from;
      ends[count++] = found && to > from && bytes[to - 1] === 13 ? to - 1 : to;
      from = to + 1;
    }
    return { bytes, starts, ends, count };
  }
}

function larger(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const copy = new Uint32Array(array.length * 2);
  copy.set(array);
  return copy;
}
