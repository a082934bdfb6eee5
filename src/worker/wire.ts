/**
 * The frequent messages in a form that is cheap to clone: flat lists without names, and what all tasks of a job have in common only
 * once. A message with one small task takes half the time so. Other messages pass as they are.
 */
import type { Block } from '../codec/block.js';
import type { FromWorker, TaskMessage, ToWorker, WorkerEnd } from './protocol.js';

/** Fields of a task that are the same for all tasks of its job. */
type Common = Pick<TaskMessage, 'fn' | 'setup' | 'program' | 'timed' | 'concurrency'>;

/** Place of the first task in a list, and fields a task. Before them: new common fields, by their numbers, or `undefined`. */
const firstTask = 1;
const taskFields = 10;

/** The driver's side of one worker's channel. */
export class TaskWriter {
  readonly #known = new Map<string, { readonly number: number; readonly fn: number }>();
  #next = 0;

  write(message: ToWorker): unknown {
    if (message.kind === 'forget') {
      for (const [key, { fn }] of this.#known) if (message.ids.includes(fn)) this.#known.delete(key);
    }
    if (message.kind !== 'run') return message;
    const list: unknown[] = [undefined];
    for (const task of message.tasks) {
      const job = this.#numberOf(task, list);
      const { id, claim, firstIndex, attempt, onError, indices, input } = task;
      list.push(
        id,
        claim,
        job,
        firstIndex,
        attempt,
        onError === 'stop',
        indices,
        input.rows,
        input.bytes,
        input.attached,
      );
    }
    return list;
  }

  #numberOf({ fn, setup, program, timed, concurrency }: TaskMessage, list: unknown[]): number {
    const spread = program.kind === 'call' ? program.spread : '';
    const key = `${fn} ${setup} ${program.kind} ${spread} ${timed} ${concurrency}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known.number;
    const number = this.#next++;
    this.#known.set(key, { number, fn });
    const common: Common = { fn, setup, program, timed, concurrency };
    list[0] = [...((list[0] as unknown[] | undefined) ?? []), number, common];
    return number;
  }
}

/** The worker's side. */
export class TaskReader {
  readonly #common = new Map<number, Common>();

  read(wire: unknown): ToWorker {
    if (!Array.isArray(wire)) {
      const message = wire as ToWorker;
      if (message.kind === 'forget') {
        for (const [number, { fn }] of this.#common) if (message.ids.includes(fn)) this.#common.delete(number);
      }
      return message;
    }
    const news: unknown[] = wire[0] ?? [];
    for (let i = 0; i < news.length; i += 2) this.#common.set(news[i] as number, news[i + 1] as Common);
    const tasks: TaskMessage[] = [];
    for (let at = firstTask; at < wire.length; at += taskFields) {
      const [id, claim, job, firstIndex, attempt, stop, indices, rows, bytes, attached] = wire.slice(
        at,
        at + taskFields,
      );
      const onError = stop ? 'stop' : 'continue';
      const input = blockOf(rows, bytes, attached);
      tasks.push({ ...this.#common.get(job)!, id, claim, firstIndex, attempt, onError, indices, input });
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
      list.push(task, runUs, output.rows, output.bytes, output.attached, undefined);
    } else list.push(end.task, 0, 0, undefined, undefined, end);
  }
  return list;
}

/** The driver's side. */
export function readEnds(wire: unknown): FromWorker {
  if (!Array.isArray(wire)) return wire as FromWorker;
  const ends: WorkerEnd[] = [];
  for (let at = 0; at < wire.length; at += endFields) {
    const [task, runUs, rows, bytes, attached, whole] = wire.slice(at, at + endFields);
    ends.push(whole ?? { kind: 'done', task, output: blockOf(rows, bytes, attached), failures: [], runUs });
  }
  return { kind: 'ended', ends };
}

function blockOf(rows: number, bytes: Block['bytes'], attached: Block['attached']): Block {
  return attached === undefined ? { rows, bytes } : { rows, bytes, attached };
}
