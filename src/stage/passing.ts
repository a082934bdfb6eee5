/** Batches through the loop that a chain of operators comes to. */
import { type Batches, packedOf, type Rows } from './batches.js';
import type { Calls, LoopMaker, PausingMaker } from './loop.js';

/** Output rows that a slice of a batch is meant to give, when operators make many of one. */
const slicedRows = 8192;
const firstSlice = 256;

/**
 * Batches through a loop that stops when there is enough for one, in the middle of a row's items if need be. The first batches are small: whoever
 * takes them may want no more, and each item may be dear.
 */
export function paused(make: PausingMaker, calls: Calls, input: Batches): Batches {
  let out: unknown[] = [];
  let most = 1;
  const loop = make(calls, (row) => out.push(row) >= most);
  let running: Iterator<void> | undefined;
  const step = (): unknown[] | undefined => {
    if (running?.next().done === true) running = undefined;
    if (out.length === 0) return undefined;
    const made = out;
    out = [];
    most = Math.min(slicedRows, 2 * most);
    return made;
  };
  const next = (): unknown[] | undefined | Promise<unknown[] | undefined> => {
    for (;;) {
      while (running !== undefined) {
        const made = step();
        if (made !== undefined) return made;
      }
      const more = input.next();
      if (more instanceof Promise) return more.then(take);
      if (more === undefined) return undefined;
      running = loop(more);
    }
  };
  const take = (more: unknown[] | undefined): unknown[] | undefined | Promise<unknown[] | undefined> => {
    if (more === undefined) return undefined;
    running = loop(more);
    return next();
  };
  const close = (): void | Promise<void> => {
    running?.return?.();
    running = undefined;
    return input.close();
  };
  return { next, close };
}

/** Batches through a loop, in slices so small that what comes out of one is a batch. */
export function looped(make: LoopMaker, calls: Calls, input: Batches): Batches {
  let out: unknown[] = [];
  const loop = make(calls, (row) => {
    out.push(row);
  });
  const pull = packedOf(input);
  let rows: Rows = [];
  let at = 0;
  let slice = firstSlice;
  const step = (): unknown[] | undefined => {
    while (at < rows.length) {
      const to = Math.min(rows.length, at + slice);
      const before = to - at;
      loop(rows, at, to);
      at = to;
      slice = Math.max(1, Math.min(slicedRows, Math.floor((before * slicedRows) / (out.length + 1))));
      if (out.length > 0) {
        const made = out;
        out = [];
        return made;
      }
    }
    return undefined;
  };
  const next = (): unknown[] | undefined | Promise<unknown[] | undefined> => {
    for (;;) {
      const made = step();
      if (made !== undefined) return made;
      const more = pull();
      if (more === undefined) return undefined;
      if (more instanceof Promise) return more.then(take);
      rows = more;
      at = 0;
    }
  };
  const take = (more: Rows | undefined): unknown[] | undefined | Promise<unknown[] | undefined> => {
    if (more === undefined) return undefined;
    rows = more;
    at = 0;
    return next();
  };
  return { next, close: () => input.close() };
}
