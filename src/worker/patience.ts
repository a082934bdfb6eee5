import { now } from './clock.js';

let ms = 2;

/**
 * A task that takes much longer than tasks are made for holds back neither the results that it has nor the rows that it has not begun;
 * in ms. The engine for Ray sets another for its workers: where the way to the driver is long, so are its tasks.
 */
export function patienceMs(): number {
  return ms;
}

/** Of this worker, from now on. */
export function setPatience(patience: number): void {
  ms = patience;
}

/** Between two looks at the clock, rows are to take about so long, in ms. */
const lookMs = 0.1;
const mostRows = 4096;
/** On the thread of the program, which has other things to do: rows that turn out much dearer than those before hold it no longer than some ms. */
export const fewRows = 512;

/** Says when a task of synchronous rows has taken too long, and looks at the clock as seldom as that allows. */
export class Patience {
  readonly #began = now();
  #next = 1;
  readonly #mostRows: number;

  /** @param most rows between two looks */
  constructor(most = mostRows) {
    this.#mostRows = most;
  }

  /** The row before which the clock is looked at next. */
  get next(): number {
    return this.#next;
  }

  /** Rows before `row` are done: is it too late for the others? */
  isOver(row: number): boolean {
    if (row < this.#next) return false;
    const spent = now() - this.#began;
    if (spent >= ms) return true;
    const rows = Math.floor(lookMs / (spent / row));
    this.#next = row + Math.min(Math.max(rows, 1), row * 8, this.#mostRows);
    return false;
  }
}
