import type { Keyed } from './spec.js';

type Fn = (...args: unknown[]) => unknown;

/** What gives the key of a row. */
export function keyOf(keyed: Keyed, functions: readonly Fn[]): (row: unknown) => unknown {
  switch (keyed.kind) {
    case 'first':
      return (row) => (row as readonly unknown[])[0];
    case 'row':
      return (row) => row;
    case 'fn': {
      const fn = functions[keyed.fn]!;
      return (row) => fn(row);
    }
    case 'fnOfFirst': {
      const fn = functions[keyed.fn]!;
      return (row) => fn((row as readonly unknown[])[0]);
    }
  }
}
