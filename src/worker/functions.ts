import type { Block } from '../codec/block.js';
import { FunctionTable } from '../function/rebuild.js';
import { context } from './context.js';
import type { FunctionDefinition } from './protocol.js';
import { Sprinter } from './sprint.js';

/** A function as this worker has it. */
export interface WorkerFunction {
  readonly name: string;
  readonly usesContext: boolean;
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

  define(id: number, definition: FunctionDefinition): void {
    const ready = this.#prepare(definition);
    if (ready instanceof Promise) {
      this.#functions.set(id, ready);
      ready.then(
        (fn) => this.#functions.has(id) && this.#functions.set(id, fn),
        () => {}, // whoever uses it sees the error
      );
    } else this.#functions.set(id, ready);
  }

  forget(ids: readonly number[]): void {
    for (const id of ids) this.#functions.delete(id);
  }

  /** Throws, or rejects, with what kept the function from being made. */
  get(id: number): WorkerFunction | Promise<WorkerFunction> {
    const fn = this.#functions.get(id);
    if (fn === undefined) throw new Error(`A defect in Sheaf, please report it: function ${id} is not defined here`);
    return fn;
  }

  #prepare(definition: FunctionDefinition): WorkerFunction | Promise<WorkerFunction> {
    try {
      const waiting = definition.code === undefined ? undefined : this.table.prepare(definition.code);
      // A later definition with the same code may come while its imports are still being loaded.
      const pending = waiting ?? this.#preparing.get(definition.hash);
      if (pending === undefined) return this.#finish(definition);
      this.#preparing.set(definition.hash, pending);
      const done = () => void this.#preparing.delete(definition.hash);
      pending.then(done, done);
      return pending.then(() => this.#finish(definition));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  readonly #preparing = new Map<string, Promise<void>>();

  #finish({ name, hash, values, stateful, usesContext }: FunctionDefinition): WorkerFunction {
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
      usesContext,
      get,
      sprinter: (fresh, withIndex) => {
        if (!Sprinter.possible || (fresh && stateful)) return undefined;
        sprinters[Number(withIndex)] ??= new Sprinter(get(false), withIndex);
        return sprinters[Number(withIndex)];
      },
    };
  }
}
