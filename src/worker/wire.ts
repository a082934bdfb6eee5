/**
 * The frequent messages in a form that is cheap to clone: flat lists without names, and what all tasks of a job have in common only
 * once. A message with one small task takes half the time so. Other messages pass as they are.
 */
import { type Block, besideRows, isBeside } from '../codec/index.js';
import type {
  FromWorker,
  JobMessage,
  QuickAnswer,
  QuickMessage,
  TaskMessage,
  ToWorker,
  WorkerEnd,
} from './protocol.js';

/** Place of the first task in a list, and fields a task. Before them: jobs that are new to the worker, or `undefined`. */
const firstTask = 1;
const taskFields = 9;

/** The driver's side of one worker's channel. */
export class TaskWriter {
  /** Jobs that the worker knows, by their numbers, and their functions. */
  readonly #told = new Map<number, number>();

  write(message: ToWorker): unknown {
    if (message.kind === 'run') return this.#run(message.tasks);
    if (message.kind === 'forget') {
      for (const [job, fn] of this.#told) if (message.ids.includes(fn)) this.#told.delete(job);
    }
    return message;
  }

  knows(job: number): boolean {
    return this.#told.has(job);
  }

  #run(tasks: readonly TaskMessage[]): unknown {
    const list: unknown[] = [undefined];
    for (const { id, claim, job, firstIndex, attempt, onError, indices, input } of tasks) {
      if (!this.#told.has(job.number)) {
        this.#told.set(job.number, job.fn);
        list[0] = [...((list[0] as JobMessage[] | undefined) ?? []), job];
      }
      const bytes = isBeside(input) ? undefined : input.bytes;
      list.push(id, claim, job.number, firstIndex, onError === 'stop' ? attempt : -attempt, indices, input.rows);
      list.push(bytes, input.attached);
    }
    return list;
  }
}

/** The worker's side. */
export class TaskReader {
  readonly #jobs = new Map<number, JobMessage>();

  job(number: number): JobMessage | undefined {
    return this.#jobs.get(number);
  }

  read(wire: unknown): ToWorker {
    if (!Array.isArray(wire)) {
      const message = wire as ToWorker;
      if (message.kind === 'forget') {
        for (const [number, { fn }] of this.#jobs) if (message.ids.includes(fn)) this.#jobs.delete(number);
      }
      return message;
    }
    const news: readonly JobMessage[] | undefined = wire[0];
    if (news !== undefined) for (const job of news) this.#jobs.set(job.number, job);
    const tasks: TaskMessage[] = [];
    for (let at = firstTask; at < wire.length; at += taskFields) {
      const attempt: number = wire[at + 4];
      tasks.push({
        id: wire[at],
        claim: wire[at + 1],
        job: this.#jobs.get(wire[at + 2])!,
        firstIndex: wire[at + 3],
        attempt: attempt < 0 ? -attempt : attempt,
        onError: attempt < 0 ? 'continue' : 'stop',
        indices: wire[at + 5],
        input: blockOf(wire[at + 6], wire[at + 7], wire[at + 8]),
      });
    }
    return { kind: 'run', tasks };
  }
}

/** Whether a message asks how the worker is. */
export function isMeasure(wire: unknown): wire is Extract<ToWorker, { kind: 'measure' }> {
  return (wire as ToWorker).kind === 'measure';
}

/** Whether a message asks for what was printed. */
export function isPrint(wire: unknown): boolean {
  return (wire as ToWorker).kind === 'print';
}

/** Whether a message is the first one, where there is something to begin with. */
export function isBegin(wire: unknown): wire is Extract<ToWorker, { kind: 'begin' }> {
  return (wire as ToWorker).kind === 'begin';
}

/** Whether a message is the context of a task. */
export function isContext(wire: unknown): wire is Extract<ToWorker, { kind: 'context' }> {
  return (wire as ToWorker).kind === 'context';
}

/** Whether a message is a single call: other lists begin with jobs, or with nothing. */
export function isQuick(wire: unknown): wire is QuickMessage {
  return Array.isArray(wire) && typeof wire[0] === 'number';
}

/** A single call as the task that it stands for. */
export function taskOfQuick(wire: QuickMessage, job: JobMessage): TaskMessage {
  const { program } = job;
  const args = wire.slice(3);
  const input = besideRows([program.kind === 'call' && !program.spread ? args[0] : args]);
  const [id, claim] = wire as readonly number[];
  return { id: id!, claim: claim!, job, firstIndex: 0, attempt: 1, onError: 'continue', indices: undefined, input };
}

const answerFields = 3;

/** Whether a message of a worker answers a single call: lists of ends are longer. */
export function isAnswer(wire: unknown): wire is QuickAnswer {
  return Array.isArray(wire) && wire.length === answerFields;
}

const endFields = 6;

/** The worker's side: ends that are `done` without a failure are the frequent ones, others pass whole. */
export function writeEnds(message: FromWorker): unknown {
  if (message.kind !== 'ended') return message;
  const list: unknown[] = [];
  for (const end of message.ends) {
    if (end.kind === 'done' && end.failures.length === 0) {
      const { task, runUs, output } = end;
      list.push(task, runUs, output.rows, isBeside(output) ? undefined : output.bytes, output.attached, undefined);
    } else list.push(end.task, 0, 0, undefined, undefined, end);
  }
  return list;
}

const noFailures: readonly never[] = [];

/** The driver's side. */
export function readEnds(wire: unknown): FromWorker {
  if (!Array.isArray(wire)) return wire as FromWorker;
  const ends: WorkerEnd[] = [];
  for (let at = 0; at < wire.length; at += endFields) {
    const whole: WorkerEnd | undefined = wire[at + 5];
    if (whole !== undefined) ends.push(whole);
    else {
      const output = blockOf(wire[at + 2], wire[at + 3], wire[at + 4]);
      ends.push({ kind: 'done', task: wire[at], output, failures: noFailures, runUs: wire[at + 1] });
    }
  }
  return { kind: 'ended', ends };
}

/** Blocks whose rows travel beside their bytes are sent without these. */
function blockOf(rows: number, bytes: Block['bytes'] | undefined, attached: Block['attached']): Block {
  if (bytes === undefined) return besideRows(attached ?? []);
  return attached === undefined ? { rows, bytes } : { rows, bytes, attached };
}
