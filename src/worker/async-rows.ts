import { clearTimeout, setImmediate, setTimeout } from '../timers.js';
import { patienceMs } from './patience.js';
import type { FailedRow, RowHooks, RowResults } from './rows.js';
import { isThenable } from './thenable.js';

/** How long the next look waits at most where there was nothing to tell, in ms. */
const longestMs = 64;

/** The rows of a task from the first one that gave a promise: one at a time, or `concurrency` of them while they wait. */
export class AsyncRows {
  readonly #stopOnError: boolean;
  readonly #concurrency: number;
  readonly #hooks: RowHooks;
  /** Of rows that were not told of. */
  #failures: FailedRow[];
  /** Results of the rows before `#at` that did not fail and were not told of. */
  #results: unknown[];
  /** Results of rows behind a row that is not done, and what others of them threw. */
  readonly #done = new Map<number, unknown>();
  readonly #failed = new Map<number, FailedRow>();
  #at = 0;
  #next = 0;
  #end: number;
  #told = 0;
  #inFlight = 0;
  #over = 0;
  #stopped = false;
  /** The event loop has had a turn since the first row began: calls do wait for something, so that an answer to a question can come. */
  #waits = false;
  /** It was asked for more rows, and there is no answer so far. */
  #asking = false;
  /** What lanes without a row wait for meanwhile. */
  #news: Promise<void> | undefined;
  #tellNews: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    rows: number,
    stopOnError: boolean,
    concurrency: number,
    hooks: RowHooks,
    results: unknown[],
    failures: FailedRow[],
  ) {
    this.#end = rows;
    this.#stopOnError = stopOnError;
    this.#concurrency = concurrency;
    this.#hooks = hooks;
    this.#results = results;
    this.#failures = failures;
  }

  /** @param first the row that gave `pending`; those before it are done */
  async run(first: number, pending: PromiseLike<unknown>): Promise<RowResults> {
    this.#at = first;
    this.#next = first + 1;
    this.#look(patienceMs());
    if (this.#hooks.asks !== undefined) {
      setImmediate(() => {
        this.#waits = true;
        this.#ask();
      });
    }
    const lanes = [this.#lane(first, pending)];
    for (let i = 1; i < this.#concurrency; i++) lanes.push(this.#lane(undefined, undefined));
    if (lanes.length === 1) await lanes[0];
    else await Promise.all(lanes);
    clearTimeout(this.#timer);
    this.#failures.sort((a, b) => a.row - b.row);
    const told = this.#told;
    if (!this.#stopOnError || this.#failures.length === 0) {
      for (let row = this.#at; row < this.#end; row++) if (this.#done.has(row)) this.#results.push(this.#done.get(row));
      return { told, results: this.#results, failures: this.#failures };
    }
    // Rows after the failing one that other lanes had finished are dropped, since the output ends where it stopped.
    const { row: stop } = this.#failures[0]!;
    for (let row = this.#at; row < stop; row++) if (this.#done.has(row)) this.#results.push(this.#done.get(row));
    return { told, results: this.#results, failures: this.#failures.slice(0, 1) };
  }

  /** Calls one row after the other; the first of them may have been called already. */
  async #lane(begun: number | undefined, pending: PromiseLike<unknown> | undefined): Promise<void> {
    for (let row = begun; ; row = undefined) {
      while (row === undefined && this.#next >= this.#end) {
        if (!this.#mayGetMore()) return;
        await this.#news;
      }
      if (row === undefined && (this.#stopped || this.#hooks.isOver())) return;
      const current = row ?? this.#next++;
      if (row === undefined) this.#hooks.begin(current);
      if (this.#waits) this.#ask();
      this.#inFlight++;
      try {
        const result = row === undefined ? this.#hooks.call(current) : pending;
        const value = isThenable(result) ? await result : result;
        this.#inFlight--;
        if (this.#hooks.isLate(current)) this.#fail(current, undefined);
        else this.#put(current, value);
      } catch (error) {
        this.#inFlight--;
        this.#fail(current, error);
      }
      this.#hooks.end(current);
      this.#over++;
    }
  }

  /** Asks for more before places are empty: the answer takes its time. */
  #ask(): void {
    if (this.#asking || this.#stopped || this.#inFlight === 0 || this.#end - this.#next >= this.#concurrency) return;
    this.#asking = true;
    this.#hooks.asks!(this.#over, (rows) => {
      // Lanes end as soon as nothing is in flight.
      if (this.#inFlight === 0 || this.#stopped) return false;
      this.#end += rows;
      this.#asking = false;
      this.#wake();
      return true;
    });
  }

  /** It was asked, or will be at the next turn of the event loop. False: lanes without a row end. */
  #mayGetMore(): boolean {
    const asks = this.#asking || (this.#hooks.asks !== undefined && !this.#waits);
    const may = asks && this.#inFlight > 0 && !this.#stopped && !this.#hooks.isOver();
    if (may) {
      this.#news ??= new Promise((resolve) => {
        this.#tellNews = resolve;
      });
    } else this.#wake();
    return may;
  }

  #wake(): void {
    this.#tellNews?.();
    this.#tellNews = this.#news = undefined;
  }

  #put(row: number, result: unknown): void {
    if (row !== this.#at) {
      this.#done.set(row, result);
      return;
    }
    this.#results.push(result);
    this.#at++;
    this.#goOn();
  }

  /** Takes what is known of the next rows. */
  #goOn(): void {
    for (; this.#done.size + this.#failed.size > 0; this.#at++) {
      const failure = this.#failed.get(this.#at);
      if (failure !== undefined) {
        this.#failures.push(failure);
        this.#failed.delete(this.#at);
      } else if (this.#done.has(this.#at)) {
        this.#results.push(this.#done.get(this.#at));
        this.#done.delete(this.#at);
      } else return;
    }
  }

  #fail(row: number, error: unknown): void {
    if (!this.#stopOnError) {
      this.#failed.set(row, { row, error });
      this.#goOn();
      return;
    }
    this.#failures.push({ row, error });
    if (this.#stopped) return;
    this.#stopped = true;
    this.#wake();
    if (this.#inFlight > 0) this.#hooks.failing(row, error, [...this.#results]);
  }

  #look(afterMs: number): void {
    this.#timer = setTimeout(() => {
      // What is in flight may never end, and on a thread that is not a worker's nothing else would end this.
      if (!this.#hooks.isOver()) this.#look(this.#tell() ? patienceMs() : Math.min(afterMs * 2, longestMs));
    }, afterMs);
  }

  /** Tells what there is to tell; true if there was something. */
  #tell(): boolean {
    const alone = this.#concurrency === 1;
    if (this.#failures.length > 0 && this.#stopOnError) return false;
    // One lane gains nothing by keeping rows that somebody else could begin.
    // Several keep all that they have and whatever is on its way to them.
    const keeps = !alone ? Infinity : this.#hooks.patience !== undefined ? this.#next : this.#end;
    const done = this.#results.length + this.#failures.length;
    if (done === 0 && keeps >= this.#end) return false;
    if (!this.#hooks.tell(this.#results, this.#failures, keeps)) return false;
    this.#told += done;
    this.#results = [];
    this.#failures = [];
    this.#end = Math.min(keeps, this.#end);
    return true;
  }
}
