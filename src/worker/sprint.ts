/**
 * The loop over rows of a synchronous function, as fast as the plain one. Each function has loops of its own, made from text, so that the
 * engine sees one callee in them and inlines it: shared loops cost three to five times as much for small functions.
 */
import { isOwnBlock } from '../codec/index.js';
import type { Patience } from './patience.js';
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
function loopText(call: string, stops: string, mark: number): string {
  return `// ${mark}
  for (let row = from; row < to; row++) {
    words[0] = row;
    const value = ${call};
    if (${stops}) { so.value = value; return row; }
    out[row] = value;
  }
  return to;`;
}

/** The same over numbers that lie among other things; these end it before they are used. */
const numbersText = (mark: number): string => `// ${mark}
  for (let row = from; row < to; row++) {
    words[0] = row;
    const given = rows[row];
    if (typeof given !== 'number') return row;
    const value = f(given, row);
    if (typeof value !== 'number') return row;
    out[row] = value;
  }
  return to;`;

const parameters = ['f', 'rows', 'from', 'to', 'firstIndex', 'out', 'words', 'so'];
const notNumber = "typeof value !== 'number'";
const maybeThenable =
  "(typeof value === 'object' || typeof value === 'function') && value !== null && typeof value.then === 'function'";

/** In place of a value: the loop stopped because it is late. */
const late = Symbol('late');

const nothing = { value: undefined };

/** What is under way when the loop ends early. */
export interface SprintEnd {
  /** Results of the rows before `row`. */
  readonly results: unknown[] | Float64Array;
  /** The row that ended it, or the number of rows. */
  readonly row: number;
  readonly threw?: { readonly error: unknown };
  readonly promise?: PromiseLike<unknown>;
  /** The rows from `row` on were not begun, since it is late. */
  readonly late?: true;
}

let marks = 0;

/** The loops of one function's code, for all its instances: these are one callee to the engine. */
export class Loops {
  readonly #made: (Loop | undefined)[] = [];
  /** The engine takes functions of the same text for the same function: the loops of different functions must differ. */
  readonly #mark = marks++;

  #numbers: Loop | undefined;

  /** From numbers, wherever they lie, to numbers; the index is that of the row. */
  get numbers(): Loop {
    this.#numbers ??= new Function(...parameters, numbersText(this.#mark)) as Loop;
    return this.#numbers;
  }

  /** `results`: what the loop is made for. */
  of(withIndex: boolean, results: 'numbers' | 'values'): Loop {
    const at = Number(withIndex) * 2 + Number(results === 'numbers');
    const call = withIndex ? 'f(rows[row], firstIndex + row)' : 'f(rows[row])';
    const stops = results === 'numbers' ? notNumber : maybeThenable;
    this.#made[at] ??= new Function(...parameters, loopText(call, stops, this.#mark)) as Loop;
    return this.#made[at];
  }
}

/** Runs a function over rows. */
export class Sprinter {
  readonly #f: Callable;
  readonly #withIndex: boolean;
  readonly #loops: Loops;
  readonly #words = new Int32Array(1);

  /** @param withIndex the function gets the index as its second argument */
  constructor(f: Callable, withIndex: boolean, loops: Loops) {
    this.#f = f;
    this.#withIndex = withIndex;
    this.#loops = loops;
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

  /**
   * Runs rows `from .. to` as far as they are numbers and give numbers; the row at which that ends, or `to`. The row that ends it may have
   * run: for functions that leave no trace.
   */
  numbers(rows: ArrayLike<unknown>, from: number, to: number, out: { [row: number]: unknown }): number {
    const words = this.#words;
    words[0] = from;
    try {
      return this.#loops.numbers(this.#f, rows, from, to, 0, out, words, nothing);
    } catch {
      return words[0]!;
    }
  }

  /** Runs rows from `from` on, to the end or until `patience` is over; `done` are the results of those before it. */
  run(
    rows: ArrayLike<unknown>,
    from: number,
    firstIndex: number,
    done: unknown[],
    words: Int32Array,
    patience: Patience | undefined,
  ): SprintEnd {
    const so: { value: unknown } = { value: undefined };
    let results: unknown[] | Float64Array = done;
    /** Runs a loop from `row`, a stretch at a time; the row at which it stopped. */
    const stretches = (loop: Loop, start: number, out: { [row: number]: unknown }): number => {
      for (let row = start; row < rows.length; ) {
        const to = patience === undefined ? rows.length : Math.min(rows.length, Math.max(patience.next, row + 1));
        const stopped = loop(this.#f, rows, row, to, firstIndex, out, words, so);
        if (stopped < to) return stopped;
        row = stopped;
        if (row < rows.length && patience?.isOver(row) === true) {
          so.value = late;
          return row;
        }
      }
      return rows.length;
    };
    let row = from;
    try {
      if (done.every((result) => typeof result === 'number')) {
        // Each row is read before its result is written: numbers that nobody else has may be overwritten.
        const numbers = isOwnBlock(rows) ? rows : new Float64Array(rows.length);
        numbers.set(done as number[]);
        results = numbers;
        row = stretches(this.#loops.of(this.#withIndex, 'numbers'), from, numbers);
        if (row === rows.length) return { results, row };
        if (so.value === late) return { results: numbers.slice(0, row), row, late: true };
        results = Array.from(numbers.subarray(0, row));
        if (isThenable(so.value)) return { results, row, promise: so.value };
        results.push(so.value);
        row++;
      }
      row = stretches(this.#loops.of(this.#withIndex, 'values'), row, results);
      if (row === rows.length) return { results, row };
      if (so.value === late) return { results, row, late: true };
      return { results, row, promise: so.value as PromiseLike<unknown> };
    } catch (error) {
      row = words[0]!;
      return { results: Array.prototype.slice.call(results, 0, row), row, threw: { error } };
    }
  }
}
