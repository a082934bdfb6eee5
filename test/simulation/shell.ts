/** Carries out the scheduler's commands with simulated workers, as an engine does with real ones. */
import type { State } from '../../src/schedule/state.js';
import { createState, step } from '../../src/schedule/step.js';
import type { Command, Event, Report, Submitted } from '../../src/schedule/types.js';
import { audit } from './audit.js';
import type { Clock } from './clock.js';
import { Ledger } from './ledger.js';
import type { Random } from './random.js';
import type { Scenario } from './scenario.js';
import { type FromWorker, type SentTask, SimulatedWorker, type ToWorker } from './worker.js';

/** How a task ended, for whoever submitted it. */
export type TaskOutcome = 'done' | 'timeout' | 'cancelled' | 'worker-lost' | 'blameless' | 'refused';

/** What the shell needs to know of a scenario. */
export type ShellSetting = Pick<Scenario, 'options' | 'machine'>;

interface Hand {
  readonly worker: SimulatedWorker;
  /** Tasks given to it that have not ended, in order. */
  readonly has: number[];
  /** Arrival of the last message, each way: messages do not overtake. */
  arrivalThere: number;
  arrivalHere: number;
  /** Arrivals that may be lost if it dies. */
  readonly underWay: (() => void)[];
  lost: boolean;
  /** It was told to end, or is being killed. */
  leaving: boolean;
}

export class Shell {
  readonly state: State;
  readonly ledger: Ledger;
  /** Steps of the scheduler. */
  steps = 0;
  readonly #scenario: ShellSetting;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: (line: () => string) => void;
  readonly #hands = new Map<number, Hand>();
  readonly #sent = new Map<number, SentTask>();
  readonly #holders = new Map<number, Hand>();
  readonly #rows = new Map<number, number>();
  readonly #onEnd: (task: number, outcome: TaskOutcome) => void;
  readonly #events: Event[] = [];
  #stepping = false;
  #nextWorker = 0;
  #unplanTick = (): void => {};

  constructor(
    scenario: ShellSetting,
    oneQueue: boolean,
    clock: Clock,
    random: Random,
    log: (line: () => string) => void,
    onEnd: (task: number, outcome: TaskOutcome) => void,
  ) {
    this.#scenario = scenario;
    this.#clock = clock;
    this.#random = random;
    this.#log = log;
    this.#onEnd = onEnd;
    this.state = createState(scenario.options);
    this.ledger = new Ledger(scenario.options, oneQueue);
  }

  submit(event: Submitted, tasks: readonly SentTask[]): void {
    const free = this.#free(event);
    for (const task of tasks) this.#sent.set(task.task, task);
    if (free === undefined) {
      this.post(event);
      return;
    }
    this.#give(free, event.from);
    this.post({ ...event, givenTo: free.worker.id });
  }

  /** The worker to which a task may be given before the scheduler is asked: nothing else is under way, and it does not matter to which. */
  #free({ from, to, allocation }: Submitted): Hand | undefined {
    const { options } = this.#scenario;
    const policy = allocation ?? options.allocation;
    if (this.#sent.size > 0 || to !== from + 1 || options.maxTasksPerWorker !== undefined) return undefined;
    if (typeof policy === 'object' || policy === 'round-robin') return undefined;
    return [...this.#hands.values()].find((hand) => !hand.lost && !hand.leaving && hand.has.length === 0);
  }

  #give(hand: Hand, task: number): void {
    hand.has.push(task);
    this.#holders.set(task, hand);
    this.#carryThere(hand, { kind: 'run', task: this.#sent.get(task)! });
  }

  /** The worker that has a task, or had it when it died, and the row it is at there. */
  whereIs(task: number): { readonly worker: number; readonly row: number | undefined } {
    const hand = this.#holders.get(task);
    return { worker: hand?.worker.id ?? -1, row: hand?.worker.rowOf(task) };
  }

  /** The last row of a task of which the scheduler was told that it started. */
  startedRow(task: number): number {
    return this.#rows.get(task) ?? 0;
  }

