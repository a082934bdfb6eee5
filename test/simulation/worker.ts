/** A simulated worker: runs what it is given one at a time, reads messages when it can, and dies now and then. */
import type { Clock } from './clock.js';
import type { Random } from './random.js';
import type { Machine, TaskPlan } from './scenario.js';

/** A task as it is sent to a worker. */
export interface SentTask {
  readonly task: number;
  /** It has a bound, so its starts are told. */
  readonly timed: boolean;
  /** It begins: what happens now. */
  plan(): TaskPlan;
  /** It takes its worker with it. */
  kills(): void;
}

export type ToWorker =
  | { readonly kind: 'run'; readonly task: SentTask }
  | { readonly kind: 'revoke'; readonly task: number }
  | { readonly kind: 'abort'; readonly task: number; readonly reason: 'timeout' | 'cancelled'; readonly row: number }
  | { readonly kind: 'close' };

export type FromWorker =
  | { readonly kind: 'started'; readonly task: number; readonly row: number }
  | { readonly kind: 'ended'; readonly task: number; readonly how: 'done' | 'timeout' | 'cancelled' }
  | { readonly kind: 'revoked' | 'kept'; readonly task: number };

export interface WorkerHooks {
  send(message: FromWorker): void;
  began(task: number): void;
  ended(task: number): void;
  died(): void;
}

export class SimulatedWorker {
  readonly id: number;
  alive = true;
  /** Tasks that have begun here, the running one last. */
  readonly begun: number[] = [];
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #machine: Machine;
  readonly #hooks: WorkerHooks;
  readonly #queue: SentTask[] = [];
  readonly #inbox: ToWorker[] = [];
  readonly #aborted = new Set<number>();
  readonly #ends: FromWorker[] = [];
  #ready = false;
  #closing = false;
  #running:
    | { readonly sent: SentTask; readonly plan: TaskPlan; row: number; unplan: () => void; stopping: boolean }
    | undefined;

  constructor(id: number, clock: Clock, random: Random, machine: Machine, hooks: WorkerHooks) {
    this.id = id;
    this.#clock = clock;
    this.#random = random;
    this.#machine = machine;
    this.#hooks = hooks;
    clock.after(machine.startMs * random.between(0.5, 2), () => {
      this.#ready = true;
      this.#read();
    });
  }

  /** The row that a task is at, or was at when the worker died. */
  rowOf(task: number): number | undefined {
    return this.#running?.sent.task === task ? this.#running.row : undefined;
  }

  /** A message has arrived. It is read when the worker can. */
  receive(message: ToWorker): void {
    if (!this.alive) return;
    this.#inbox.push(message);
    this.#read();
  }

  /** Takes a task back in shared memory, whatever the worker is doing: whether it had not begun. */
  claim(task: number): boolean {
    if (!this.alive || this.begun.includes(task)) return false;
    this.#drop(task);
    return true;
  }

  die(): void {
    if (!this.alive) return;
    this.alive = false;
    this.#running?.unplan();
    this.#hooks.died();
  }

  #read(): void {
    while (this.alive && this.#ready && !this.#running?.plan.sync) {
      const message = this.#inbox.shift();
      if (message === undefined) break;
      this.#handle(message);
    }
    this.#runNext();
  }

  #handle(message: ToWorker): void {
    switch (message.kind) {
      case 'run':
        this.#queue.push(message.task);
        this.#runNext();
        return;
      case 'revoke': {
        const { task } = message;
        const begun = this.#machine.revokes === 'never' || !this.#drop(task);
        this.#hooks.send({ kind: begun ? 'kept' : 'revoked', task });
        return;
      }
      case 'abort':
        this.#abort(message.task, message.reason, message.row);
        return;
      case 'close':
        this.#closing = true;
        return;
    }
  }

  /** Forgets a task that has not begun, wherever it is. */
  #drop(task: number): boolean {
    const queued = this.#queue.findIndex((one) => one.task === task);
    const unread = this.#inbox.findIndex((one) => one.kind === 'run' && one.task.task === task);
    if (queued >= 0) this.#queue.splice(queued, 1);
    else if (unread >= 0) this.#inbox.splice(unread, 1);
    return queued >= 0 || unread >= 0;
  }

  #abort(task: number, reason: 'timeout' | 'cancelled', row: number): void {
    const running = this.#running;
    if (running?.sent.task !== task) {
      if (reason === 'cancelled') this.#aborted.add(task);
      return;
    }
    const { stopMs } = running.plan;
    // The row that was late may be over by now.
    if (stopMs === undefined || running.stopping || (reason === 'timeout' && row !== running.row)) return;
    running.stopping = true;
    running.unplan();
    running.unplan = this.#clock.after(stopMs, () => this.#end(reason));
  }

  #runNext(): void {
    if (!this.alive || !this.#ready || this.#running !== undefined) return;
    const sent = this.#queue.shift();
    if (sent === undefined) {
      this.#tellEnds();
      if (this.#closing) this.die();
      return;
    }
    this.begun.push(sent.task);
    this.#hooks.began(sent.task);
    this.#running = { sent, plan: sent.plan(), row: -1, unplan: () => {}, stopping: false };
    if (this.#aborted.has(sent.task)) this.#end('cancelled');
    else this.#nextRow();
  }

  #nextRow(): void {
    const running = this.#running!;
    const { sent } = running;
    const { rowsMs, fate } = running.plan;
    running.row++;
    if (sent.timed) this.#hooks.send({ kind: 'started', task: sent.task, row: running.row });
    const last = running.row === rowsMs.length - 1;
    const ms = rowsMs[running.row]!;
    if (!last) running.unplan = this.#clock.after(ms, () => this.#nextRow());
    else if (fate === 'kills') running.unplan = this.#clock.after(ms, () => this.#kill(sent));
    else if (fate !== 'hangs') running.unplan = this.#clock.after(ms, () => this.#end('done'));
  }

  #kill(sent: SentTask): void {
    sent.kills();
    this.die();
  }

  #end(how: 'done' | 'timeout' | 'cancelled'): void {
    const { task } = this.#running!.sent;
    this.#running = undefined;
    this.#hooks.ended(task);
    this.#ends.push({ kind: 'ended', task, how });
    if (this.#ends.length >= this.#machine.endsAtOnce) this.#tellEnds();
    else this.#clock.after(this.#random.between(0, 1), () => this.#tellEnds());
    this.#read();
  }

  #tellEnds(): void {
    if (!this.alive) return;
    for (const end of this.#ends) this.#hooks.send(end);
    this.#ends.length = 0;
  }
}
