/** Drives one map on any engine: reads the input, cuts it into tasks, and hands on what comes back. */
import type { Block } from '../codec/block.js';
import { encodeBehind, encodeRows } from '../codec/index.js';
import type { Task, TaskEnd } from '../engine/engine.js';
import { grows } from '../engine/program.js';
import { ValueError } from '../errors.js';
import { Attempts } from './attempts.js';
import { type ChunkOptions, chunkSize, JobCost, type KnownCost, mostBytes } from './chunking.js';
import { Direct } from './direct.js';
import { type Growth, roomToGrow } from './growth.js';
import { cheapness, copiesOf, mostObjects } from './here-rows.js';
import { largestFirst } from './largest-first.js';
import { type Load, loadOf } from './load.js';
import type { MapHooks, MapSpec } from './map-spec.js';
import type { OwnArrays } from './own-arrays.js';
import { indexOf, movedOf, type Piece, pieceOf } from './piece.js';
import { Regions } from './regions.js';
import { keepable, mostRows, mostViewRows } from './slab.js';
import { type Slice, type Source, sourceOf } from './source.js';
import { TakingPart } from './taking-part.js';

/** Tasks under way for each slot: one runs, others wait where a free worker finds them at once. */
const tasksPerSlot = 4;
/** Rows of a task whose results are streamed, at most, so that the window of results is small. */
const streamedRows = 4096;
/** Lots of results that a stream holds at least before it waits for its reader: some may wait for one slow item. */
const windowLots = 32;

export class MapRun {
  readonly spec: MapSpec;
  readonly #hooks: MapHooks;
  readonly #attempts: Attempts;
  readonly #chunks: ChunkOptions;
  readonly #load: Load;
  readonly #cost: KnownCost;
  readonly #source: Source;
  readonly #regions: Regions | undefined;
  readonly #part: TakingPart | undefined;
  readonly #own: OwnArrays | undefined;
  readonly #keepsInput: boolean; // rows beside one that is late run again
  #direct: Direct | undefined;
  #runningHere = false;
  readonly #here = { submit: (task: Task) => this.#submitHere(task) };
  #next = 0;
  #ended = false;
  /** What the input threw, while a stream hands on the results of what it gave before. */
  #inputError: { readonly error: unknown } | undefined;
  #over = false;
  #halted = false;
  /** Places of the rows in the order in which they run, where that is not the input's. */
  #order: number[] | undefined;
  #dispatching = false;
  /** Of tasks that asked for more rows in vain. */
  readonly #asks: (() => void)[] = [];

