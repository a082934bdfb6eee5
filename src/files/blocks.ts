/** The lines of a partition as blocks of bytes, whole lines in each. */
import { lineEnds, RowBlocks } from './row-blocks.js';
import type { TextTask } from './task.js';

/** What `next` gives is valid until it is asked again. */
export interface LineBlocks {
  next(): RowBlocks | undefined | Promise<RowBlocks | undefined>;
  close(): void;
}

export function openBlocks(task: TextTask): LineBlocks {
  const pieces = task.pieces[Symbol.iterator]();
  let blocks: RowBlocks | undefined;
  const close = () => {
    blocks?.close();
    blocks = undefined;
  };
  const taken = (more: boolean) => {
    if (more) return blocks;
    close();
    return undefined;
  };
  const next = (): RowBlocks | undefined | Promise<RowBlocks | undefined> => {
    for (;;) {
      if (blocks === undefined) {
        const { done, value } = pieces.next();
        if (done) return undefined;
        blocks = new RowBlocks(value, lineEnds);
      }
      const more = blocks.next();
      if (more instanceof Promise) return more.then((more) => taken(more) ?? next());
      const found = taken(more);
      if (found !== undefined) return found;
    }
  };
  return { next, close };
}
