/**
 * The frequent messages in a form that is cheap to clone: flat lists without names, and what all tasks of a job have in common only
 * once. A message with one small task takes half the time so. Other messages pass as they are.
 */
import { type Block, besideRows, isBeside } from '../codec/index.js';
import type { FromWorker, JobMessage, TaskMessage, ToWorker, WorkerEnd } from './protocol.js';

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
