/** Lines as bytes, for who sorts or counts them without making strings. */
import { lineEnds, RowBlocks } from './row-blocks.js';
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
  const pieces = task.pieces[Symbol.iterator]();
  let blocks: RowBlocks | undefined;
  let starts = new Uint32Array(1 << 12);
  let ends = new Uint32Array(1 << 12);
  const close = () => {
    blocks?.close();
    blocks = undefined;
  };
  const taken = (more: boolean) => {
    if (more) return find(blocks!);
    close();
    return undefined;
  };
  const next = (): Lines | undefined | Promise<Lines | undefined> => {
    for (;;) {
      if (blocks === undefined) {
        const { done, value } = pieces.next();
        if (done) return undefined;
        blocks = new RowBlocks(value, lineEnds);
      }
      const more = blocks.next();
      if (more instanceof Promise) return more.then((more) => taken(more) ?? next());
      const lines = taken(more);
      if (lines !== undefined) return lines;
    }
  };
  return { next, close };

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
