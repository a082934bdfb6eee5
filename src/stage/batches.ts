/** Batches of rows, and what is made of them without a promise where none is needed. */
import type { Batches } from '../files/batches.js';

export type { Batches };

/** Rows in a batch that an operator makes. */
export const batchRows = 1024;

/** Hands all batches to `use`. A promise only where a source has to be waited for. */
export function drain(input: Batches, use: (rows: unknown[]) => void): void | Promise<void> {
  for (;;) {
    const rows = input.next();
    if (rows === undefined) return;
    if (rows instanceof Promise) return drainLater(input, rows, use);
    use(rows);
  }
}

async function drainLater(
  input: Batches,
  first: Promise<unknown[] | undefined>,
  use: (rows: unknown[]) => void,
): Promise<void> {
  for (let rows = await first; rows !== undefined; ) {
    use(rows);
    const next = input.next();
    rows = next instanceof Promise ? await next : next;
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
  return {
    made: () => {
      const making = made ?? make();
      if (!(making instanceof Promise)) {
        made = making;
        return made;
      }
      return making.then((ready) => {
        made = ready;
        return ready;
      });
    },
    next: () => {
      if (made !== undefined) return made.next();
      const making = make();
      if (!(making instanceof Promise)) {
        made = making;
        return made.next();
      }
      return making.then((ready) => {
        made = ready;
        return ready.next();
      });
    },
    close: () => {
      void made?.close();
      return input.close();
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
  const next = (): unknown[] | undefined | Promise<unknown[] | undefined> => {
    for (;;) {
      current ??= inputs[at++]?.();
      if (current === undefined) return undefined;
      const rows = current.next();
      if (rows instanceof Promise) return rows.then(after);
      if (rows !== undefined) return rows;
      void current.close();
      current = undefined;
    }
  };
  const after = (rows: unknown[] | undefined): unknown[] | undefined | Promise<unknown[] | undefined> => {
    if (rows !== undefined) return rows;
    void current?.close();
    current = undefined;
    return next();
  };
  return {
    next,
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

/** Batches of what an iterable gives. */
export function ofIterable(rows: Iterable<unknown>): Batches {
  const iterator = rows[Symbol.iterator]();
  let ended = false;
  return {
    next: () => {
      if (ended) return undefined;
      const batch: unknown[] = [];
      while (batch.length < batchRows) {
        const { done, value } = iterator.next();
        if (done === true) {
          ended = true;
          break;
        }
        batch.push(value);
      }
      return batch.length > 0 ? batch : undefined;
    },
    close: () => {
      if (!ended) iterator.return?.();
      ended = true;
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
