import type { Block } from '../codec/block.js';
import { invariant } from '../errors.js';
import type { PortableCode } from '../function/portable.js';
import { FunctionTable } from '../function/rebuild.js';
import { context } from './context.js';
import type { FunctionDefinition } from './protocol.js';
import { Sprinter } from './sprint.js';

/** A function as this worker has it. */
export interface WorkerFunction {
  readonly name: string;
  /** The one to call: the same at each use, but for functions whose captured state calls must not share, if `fresh` is asked. */
  get(fresh: boolean): (...args: unknown[]) => unknown;
  /** Loops for it; `undefined` where `fresh` asks for an instance a row, or where there can be none. */
  sprinter(fresh: boolean, withIndex: boolean): Sprinter | undefined;
}

type Callable = (...args: unknown[]) => unknown;

/** The functions that the driver introduced to this worker, by their numbers. */
export class WorkerFunctions {
  readonly table = new FunctionTable({ context });
  readonly #functions = new Map<number, WorkerFunction | Promise<WorkerFunction>>();
  /** Made at their first use and not before: a module that kills this process is then known to be the task's. */
  readonly #definitions = new Map<number, FunctionDefinition>();

  define(id: number, definition: FunctionDefinition): void {
    this.#definitions.set(id, definition);
    // Its code comes only once, and other definitions may count on it.
    if (definition.code !== undefined) this.#codes.set(definition.hash, definition.code);
  }

  forget(ids: readonly number[]): void {
    for (const id of ids) {
      this.#functions.delete(id);
      this.#definitions.delete(id);
    }
  }

  /** Throws, or rejects, with what kept the function from being made. */
  get(id: number): WorkerFunction | Promise<WorkerFunction> {
    const known = this.#functions.get(id);
    if (known !== undefined) return known;
    const definition = this.#definitions.get(id);
    invariant(definition !== undefined, `function ${id} is not defined in this worker`);
    const made = this.#prepare(definition);
    this.#functions.set(id, made);
    if (made instanceof Promise) {
      made.then(
        (fn) => this.#functions.has(id) && this.#functions.set(id, fn),
        () => {}, // whoever uses it sees the error
      );
    }
    return made;
  }

  #prepare(definition: FunctionDefinition): WorkerFunction | Promise<WorkerFunction> {
    try {
      const pending = this.table.prepare(this.#codes.get(definition.hash)!);
      return pending === undefined ? this.#finish(definition) : pending.then(() => this.#finish(definition));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  readonly #codes = new Map<string, PortableCode>();

  #finish({ name, hash, values, stateful }: FunctionDefinition): WorkerFunction {
    const make = (from: Block | undefined): Callable => this.table.instantiate(hash, from) as Callable;
    let shared: Callable | undefined;
    const sprinters: (Sprinter | undefined)[] = [undefined, undefined];
    const get = (fresh: boolean): Callable => {
      if (fresh && stateful) return make(values);
      shared ??= make(values);
      return shared;
    };
    return {
      name,
      get,
      sprinter: (fresh, withIndex) => {
        if (!Sprinter.possible || (fresh && stateful)) return undefined;
        sprinters[Number(withIndex)] ??= new Sprinter(get(false), withIndex);
        return sprinters[Number(withIndex)];
      },
    };
  }
}
