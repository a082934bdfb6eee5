/** What became of a task, in the words of the protocol. */

import type { Block } from '../codec/block.js';
import { besideCopies, besidePrimitive, besideRows, encodeRows, isPlain } from '../codec/index.js';
import { ValueError } from '../errors.js';
import type { FunctionTable } from '../function/rebuild.js';
import { encodeThrown } from '../function/thrown.js';
import { now } from './clock.js';
import type { RowsDone, TaskMessage, WorkerEnd } from './protocol.js';
import type { FailedRow, RowResults } from './rows.js';

/** How results get to the driver. */
interface OutcomeOptions {
  readonly sharedMemory: boolean;
  /** In messages that are structured clones, of which a single result may be part. */
  readonly clones: boolean;
  /** They stay on this thread. */
  readonly stays: boolean;
}

type Threw = WorkerEnd & { readonly kind: 'threw' };

export class Outcomes {
  readonly #table: FunctionTable;
  readonly #options: OutcomeOptions;
  #moves: TaskMessage | undefined;

  constructor(table: FunctionTable, options: OutcomeOptions) {
    this.#table = table;
    this.#options = options;
  }

  /** Arrays in results of this task are nobody else's. */
  mayMove(task: TaskMessage): void {
    this.#moves = task;
  }

  /** The end of a task whose only row gave `result`. */
  single(task: TaskMessage, result: unknown, runUs: number): WorkerEnd {
    const output = this.#options.clones ? besidePrimitive(result) : undefined;
    if (output === undefined) return this.endOf(task, { told: 0, results: [result], failures: [] }, runUs);
    return { kind: 'done', task: task.id, output, failures: [], runUs };
  }

  /** @param placeOf of a row in the job's input, where the task alone does not say it */
  endOf(
    task: TaskMessage,
    { told, results, failures }: RowResults,
    runUs: number,
    placeOf?: (row: number) => number,
  ): WorkerEnd {
    const wire = this.#thrown(failures);
    const { stays } = this.#options;
    const before = stays ? now() : 0;
    let output: Block;
    try {
      output = this.#encode(results, task);
    } catch {
      output = this.#encodeEach(told, results, task, wire, placeOf ?? ((row) => placeIn(task, row)));
    }
    // The driver's own thread is busy with it.
    if (stays) runUs += (now() - before) * 1000;
    wire.sort((a, b) => a.row - b.row);
    const first = wire[0];
    if (task.onError === 'continue' || first === undefined) {
      return { kind: 'done', task: task.id, output, failures: wire, runUs };
    }
    return { kind: 'threw', task: task.id, output, row: first.row, thrown: first.thrown, runUs };
  }

  /** The end of a task that has failed at a row; `undefined` where the results before it cannot be told yet. */
  stoppedAt(task: TaskMessage, row: number, error: unknown, results: unknown[], runUs: number): Threw | undefined {
    try {
      const output = this.#encode(results, task);
      return { kind: 'threw', task: task.id, output, row, thrown: encodeThrown(error, this.#table), runUs };
    } catch {
      return undefined;
    }
  }

  /** Rows ahead of the end; `undefined` where a result of them cannot be encoded, which the end then says. */
  told(results: ArrayLike<unknown>, failures: readonly FailedRow[], task: TaskMessage): RowsDone | undefined {
    try {
      return { output: this.#encode(results, task), failures: this.#thrown(failures) };
    } catch {
      return undefined;
    }
  }

  /** No row ran: the function, its setup or its input could not be made ready. */
  unprepared(task: TaskMessage, error: unknown): WorkerEnd {
    return { kind: 'unprepared', task: task.id, thrown: encodeThrown(error, this.#table) };
  }

  #thrown(failures: readonly FailedRow[]): { row: number; thrown: Block }[] {
    return failures.map(({ row, error }) => ({ row, thrown: encodeThrown(error, this.#table) }));
  }

  #encode(results: ArrayLike<unknown>, task: TaskMessage): Block {
    const { job, input } = task;
    const { stays, sharedMemory } = this.#options;
    if (job.light === true && isPlain(input) && Array.isArray(results)) return besideRows(results);
    const copies = stays ? besideCopies(results, 0, results.length) : undefined;
    return copies ?? encodeRows(results, { sharedMemory, moveFresh: this.#moves === task });
  }

  /** Some result cannot be encoded: its row fails, as if it had thrown, and the others keep theirs. */
  #encodeEach(
    told: number,
    results: Iterable<unknown>,
    task: TaskMessage,
    failures: { row: number; thrown: Block }[],
    placeOf: (row: number) => number,
  ): Block {
    const failed = new Set(failures.map((failure) => failure.row));
    const good: unknown[] = [];
    let row = told;
    for (const result of results) {
      while (failed.has(row)) row++;
      try {
        this.#encode([result], task);
        good.push(result);
      } catch (error) {
        failures.push({
          row,
          thrown: encodeThrown(
            ofResult(error, task.job.program.kind === 'call' ? undefined : placeOf(row)),
            this.#table,
          ),
        });
        if (task.onError === 'stop') break;
      }
      row++;
    }
    return this.#encode(good, task);
  }
}

/** The place of a row in the job's input. */
export function placeIn({ firstIndex, indices }: Pick<TaskMessage, 'firstIndex' | 'indices'>, row: number): number {
  return indices?.[row] ?? firstIndex + row;
}

/** What the codec says of a function, which is of no use for a result. */
const asVariable = /Use it as a variable of the function that runs, .*$/;

/** The codec knows the value as the item at 0; people know it by the item that it is the result of. */
function ofResult(error: unknown, index: number | undefined): unknown {
  if (!(error instanceof ValueError)) return error;
  const result = index === undefined ? 'The result' : `The result of item ${index}`;
  const message = error.message.replace('Item 0', result).replace(asVariable, 'Return the data that it is made of.');
  return new ValueError(message, error.path, index, { cause: error.cause });
}