  constructor(spec: MapSpec, hooks: MapHooks) {
    this.spec = spec;
    this.#hooks = hooks;
    const { engine, job, caller, label, retries } = spec;
    const streamed = hooks.held() !== undefined;
    if (spec.here !== undefined) {
      const most = spec.chunkSize ?? (streamed ? streamedRows : mostRows);
      const { own, rowUs } = streamed ? {} : cheapness(spec, job.fn);
      this.#own = own;
      this.#part = new TakingPart(spec.here.always, most, rowUs);
    }
    if (engine.sharesMemory) this.#regions = new Regions(engine, job, engine.slots * tasksPerSlot);
    this.#cost = new JobCost(spec.cost);
    this.#keepsInput = job.timeoutMs !== undefined && (spec.chunkSize ?? job.concurrency) > 1;
    this.#attempts = new Attempts(
      engine,
      job,
      this.#cost,
      {
        encode: (piece, here) => this.#encode(piece, here),
        more: (growth) => this.#more(growth),
        measured: (rows, runUs, handlingUs, here) => {
          if (here) this.#part?.done(rows, runUs + handlingUs);
          else this.#part?.shipped(rows, runUs, handlingUs, performance.now(), this.#rest);
        },
        used: (block) => this.#regions?.recycle(block),
        // Those who keep results as they come must not keep memory that is used again.
        succeeded: (piece, results, refuse) => hooks.succeeded(piece, streamed ? keepable(results) : results, refuse),
        failed: (piece, error) => hooks.failed(indexOf(piece, 0), error),
        broken: (error) => this.#broken(error),
        progressed: () => this.dispatch(),
        caller: () => caller,
        words: (index) => spec.words?.(index) ?? `item ${index} of ${label}`,
        item: (piece, row) => (spec.words === undefined ? { item: piece.rows[piece.from + row] } : undefined),
        ...(spec.partitionOf && { partition: (piece, row) => spec.partitionOf!(piece.rows[piece.from + row]) }),
        ...(spec.preferOf && { prefer: (piece) => spec.preferOf!(piece.rows[piece.from]) }),
      },
      {
        label,
        retries,
        movesInput: spec.transfer !== undefined && retries === undefined && !this.#keepsInput,
        keepGoing: () => hooks.keepGoing() || retries !== undefined,
        together: Math.min(job.concurrency, spec.chunkSize ?? job.concurrency),
      },
    );
    this.#load = loadOf(engine);
    this.#chunks = {
      // Rows whose time is watched announce themselves, which costs more than a task of their own.
      fixed: spec.chunkSize ?? (job.timeoutMs !== undefined && job.concurrency === 1 ? 1 : undefined),
      max: streamed ? streamedRows : ArrayBuffer.isView(spec.items) ? mostViewRows : mostRows,
      concurrency: job.concurrency,
      grows: grows(job),
      ...(!streamed && { load: this.#load }),
    };
    const source = sourceOf(spec.items, 2 * engine.slots, () => this.dispatch());
    this.#source =
      spec.costOf === undefined
        ? source
        : largestFirst(source, spec.costOf, (order) => {
            this.#order = order;
          });
    if (this.#part?.isUnmeasured === true && this.#own === undefined)
      this.#direct = new Direct(spec.here!.engine, job, source);
    job.signal.addEventListener('abort', () => this.#stop(), { once: true });
  }

  get total(): number | undefined {
    return this.#order?.length ?? this.#source.total;
  }

  /** Rows that have not been sent yet; `undefined` if that is not known. */
  get #rest(): number | undefined {
    return this.total === undefined ? undefined : this.total - this.#next;
  }

  /** Submits nothing more; what runs is finished. */
  halt(): void {
    this.#halted = true;
    this.dispatch();
  }

  /** Submits what there is room for. */
  dispatch(): void {
    if (this.#over || this.#dispatching) return;
    this.#dispatching = true;
    try {
      for (const ask of this.#asks.splice(0)) ask();
      while (!this.#over && !this.#halted && this.#attempts.running < this.spec.engine.slots * tasksPerSlot) {
        let rowsHere = this.#part?.rows ?? 0;
        // One slice at a time, and the workers get nothing more.
        if (rowsHere > 0 && this.#runningHere) break;
        if (rowsHere > 0 && this.#goDirect()) break;
        // Rows that are tried again need no room: they may be the ones that a full window waits for.
        const piece = this.#attempts.again() ?? (this.#hasRoom(true) ? this.#nextPiece(rowsHere) : undefined);
        if (piece === undefined) break;
        // What may have killed a worker would take the program with it.
        if (piece.losses + piece.suspicion > 0) rowsHere = 0;
        this.#attempts.submit(piece, rowsHere > 0 ? this.#here : undefined);
      }
    } catch (error) {
      this.#broken(error);
    } finally {
      this.#dispatching = false;
    }
    if (this.#over) return;
    if (this.#halted ? this.#attempts.running === 0 : this.#ended && this.#attempts.idle) {
      if (this.#inputError !== undefined) this.#broken(this.#inputError.error);
      else {
        this.#over = true;
        this.#hooks.finished();
      }
    }
  }

  async #submitHere(task: Task): Promise<TaskEnd> {
    this.#runningHere = true;
    const end = await this.spec.here!.engine.submit(task, () => {
      this.#part!.leave(true);
      this.#runningHere = false;
      this.dispatch();
    });
    this.#runningHere = false;
    return end;
  }

  #goDirect(): boolean {
    // Those who watch see tasks.
    if (this.spec.engine.events.active || this.#attempts.isTraced || !this.#part!.isUnmeasured) return false;
    const { room, filled } = this.#hooks;
    const done = (from: number, to: number): void => {
      this.#runningHere = false;
      this.#next += to - from;
      if (to > from) filled!(from, to);
      this.dispatch();
    };
    if (this.#direct?.begin(() => room?.(), done) !== true) return false;
    this.#runningHere = true;
    return true;
  }

  /** @param begins for a task that begins: where tasks grow, those that run get what others would wait with */
  #hasRoom(begins: boolean): boolean {
    const { engine, costOf, job } = this.spec;
    if (begins && grows(job) && this.#attempts.unfollowed >= engine.slots) return false;
    const held = this.#hooks.held();
    // In an order of its own a map has read its whole input, and a window would fill before the reader's next result is there.
    if (held === undefined || costOf !== undefined) return true;
    return held + this.#attempts.running < Math.max(windowLots, engine.slots * 8);
  }

  #more(growth: Growth): Piece | undefined {
    const streamed = this.#hooks.held() !== undefined;
    if (this.#over || this.#halted) return undefined;
    const room = roomToGrow(growth, this.spec.job.concurrency, streamed);
    if (room === 'never') return undefined;
    // The input is the user's: it may throw, and what it does must not read it again meanwhile.
    const before = this.#dispatching;
    this.#dispatching = true;
    try {
      const piece = room === 'now' && this.#hasRoom(false) ? this.#nextPiece(0) : undefined;
      if (piece === undefined && !this.#ended) this.#asks.push(growth.later);
      return piece;
    } catch (error) {
      this.#broken(error);
      return undefined;
    } finally {
      this.#dispatching = before;
    }
  }

  /** @param rowsHere how many rows the caller does itself; 0 if they are for the workers */
  #nextPiece(rowsHere: number): Piece | undefined {
    if (this.#ended) return undefined;
    const size = rowsHere > 0 ? rowsHere : chunkSize(this.#cost, this.#chunks, this.spec.engine.slots, this.#rest);
    const slice = this.#take(size);
    if (slice === 'wait') return undefined;
    if (slice === 'end') {
      this.#ended = true;
      return undefined;
    }
    const first = this.#next;
    this.#next += slice.to - slice.from;
    // Of `rows[i]` the place is `places[i]`.
    const places = this.#order?.slice(first - slice.from, this.#next);
    return pieceOf(slice.rows, slice.from, slice.to, first, places);
  }

  #take(rows: number): Slice | 'wait' | 'end' {
    try {
      return this.#source.take(rows, this.#chunks.fixed === undefined ? mostBytes : undefined);
    } catch (error) {
      // Results that are kept go down with the job; those that are handed on need not.
      if (this.#hooks.held() === undefined) throw error;
      this.#inputError = { error };
      return 'end';
    }
  }

  #encode(piece: Piece, here: boolean): Block {
    // What may be tried again has to stay here.
    const transfer = this.spec.retries === undefined ? this.spec.transfer : undefined;
    const move = transfer && movedOf(piece, transfer, this.#keepsInput);
    const { rows, from, to, firstIndex, indices } = piece;
    const copied: unknown[] = [];
    if (here && typeof rows[from] !== 'number') {
      this.#part!.narrow(mostObjects);
      const block = this.#own?.encode(rows, from, to) ?? copiesOf(rows, from, to, this.#part!.isUnmeasured, copied);
      if (block !== undefined) return block;
      this.#part!.leave(false);
    }
    const shared = this.#regions?.encode(rows, from, to, move);
    if (shared !== undefined) return shared;
    const options = { sharedMemory: this.spec.engine.sharesMemory, ...(move && { move }) };
    try {
      const block = encodeBehind(copied, rows, { from, to, firstIndex, ...options });
      this.#load.encoded(block, rows[from]);
      return block;
    } catch (error) {
      if (indices === undefined || !(error instanceof ValueError) || error.index === undefined) throw error;
      // Again, to be refused under its place in the input.
      const at = from + error.index - firstIndex;
      return encodeRows(rows, { from: at, to: at + 1, firstIndex: indices[at]!, ...options });
    }
  }

  #broken(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#hooks.broken(error);
  }

  #stop(): void {
    this.#over = true;
    try {
      this.#source.close();
    } catch {
      // The input's own clean-up failed after its result no longer mattered.
    }
  }
}
