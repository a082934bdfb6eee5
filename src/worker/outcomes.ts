/** What became of a task, in the words of the protocol. */
import type { Block } from '../codec/block.js';
import { encodeRows } from '../codec/index.js';
import { ValueError } from '../errors.js';
import type { FunctionTable } from '../function/rebuild.js';
import { encodeThrown } from '../function/thrown.js';
import type { TaskMessage, WorkerEnd } from './protocol.js';
import type { RowResults } from './rows.js';

type Threw = WorkerEnd & { readonly kind: 'threw' };

export class Outcomes {
  readonly #table: FunctionTable;
  readonly #sharedMemory: boolean;

  constructor(table: FunctionTable, sharedMemory: boolean) {
    this.#table = table;
    this.#sharedMemory = sharedMemory;
  }

  endOf(task: TaskMessage, { results, failures }: RowResults, runUs: number): WorkerEnd {
    const wire = failures.map(({ row, error }) => ({ row, thrown: encodeThrown(error, this.#table) }));
    let output: Block;
    try {
      output = this.#encode(results);
    } catch {
      output = this.#encodeEach(results, task, wire);
    }
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
      const output = this.#encode(results);
      return { kind: 'threw', task: task.id, output, row, thrown: encodeThrown(error, this.#table), runUs };
    } catch {
      return undefined;
    }
  }

  /** No row ran: the function, its setup or its input could not be made ready. */
  unprepared(task: TaskMessage, error: unknown): WorkerEnd {
    return { kind: 'unprepared', task: task.id, thrown: encodeThrown(error, this.#table) };
  }

  #encode(results: ArrayLike<unknown>): Block {
    return encodeRows(results, { sharedMemory: this.#sharedMemory });
  }

  /** Some result cannot be encoded: its row fails, as if it had thrown, and the others keep theirs. */
  #encodeEach(results: Iterable<unknown>, task: TaskMessage, failures: { row: number; thrown: Block }[]): Block {
    const failed = new Set(failures.map((failure) => failure.row));
    const good: unknown[] = [];
    let row = 0;
    for (const result of results) {
      while (failed.has(row)) row++;
      try {
        this.#encode([result]);
        good.push(result);
      } catch (error) {
        failures.push({ row, thrown: encodeThrown(ofResult(error, task, row), this.#table) });
        if (task.onError === 'stop') break;
      }
      row++;
    }
    return this.#encode(good);
  }
}

/** The codec knows the value as the item at 0; people know it by the item that it is the result of. */
function ofResult(error: unknown, { program, firstIndex, indices }: TaskMessage, row: number): unknown {
  if (!(error instanceof ValueError)) return error;
  const index = program.kind === 'call' ? undefined : (indices?.[row] ?? firstIndex + row);
  const result = index === undefined ? 'The result' : `The result of item ${index}`;
  return new ValueError(error.message.replace('Item 0', result), error.path, index, { cause: error.cause });
}
