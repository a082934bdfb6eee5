/**
 * The loop over rows of a synchronous function, as fast as the plain one. Each function has loops of its own, made from text, so that the
 * engine sees one callee in them and inlines it: shared loops cost three times as much for small functions.
 */
import { isOwnBlock } from '../codec/index.js';
import { isThenable } from './thenable.js';

type Callable = (...args: unknown[]) => unknown;

/** Runs rows `from .. to`; stops at one whose result the loop is not made for, which it leaves in `so.value`, and returns its row. */
type Loop = (
  f: Callable,
  rows: ArrayLike<unknown>,
  from: number,
  to: number,
  firstIndex: number,
  out: { [row: number]: unknown },
  words: Int32Array,
  so: { value: unknown },
) => number;

/** `words[0]` is the row that runs, for whoever looks after a throw or a crash. */
function loopText(call: string, stops: string): string {
  return `for (let row = from; row < to; row++) {
    words[0] = row;
    const value = ${call};
    if (${stops}) { so.value = value; return row; }
    out[row] = value;
  }
  return to;`;
}

const parameters = ['f', 'rows', 'from', 'to', 'firstIndex', 'out', 'words', 'so'];
const notNumber = "typeof value !== 'number'";
const maybeThenable =
  "(typeof value === 'object' || typeof value === 'function') && value !== null && typeof value.then === 'function'";

/** What is under way when the loop ends early. */
export interface SprintEnd {
  /** Results of the rows before `row`. */
  readonly results: unknown[] | Float64Array;
  /** The row that ended it, or the number of rows. */
  readonly row: number;
  readonly threw?: { readonly error: unknown };
  readonly promise?: PromiseLike<unknown>;
}

/** The loops of one function. */
export class Sprinter {
  readonly #f: Callable;
  readonly #withIndex: boolean;
  #numbers: Loop | undefined;
  #values: Loop | undefined;

  /** @param withIndex the function gets the index as its second argument */
  constructor(f: Callable, withIndex: boolean) {
    this.#f = f;
    this.#withIndex = withIndex;
  }

  /** Where code cannot be made from text (`--disallow-code-generation-from-strings`), there are no loops of one's own. */
  static readonly possible: boolean = (() => {
    try {
      new Function('return 0');
      return true;
    } catch {
      return false;
    }
  })();

  /** Runs rows `from` to the end, whose results so far are `done`. */
  run(rows: ArrayLike<unknown>, from: number, firstIndex: number, done: unknown[], words: Int32Array): SprintEnd {
    const to = rows.length;
    const so: { value: unknown } = { value: undefined };
    let results: unknown[] | Float64Array = done;
    let row = from;
    try {
      if (done.every((result) => typeof result === 'number')) {
        // Each row is read before its result is written: numbers that nobody else has may be overwritten.
        const numbers = isOwnBlock(rows) ? rows : new Float64Array(to);
        numbers.set(done as number[]);
        results = numbers;
        this.#numbers ??= this.#make(notNumber);
        row = this.#numbers(this.#f, rows, from, to, firstIndex, numbers, words, so);
        if (row === to) return { results, row };
        results = Array.from(numbers.subarray(0, row));
        if (isThenable(so.value)) return { results, row, promise: so.value };
        results.push(so.value);
        row++;
      }
      this.#values ??= this.#make(maybeThenable);
      row = this.#values(this.#f, rows, row, to, firstIndex, results, words, so);
      if (row === to) return { results, row };
      return { results, row, promise: so.value as PromiseLike<unknown> };
    } catch (error) {
      row = words[0]!;
      return { results: Array.prototype.slice.call(results, 0, row), row, threw: { error } };
    }
  }

  #make(stops: string): Loop {
    const call = this.#withIndex ? 'f(rows[row], firstIndex + row)' : 'f(rows[row])';
    return new Function(...parameters, loopText(call, stops)) as Loop;
  }
}
