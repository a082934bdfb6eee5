/**
 * Scheduler tests as text: a script of events, and beside each event what the scheduler answered.
 *
 * Events: `join 0` · `lose 0` · `submit 5 [job 1] [priority 2] [expected 100] [timeout 50] [prefer 1,0] [policy round-robin]` (tasks are
 * numbered as they come) · `skip 3` (so many numbers, of which the scheduler never hears) · `start 0`, `end 0` (what worker 0 runs; nothing happens if it runs nothing) · `end 0 7` (task 7) ·
 * `revoked 0`, `kept 0` (the first task that it was asked for; nothing happens if there is none) · `kept 0 7` · `cancel 1` (job) · `cancel-task 7` · `at 250` (sets the time and sends a tick).
 *
 * Answers: `w0+1,2` grant · `w0-2?` revoke · `w0!1 timeout` interrupt · `kill w0` replace · `retire w0` · `3 cancelled`, `3 lost`,
 * `3 timed out` report · `3 refused` · `wake 250`.
 */
import assert from 'node:assert/strict';
import type { Allocation } from '../../src/schedule/policy.js';
import type { State } from '../../src/schedule/state.js';
import { createState, step } from '../../src/schedule/step.js';
import type { Command, Event, ScheduleOptions } from '../../src/schedule/types.js';

/** Checks a table with lines `event | answer`. */
export function check(options: Partial<ScheduleOptions>, table: string): Script {
  const lines = trimmed(table).map((line) => line.split('|').map((cell) => cell.trim()));
  const script = new Script(options);
  const width = Math.max(...lines.map(([event]) => event!.length));
  const row = (event: string, answer: string) => `${event.padEnd(width)} | ${answer}`.trimEnd();
  const actual = lines.map(([event]) => row(event!, script.send(event!)));
  const expected = lines.map(([event, answer]) => row(event!, answer ?? ''));
  assert.equal(actual.join('\n'), expected.join('\n'));
  return script;
}

/** What each of several allocations answers to the same events, as a table. */
export function compare(options: Partial<ScheduleOptions>, allocations: readonly Allocation[], events: string): string {
  const names = allocations.map((one) => (typeof one === 'string' ? one : one.name));
  const scripts = allocations.map((allocation) => new Script({ ...options, allocation }));
  const rows = [
    ['event', ...names],
    ...trimmed(events).map((event) => [event, ...scripts.map((one) => one.send(event))]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join(' | ')
        .trimEnd(),
    )
    .join('\n');
}

/** Lines without the indentation of the source. */
export function trimmed(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** A scheduler that is sent events as text. */
export class Script {
  readonly state: State;
  /** What each worker has, as told by the commands. */
  readonly #has = new Map<number, number[]>();
  /** What each worker was asked to give back. */
  readonly #asked = new Map<number, number[]>();
  #now = 0;
  #nextTask = 0;
  readonly #policies: ReadonlyMap<string, Allocation>;

  constructor(options: Partial<ScheduleOptions>, policies: Record<string, Allocation> = {}) {
    this.state = createState({ allocation: 'least-loaded', graceMs: 100, ...options });
    this.#policies = new Map(Object.entries(policies));
  }

  /** Sends an event; gives the answer. */
  send(text: string): string {
    const event = this.#parse(text.split(/\s+/));
    if (event === undefined) return '';
    return this.sendEvent(event).map(show).join(' ');
  }

  sendEvent(event: Event): readonly Command[] {
    const commands = step(this.state, event);
    for (const command of commands) {
      if (command.kind === 'grant') this.#has.get(command.worker)!.push(...tasksOf(command));
      else if (command.kind === 'revoke') this.#asked.get(command.worker)!.push(command.task);
    }
    return commands;
  }

  #parse(words: string[]): Event | undefined {
    const [kind, ...rest] = words;
    const now = this.#now;
    const number = (at: number) => {
      const value = Number(rest[at]);
      assert.ok(!Number.isNaN(value), `a number is missing: ${words.join(' ')}`);
      return value;
    };
    switch (kind) {
      case 'join':
        this.#has.set(number(0), []);
        this.#asked.set(number(0), []);
        return { kind: 'worker-joined', worker: number(0), now };
      case 'lose':
        this.#has.delete(number(0));
        return { kind: 'worker-lost', worker: number(0), now };
      case 'start':
      case 'end':
      case 'revoked':
      case 'kept': {
        const worker = number(0);
        const has = this.#has.get(worker) ?? [];
        const asked = this.#asked.get(worker) ?? [];
        const answers = kind === 'revoked' || kind === 'kept';
        const task = rest.length > 1 ? number(1) : (answers ? asked : has)[0];
        if (task === undefined) return undefined;
        if (answers) remove(asked, task);
        if (kind === 'end' || kind === 'revoked') remove(has, task);
        return { kind: kind === 'start' ? 'started' : kind === 'end' ? 'ended' : kind, worker, task, now };
      }
      case 'skip':
        this.#nextTask += number(0);
        return undefined;
      case 'submit':
        return this.#submitted(number(0), rest.slice(1));
      case 'cancel':
        return { kind: 'cancelled', job: number(0), now };
      case 'cancel-task':
        return { kind: 'cancelled-task', task: number(0), now };
      case 'at':
        this.#now = number(0);
        return { kind: 'tick', now: this.#now };
      default:
        throw new Error(`not an event: ${words.join(' ')}`);
    }
  }

  #submitted(count: number, words: string[]): Event {
    const given = new Map<string, string>();
    for (let i = 0; i < words.length; i += 2) given.set(words[i]!, words[i + 1]!);
    const number = (name: string) => (given.has(name) ? Number(given.get(name)) : undefined);
    const policy = given.get('policy');
    const from = this.#nextTask;
    this.#nextTask += count;
    return {
      kind: 'submitted',
      from,
      to: this.#nextTask,
      job: number('job') ?? 1,
      priority: number('priority') ?? 0,
      expectedUs: number('expected'),
      timeoutMs: number('timeout'),
      prefer: given.get('prefer')?.split(',').map(Number),
      allocation: policy === undefined ? undefined : (this.#policies.get(policy) ?? (policy as Allocation)),
      now: this.#now,
    };
  }
}

function show(command: Command): string {
  switch (command.kind) {
    case 'grant':
      return `w${command.worker}+${range(command)}`;
    case 'revoke':
      return `w${command.worker}-${command.task}?`;
    case 'interrupt':
      return `w${command.worker}!${command.task} ${command.reason}`;
    case 'replace':
      return `kill w${command.worker}`;
    case 'retire':
      return `retire w${command.worker}`;
    case 'report':
      return `${range(command)} ${command.end === 'worker-lost' ? 'lost' : command.end.replace('-', ' ')}`;
    case 'refuse':
      return `${range(command)} refused`;
    case 'wake':
      return `wake ${command.at}`;
  }
}

function range(tasks: { from: number; to: number }): string {
  return tasksOf(tasks).join(',');
}

function tasksOf({ from, to }: { from: number; to: number }): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

function remove(list: number[], item: number): void {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
}
