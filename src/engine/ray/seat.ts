import type { Build } from './addons.js';
import type { Cluster } from './cluster.js';
import type { Files } from './files.js';
import { CLOSE, DATA, PUT, START, STOP } from './frames.js';

/** What a seat says of itself when it is up. */
export interface SeatAbout {
  /** The node's id. */
  readonly place: string;
  /** Path and version of Node there, and the version of its serialization. */
  readonly node: string;
  readonly version: string;
  readonly format: number;
  readonly build: Build;
  /** Below this folder files are put that the node does not have. */
  readonly files: string;
}

/** How a worker's process ended. `marks`: the claim and row that it noted last. */
export interface ChildEnd {
  /** Negative: the signal that killed it. */
  readonly code: number;
  readonly marks: readonly [number, number] | null;
  /** Why it could not be started. */
  readonly message?: string;
}

/** Who has a worker there. */
export interface Sitter {
  data(bytes: Buffer): void;
  ended(end: ChildEnd): void;
  /** The seat is gone, and with it the worker. */
  lost(message: string): void;
}

/** Room for one worker, held in the cluster by an actor of Ray's. Workers follow each other there. */
export class Seat {
  readonly number: number;
  readonly #cluster: Cluster;
  /** Known when it is up. */
  about: SeatAbout | undefined;
  /** It is no more. */
  gone = false;
  #sitter: Sitter | undefined;
  readonly #files = new Set<string>();

  constructor(number: number, cluster: Cluster) {
    this.number = number;
    this.#cluster = cluster;
  }

  seated(sitter: Sitter): void {
    this.#sitter = sitter;
    if (this.gone) queueMicrotask(() => this.lost('the seat was lost before its worker began'));
  }

  start(config: {
    readonly args: readonly string[];
    readonly cwd: string;
    readonly env: Record<string, string>;
  }): void {
    this.#cluster.tell(START, this.number, config);
  }

  write(bytes: Buffer): void {
    this.#cluster.send(DATA, this.number, bytes);
  }

  /** Sees to it that the files are there before what is written next. Their place. */
  put(files: Files): string {
    if (!this.#files.has(files.hash)) {
      this.#files.add(files.hash);
      this.#cluster.tell(PUT, this.number, { files: this.#cluster.numberOf(files), hash: files.hash });
    }
    return `${this.about!.files}/${files.hash}`;
  }

  stop(): void {
    this.#cluster.tell(STOP, this.number, {});
  }

  /** Gives it up. */
  close(): void {
    if (this.gone) return;
    this.gone = true;
    this.#cluster.forget(this);
    this.#cluster.tell(CLOSE, this.number, {});
  }

  /** Gives it up with the worker that is there. */
  giveUp(message: string): void {
    this.close();
    this.lost(message);
  }

  heard(bytes: Buffer): void {
    this.#sitter?.data(bytes);
  }

  ended(end: ChildEnd): void {
    const sitter = this.#sitter;
    this.#sitter = undefined;
    sitter?.ended(end);
  }

  lost(message: string): void {
    this.gone = true;
    const sitter = this.#sitter;
    this.#sitter = undefined;
    sitter?.lost(message);
  }
}
