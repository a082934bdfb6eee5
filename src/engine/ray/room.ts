import { EngineError } from '../../errors.js';
import type { Connect } from '../local/channel.js';
import type { Room, RoomHooks } from '../local/options.js';
import type { ObjectStore } from '../storage.js';
import { type ChildOptions, RayChannel } from './channel.js';
import type { Cluster } from './cluster.js';
import { RELEASE } from './frames.js';
import { capacity, type Placement, problemOf } from './placement.js';
import type { Seat } from './seat.js';

/** Seats in a row that come to nothing before that is an error. */
const mostFailures = 3;
/** Where not all seats that were asked for are there, those that are do not wait for them longer than this, in ms. */
const patienceMs = 5000;
/** Who waits for a seat for so long asks those of the same program that have no work to leave theirs, in ms. */
const pressMs = 2000;

/** Where a cluster that is said to grow has not done so for so long, and has no node that would do, that is told; in ms. */
const growMs = 15_000;

/** The seats of one engine. */
export class RayRoom implements Room, ObjectStore {
  readonly #open: () => Cluster;
  readonly #placement: Placement;
  readonly #child: ChildOptions;
  readonly idleMs: number;
  /** The sidecar has what workers leave: with another, all of it is gone. */
  era = 0;
  #cluster: Cluster | undefined;
  readonly #user = {
    ready: (): void => this.#hooks!.changed(),
    broken: (error: EngineError, wasUp: boolean): void => {
      this.#free = [];
      this.#asked = 0;
      this.era++;
      // A connection that was there may come back.
      if (wasUp && ++this.#failures < mostFailures) {
        this.#hooks!.changed();
        return;
      }
      this.#failures = 0; // what is asked for next begins anew
      this.#hooks!.failed(error);
    },
    yield: (): void => this.#hooks!.yield(),
  };
  #hooks: RoomHooks | undefined;
  #free: Seat[] = [];
  readonly #taken = new Set<Seat>();
  /** The nodes of all workers so far, and workers there that are not gone. */
  readonly #nodes = new Map<number, Set<number>>();
  readonly #there = new Map<string, Set<number>>();
  /** Seats whose worker was killed, until it is gone. */
  readonly #leaving = new Set<Seat>();
  #asked = 0;
  #wanted = 0;
  #failures = 0;
  #over = false;
  #patience: NodeJS.Timeout | undefined;
  #pressing: NodeJS.Timeout | undefined;
  #growing: NodeJS.Timeout | undefined;
  #patient = true;

  constructor(open: () => Cluster, placement: Placement, child: ChildOptions, idleMs: number) {
    this.idleMs = idleMs;
    this.#open = open;
    this.#placement = placement;
    this.#child = child;
  }

  attach(hooks: RoomHooks): void {
    this.#hooks = hooks;
  }

  /** Workers that the cluster has room for; `undefined` while that is not known. */
  get capacity(): number | undefined {
    const { nodes } = this.#cluster ?? {};
    if (this.#placement.autoscales) return undefined;
    return nodes === undefined ? undefined : Math.max(1, capacity(nodes, this.#placement));
  }

  get isComing(): boolean {
    return this.#asked + this.#leaving.size > 0 && this.#patient;
  }

  want(workers: number): number {
    this.#wanted = workers;
    this.#free = this.#free.filter((seat) => !seat.gone);
    if (workers > 0 && !this.#over) this.#ask();
    if (workers === 0) for (const seat of this.#free.splice(0)) this.#cluster!.giveBack(seat, this.#placement);
    return this.#free.length + this.#taken.size;
  }

  /** Takes a seat for a worker. */
  readonly connect: Connect = (worker, events) => {
    const seat = this.#free.shift();
    if (seat === undefined) throw new Error('no seat is free');
    this.#taken.add(seat);
    const { place } = seat.about!;
    const here = this.#there.get(place) ?? new Set<number>();
    this.#there.set(place, here.add(worker));
    this.#nodes.set(worker, here);
    return new RayChannel(worker, seat, this.#child, events, {
      leaving: () => {
        if (this.#taken.delete(seat)) this.#leaving.add(seat);
      },
      free: () => {
        this.#taken.delete(seat);
        this.#leaving.delete(seat);
        here.delete(worker);
        if (seat.gone) return;
        if (this.#over || this.#wanted === 0) this.#cluster!.giveBack(seat, this.#placement);
        else this.#free.push(seat);
      },
      changed: () => this.#hooks!.changed(),
    });
  };

  end(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#patience);
    clearInterval(this.#pressing);
    clearTimeout(this.#growing);
    for (const seat of this.#free.splice(0)) this.#cluster!.giveBack(seat, this.#placement);
    this.#cluster?.leave(this.#user);
  }

  near(worker: number): readonly number[] {
    return [...(this.#nodes.get(worker) ?? [])];
  }

  /** Drops what workers have left in the cluster. */
  release(group: string): void {
    this.#cluster?.send(RELEASE, 0, Buffer.from(group));
  }

  /** Asks for the seats that are missing. */
  #ask(): void {
    if (this.#cluster === undefined || this.#cluster.broken) this.#enter();
    const cluster = this.#cluster!;
    if (cluster.nodes === undefined) return; // asked when it is known
    const problem = problemOf(cluster.nodes, this.#placement);
    if (problem !== undefined) {
      queueMicrotask(() => this.#hooks!.failed(new EngineError(problem)));
      return;
    }
    this.#pressing ??= setInterval(() => this.#press(), pressMs).unref();
    if (this.#placement.autoscales) this.#growing ??= setTimeout(() => this.#waits(), growMs).unref();
    const coming = (): number => this.#asked + this.#leaving.size;
    while (this.#free.length + this.#taken.size + coming() < this.#wanted) {
      const known = cluster.takeBack(this.#placement);
      if (known !== undefined) {
        this.#free.push(known);
        continue;
      }
      this.#asked++;
      cluster.open(this.#placement, {
        up: (seat) => this.#up(seat),
        failed: (message) => this.#failed(message),
      });
    }
  }

  #press(): void {
    if (this.#asked > 0) {
      this.#cluster!.press(this.#user);
      return;
    }
    clearInterval(this.#pressing);
    this.#pressing = undefined;
  }

  /** Told once: Ray waits for nodes that no type of node can be without a word. */
  #waits(): void {
    const { nodes } = this.#cluster!;
    const problem = nodes && problemOf(nodes, { ...this.#placement, autoscales: false });
    if (problem === undefined || this.#asked === 0) return;
    process.emitWarning(
      `${problem} Work waits for the cluster to grow, since autoscales says that it does: see by ray status whether a type of node has what is asked for.`,
    );
  }

  #enter(): void {
    const cluster = this.#open();
    this.#cluster = cluster;
    this.#asked = 0;
    this.#free = [];
    cluster.enter(this.#user);
  }

  #up(seat: Seat): void {
    this.#asked--;
    this.#failures = 0;
    if (this.#over || this.#wanted === 0) {
      this.#cluster!.giveBack(seat, this.#placement);
      return;
    }
    this.#free.push(seat);
    clearTimeout(this.#patience);
    this.#patient = true;
    this.#patience = setTimeout(() => {
      this.#patient = false;
      this.#hooks!.changed();
    }, patienceMs).unref();
    this.#hooks!.changed();
  }

  #failed(message: string): void {
    this.#asked--;
    if (this.#over) return;
    if (++this.#failures < mostFailures) {
      this.#hooks!.changed();
      return;
    }
    this.#failures = 0;
    this.#hooks!.failed(new EngineError(`Workers do not start in the cluster: ${message}`));
  }
}
