/**
 * Whether the caller's thread takes part in a map: where sending an item elsewhere costs more than computing it, computing it here is
 * faster whatever the workers do. Decided by measurements that come as values: the workers' own, and those of what was tried here.
 */

/** Cold functions look many times slower than they are: nothing is decided before so much work has been measured, in µs. */
const enoughUs = 1000;
/** So many tasks in a row have to say the same: a collection of garbage in one misleads. */
const agreeing = 2;
/** The time of a row by way of the workers is that of at least so many tasks like the largest: the first are cold, and end in lots. */
const tasksTimed = 4;
/** A slice is cut to take about so long, so that timers and sockets of the program keep their time; in µs. */
const sliceUs = 2000;
/** Rows of the first slice, and how much larger than the last one a slice may be. */
const firstRows = 256;
const growth = 8;
/** A slice of so many rows is large enough to judge by; and a trial lasts no longer than this, in µs. */
const judgedRows = firstRows * growth * growth;
const trialUs = 5000;
/** Less than this, by way of the workers, is not worth a trial, in µs. */
const worthUs = 20_000;
/** Rows that were thought to be cheap and are not are left to the workers, if so many slices in a row say so. */
const dearSlices = 4;

type State = 'shipping' | 'trying' | 'here' | 'never' | 'cheap';

export class TakingPart {
  #state: State;
  readonly #always: boolean;
  #measuredUs = 0;
  #streak = 0;
  /** Since when, in ms, and how many rows were done since, while tasks agree that shipping is dear. */
  #since = 0;
  #rows = 0;
  #largest = 0;
  /** What a row takes by way of the workers, all of them together, in µs. */
  #shippedUs = Number.POSITIVE_INFINITY;
  #perRowUs: number | undefined;
  #triedUs = 0;
  #dear = 0;
  #last = firstRows / growth;

  #mostRows: number;
  readonly #cheapUs: number | undefined;

  /**
   * @param always the caller does all of it, whatever is measured
   * @param mostRows of a slice
   * @param cheapUs the function is known to cost no more than this for a row, in µs, and less than sending that
   */
  constructor(always: boolean, mostRows: number, cheapUs?: number) {
    this.#cheapUs = cheapUs;
    this.#always = always;
    this.#mostRows = mostRows;
    this.#state = always ? 'here' : cheapUs !== undefined ? 'cheap' : 'shipping';
  }

  /** How many rows the caller does next; 0 if the workers are to go on. */
  get rows(): number {
    if (this.#state === 'shipping' || this.#state === 'never') return 0;
    const fitting = this.#perRowUs === undefined ? firstRows : Math.floor(sliceUs / Math.max(this.#perRowUs, 1e-3));
    return Math.max(1, Math.min(fitting, this.#last * growth, this.#mostRows));
  }

  /**
   * A task came back from a worker.
   *
   * @param runUs time of its rows in the worker
   * @param shipUs time that encoding and decoding them took here
   * @param now in ms
   * @param rest how many rows have not been sent yet; `undefined` if that is not known
   */
  shipped(rows: number, runUs: number, shipUs: number, now: number, rest: number | undefined): void {
    if (this.#state !== 'shipping') return;
    this.#measuredUs += runUs;
    if (runUs >= shipUs) {
      this.#streak = 0;
      return;
    }
    this.#streak++;
    // Tasks that grow are of workers that are not warm yet.
    if (this.#streak === 1 || rows >= 2 * this.#largest) {
      this.#since = now;
      this.#rows = 0;
      this.#largest = rows;
      return;
    }
    this.#rows += rows;
    this.#largest = Math.max(this.#largest, rows);
    if (this.#streak <= agreeing || this.#measuredUs < enoughUs || this.#rows < tasksTimed * this.#largest) return;
    this.#shippedUs = ((now - this.#since) * 1000) / this.#rows;
    // As much is still to come as has been, where nobody knows.
    if ((rest ?? this.#rows) * this.#shippedUs >= worthUs) this.#state = 'trying';
  }

  /** Whether that the caller does it is no more than what the function's text says. */
  get isUnmeasured(): boolean {
    return this.#state === 'cheap';
  }

  /** From now on, no more rows are in a slice. */
  narrow(mostRows: number): void {
    this.#mostRows = Math.min(this.#mostRows, mostRows);
  }

  /**
   * The caller gains nothing: rows are of a kind that is dear to copy, or that give promises.
   *
   * @param forGood also where the caller is to do everything
   */
  leave(forGood: boolean): void {
    if (forGood || !this.#always) this.#state = !forGood && this.#state === 'cheap' ? 'shipping' : 'never';
  }

  /** The caller has done a slice, copies of what went in and came out included. */
  done(rows: number, us: number): void {
    if (rows === 0) return;
    this.#perRowUs = us / rows;
    this.#last = rows;
    if (this.#always || this.#state === 'never') return;
    if (this.#state === 'here') {
      // Later rows may be dearer.
      if (this.#perRowUs > this.#shippedUs) this.#state = 'never';
      return;
    }
    this.#triedUs += us;
    if (this.#state === 'cheap') {
      this.#dear = this.#perRowUs > this.#cheapUs! ? this.#dear + 1 : 0;
      if (this.#dear >= dearSlices) this.#state = 'shipping';
      return;
    }
    // The first slices are cold.
    if (rows < Math.min(judgedRows, this.#mostRows) && this.#triedUs < trialUs) return;
    this.#state = this.#perRowUs < this.#shippedUs ? 'here' : 'never';
  }
}