  /** Another worker. */
  join(): void {
    const { machine } = this.#scenario;
    const id = this.#nextWorker++;
    const worker = new SimulatedWorker(id, this.#clock, this.#random, machine, {
      send: (message) => this.#carryHere(hand, () => this.#receive(hand, message)),
      began: (task) => this.ledger.began(task, id),
      ended: (task) => this.ledger.stopped(task),
      died: () => this.#onDeath(hand),
    });
    const hand: Hand = { worker, has: [], arrivalThere: 0, arrivalHere: 0, underWay: [], lost: false, leaving: false };
    this.#hands.set(id, hand);
    this.post({ kind: 'worker-joined', worker: id, now: this.#clock.now });
  }

  /** Some worker dies. */
  killAny(): void {
    const alive = [...this.#hands.values()].filter(({ worker }) => worker.alive);
    if (alive.length > 0) this.#random.pick(alive).worker.die();
  }

  /** Sends an event to the scheduler, and carries out what it says. */
  post(event: Event): void {
    this.#events.push(event);
    if (this.#stepping) return;
    this.#stepping = true;
    for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) this.#step(next);
    this.#stepping = false;
  }

  #step(event: Event): void {
    this.steps++;
    this.#log(() => `${this.#clock.now.toFixed(3)} ${JSON.stringify(event)}`);
    this.ledger.before(event);
    const commands = step(this.state, event);
    for (const command of commands) this.#log(() => `    ${JSON.stringify(command)}`);
    this.ledger.after(event, commands);
    if (this.steps % 7 === 0) audit(this.state);
    for (const command of commands) this.#perform(command);
  }

  #perform(command: Command): void {
    const { now } = this.#clock;
    switch (command.kind) {
      case 'grant': {
        const hand = this.#hands.get(command.worker)!;
        for (let task = command.from; task < command.to; task++) this.#give(hand, task);
        return;
      }
      case 'revoke':
        this.#revoke(command.worker, command.task);
        return;
      case 'interrupt': {
        const { worker, task, reason } = command;
        this.#carryThere(this.#hands.get(worker)!, { kind: 'abort', task, reason, row: this.#rows.get(task) ?? 0 });
        return;
      }
      case 'replace': {
        const hand = this.#hands.get(command.worker)!;
        hand.leaving = true;
        const { killMs } = this.#scenario.machine;
        if (killMs > 0) this.#clock.after(killMs, () => hand.worker.die());
        else {
          hand.worker.die();
          this.#lose(hand);
        }
        return;
      }
      case 'retire':
        this.#hands.get(command.worker)!.leaving = true;
        this.#carryThere(this.#hands.get(command.worker)!, { kind: 'close' });
        return;
      case 'report':
      case 'refuse':
        for (let task = command.from; task < command.to; task++) {
          this.#finish(task, command.kind === 'refuse' ? 'refused' : outcomeOf(command.end));
        }
        return;
      case 'wake':
        this.#unplanTick();
        // Timers are early or late by a little.
        this.#unplanTick = this.#clock.at(command.at + this.#random.between(-0.3, 0.3), () =>
          this.post({ kind: 'tick', now: this.#clock.now }),
        );
        if (command.at < now - 1000) throw new Error(`a wake at ${command.at}, long gone`);
        return;
    }
  }

  #revoke(id: number, task: number): void {
    const hand = this.#hands.get(id)!;
    const { revokes } = this.#scenario.machine;
    if (revokes !== 'shared') {
      this.#carryThere(hand, { kind: 'revoke', task });
      return;
    }
    const kind = hand.worker.claim(task) ? 'revoked' : 'kept';
    if (kind === 'revoked') remove(hand.has, task);
    this.post({ kind, worker: id, task, now: this.#clock.now });
  }

  #carryThere(hand: Hand, message: ToWorker): void {
    hand.arrivalThere = Math.max(hand.arrivalThere, this.#clock.now + this.#latency());
    this.#clock.at(hand.arrivalThere, () => {
      // Taken back in shared memory while it was under way.
      if (message.kind === 'run' && !hand.has.includes(message.task.task)) return;
      hand.worker.receive(message);
    });
  }

  #carryHere(hand: Hand, arrive: () => void): void {
    hand.arrivalHere = Math.max(hand.arrivalHere, this.#clock.now + this.#latency());
    const unplan = this.#clock.at(hand.arrivalHere, () => {
      hand.underWay.shift();
      arrive();
    });
    hand.underWay.push(unplan);
  }

  #latency(): number {
    const [low, high] = this.#scenario.machine.latencyMs;
    return this.#random.between(low, high);
  }

  #receive(hand: Hand, message: FromWorker): void {
    const worker = hand.worker.id;
    const { now } = this.#clock;
    const { kind, task } = message;
    if (kind === 'started') this.#rows.set(task, message.row);
    if (kind === 'ended' || kind === 'revoked') remove(hand.has, task);
    this.post({ kind, worker, task, now });
    if (kind === 'ended' && !hand.lost) this.#finish(task, message.how);
  }

  /** A worker has died; the news takes its time. */
  #onDeath(hand: Hand): void {
    for (const task of hand.worker.begun) this.ledger.stopped(task);
    this.#log(() => `${this.#clock.now.toFixed(3)} worker ${hand.worker.id} dies`);
    const { lastWords } = this.#scenario.machine;
    if (lastWords === 'cut') {
      const heard = this.#random.int(0, hand.underWay.length);
      for (const unplan of hand.underWay.splice(heard)) unplan();
    }
    if (lastWords === 'late') this.#clock.after(this.#latency(), () => this.#lose(hand));
    else this.#carryHere(hand, () => this.#lose(hand));
  }

  #lose(hand: Hand): void {
    if (hand.lost) return;
    hand.lost = true;
    const { id, begun } = hand.worker;
    const { now } = this.#clock;
    if (this.#scenario.machine.revokes === 'shared') {
      // Shared memory tells which had begun: the last one is the one that it died of, the others have no blame.
      for (const task of hand.has.filter((one) => begun.includes(one)).slice(0, -1)) {
        this.post({ kind: 'ended', worker: id, task, now });
        this.#finish(task, 'blameless');
      }
    }
    this.post({ kind: 'worker-lost', worker: id, now });
    this.#clock.after(this.#random.between(0, 2), () => this.join());
  }

  /** The first that is heard of a task's end counts. */
  #finish(task: number, outcome: TaskOutcome): void {
    if (!this.#sent.delete(task)) return;
    this.#onEnd(task, outcome);
  }
}

function outcomeOf(end: Report['end']): TaskOutcome {
  return end === 'timed-out' ? 'timeout' : end;
}

function remove(list: number[], item: number): void {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
}
