/** Batches of rows, and what is made of them without a promise where none is needed. */
import type { NumberRows } from '../exchange/number-rows.js';
import type { Batches as Plain } from '../files/batches.js';

/** Rows as an array, or as numbers that nobody has made rows of yet. */
export type Rows = unknown[] | NumberRows;

export interface Batches extends Plain {
  /** In place of `next`, for who can do with numbers as they lie in memory. */
  nextPacked?(): Rows | undefined | Promise<Rows | undefined>;
}

/** The next rows of an input for who can do with numbers as they lie in memory. */
export function packedOf(input: Batches): () => Rows | undefined | Promise<Rows | undefined> {
  return input.nextPacked === undefined ? () => input.next() : () => input.nextPacked!();
}

/** Rows in a batch that an operator makes. */
export const batchRows = 1024;

/** Hands all batches to `use`. A promise only where a source has to be waited for. */
export function drain(input: Batches, use: (rows: unknown[]) => void): void | Promise<void> {
  return drainFrom(() => input.next(), use);
}

/** The same, for a `use` that can do with numbers as they lie in memory. */
export function drainPacked(input: Batches, use: (rows: Rows) => void): void | Promise<void> {
  return drainFrom(packedOf(input), use);
}

type Next<R> = () => R | undefined | Promise<R | undefined>;

function drainFrom<R>(next: Next<R>, use: (rows: R) => void): void | Promise<void> {
  for (;;) {
    const rows = next();
    if (rows === undefined) return;
    if (rows instanceof Promise) return drainLater(next, rows, use);
    use(rows);
  }
}

async function drainLater<R>(next: Next<R>, first: Promise<R | undefined>, use: (rows: R) => void): Promise<void> {
  for (let rows: R | undefined = await first; rows !== undefined; ) {
    use(rows);
    const more = next();
    rows = more instanceof Promise ? ((await more) as R | undefined) : more;
  }
}

/** Closes an input after an error, which is the one that counts. */
export async function leave(input: Batches): Promise<void> {
  try {
    await input.close();
  } catch {
    // It may be a part of the same.
  }
}

/** Batches that are made when the first is asked for, or all of them. */
export interface Lazy<Made extends Batches> extends Batches {
  made(): Made | Promise<Made>;
}

export function lazily<Made extends Batches>(
  input: Pick<Batches, 'close'>,
  make: () => Made | Promise<Made>,
): Lazy<Made> {
  let made: Made | undefined;
  const ready = (): Made | Promise<Made> => {
    const making = made ?? make();
    if (!(making instanceof Promise)) {
      made = making;
      return made;
    }
    return making.then((one) => {
      made = one;
      return one;
    });
  };
  return {
    made: ready,
    next: () => {
      const making = ready();
      return making instanceof Promise ? making.then((one) => one.next()) : making.next();
    },
    nextPacked: () => {
      const making = ready();
      return making instanceof Promise ? making.then((one) => packedOf(one)()) : packedOf(making)();
    },
    close: () => {
      let closing: void | Promise<void>;
      try {
        void made?.close();
      } finally {
        closing = input.close();
      }
      return closing;
    },
  };
}

/** After `input` was drained: what `make` gives. */
export function afterAll(input: Batches, use: (rows: unknown[]) => void, make: () => Batches): Batches {
  return lazily(input, () => {
    const draining = drain(input, use);
    return draining instanceof Promise ? draining.then(make) : make();
  });
}

/** The batches of several inputs, one after the other, each opened when its turn comes. */
export function concat(inputs: readonly (() => Batches)[]): Batches {
  let at = 0;
  let current: Batches | undefined;
  const from =
    <R>(next: (input: Batches) => R | undefined | Promise<R | undefined>) =>
    (): R | undefined | Promise<R | undefined> => {
      const pull = (): R | undefined | Promise<R | undefined> => {
        for (;;) {
          current ??= inputs[at++]?.();
          if (current === undefined) return undefined;
          const rows = next(current);
          if (rows instanceof Promise) return rows.then(behind);
          if (rows !== undefined) return rows;
          void current.close();
          current = undefined;
        }
      };
      const behind = (rows: R | undefined): R | undefined | Promise<R | undefined> => {
        if (rows !== undefined) return rows;
        void current?.close();
        current = undefined;
        return pull();
      };
      return pull();
    };
  return {
    next: from((input) => input.next()),
    nextPacked: from<Rows>((input) => packedOf(input)()),
    close: () => {
      at = inputs.length;
      return current?.close();
    },
  };
}

/** Arrays as batches. `close` is called at the end. */
export function ofArrays(arrays: Iterable<unknown[]>, close?: () => void): Batches {
  const iterator = arrays[Symbol.iterator]();
  return {
    next: () => {
      const { done, value } = iterator.next();
      return done === true ? undefined : value;
    },
    close: () => {
      iterator.return?.();
      close?.();
    },
  };
}

/** One array, cut up. */
export function ofRows(rows: readonly unknown[]): Batches {
  let at = 0;
  return {
    next: () => {
      if (at >= rows.length) return undefined;
      const batch = rows.slice(at, at + batchRows);
      at += batch.length;
      return batch;
    },
    close: () => {
      at = rows.length;
    },
  };
}

/** Anything else would give `undefined` without end. */
export function resultOf(result: IteratorResult<unknown>): IteratorResult<unknown> {
  if (typeof result === 'object' && result !== null) return result;
  throw new TypeError(`next() of an iterator must give an object, not ${String(result)}.`);
}

/** Batches of what an iterable gives, the first of them small: who takes them may want no more, and rows may be dear. */
export function ofIterable(rows: Iterable<unknown>): Batches {
  const iterator = rows[Symbol.iterator]();
  let ended = false;
  let most = 1;
  return {
    next: () => {
      if (ended) return undefined;
      const batch: unknown[] = [];
      while (batch.length < most) {
        // One that fails is done, and need not be told so.
        ended = true;
        const { done, value } = resultOf(iterator.next());
        if (done === true) break;
        ended = false;
        batch.push(value);
      }
      most = Math.min(batchRows, 2 * most);
      return batch.length > 0 ? batch : undefined;
    },
    close: () => {
      if (ended) return;
      ended = true;
      iterator.return?.();
    },
  };
}

/** The rows one by one. Whoever iterates must know that no promise comes. */
export function* rowsOf(input: Batches): Generator<unknown, undefined> {
  try {
    for (;;) {
      const rows = input.next();
      if (rows === undefined) return undefined;
      if (rows instanceof Promise) throw new TypeError('rows that have to be waited for');
      yield* rows;
    }
  } finally {
    void input.close();
  }
}
