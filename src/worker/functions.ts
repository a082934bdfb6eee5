import type { Block } from '../codec/block.js';
import { invariant } from '../errors.js';
import type { PortableCode } from '../function/portable.js';
import { FunctionTable, type Prepared } from '../function/rebuild.js';
import { codesKept, dropOldest } from './codes.js';
import { context } from './context.js';
import { insideOf } from './inside.js';
import type { FunctionDefinition } from './protocol.js';
import { Loops, Sprinter } from './sprint.js';

/** A function as this worker has it. */
export interface WorkerFunction {
  readonly name: string;
  /** Calls must not share its captured state. */
  readonly stateful: boolean;
  /** The one to call: the same at each use, but for functions whose captured state calls must not share, if `fresh` is asked. */
  get(fresh: boolean): (...args: unknown[]) => unknown;
  /** Loops for it; `undefined` where `fresh` asks for an instance a row, or where there can be none. */
  sprinter(fresh: boolean, withIndex: boolean): Sprinter | undefined;
}

type Callable = (...args: unknown[]) => unknown;

/** What functions with the same code share, so that what one of them has made fast is fast for the next. */
interface Kind {
  readonly loops: Loops;
  /** The one instance of those that capture no values and keep no state. */
  alike: Omit<WorkerFunction, 'name'> | undefined;
}

/** How many codes have a {@link Kind}, the latest used. */
const kindsKept = 256;

/** The functions that the driver introduced to this worker, by their numbers. */
export class WorkerFunctions {
  readonly table: FunctionTable = new FunctionTable({ context, inside: insideOf(() => this.table) });
  readonly #functions = new Map<number, WorkerFunction | Promise<WorkerFunction>>();
  /** Made at their first use and not before: a module that kills this process is then known to be the task's. */
  readonly #definitions = new Map<number, FunctionDefinition & { readonly code: PortableCode }>();
  /** Each code comes only once, and later definitions count on it. The driver knows when one is dropped. */
  readonly #codes = new Map<string, PortableCode>();
  readonly #kinds = new Map<string, Kind>();

  define(id: number, definition: FunctionDefinition): void {
    const { hash } = definition;
    const code = definition.code ?? this.#codes.get(hash);
    invariant(code !== undefined, `the code ${hash} is not known in this worker`);
    this.#definitions.set(id, { ...definition, code });
    this.#codes.set(hash, code);
    dropOldest(this.#codes, codesKept);
  }

  forget(ids: readonly number[]): void {
    for (const id of ids) {
      this.#functions.delete(id);
      this.#definitions.delete(id);
    }
  }

  /** The function, if it is ready. */
  ready(id: number): WorkerFunction | undefined {
    const known = this.#functions.get(id);
    return known instanceof Promise ? undefined : known;
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

  #prepare(definition: FunctionDefinition & { readonly code: PortableCode }): WorkerFunction | Promise<WorkerFunction> {
    try {
      const prepared = this.table.prepare(definition.code);
      if (!(prepared instanceof Promise)) return this.#finish(definition, prepared);
      return prepared.then((ready) => this.#finish(definition, ready));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #finish({ name, hash, values, stateful }: FunctionDefinition, prepared: Prepared): WorkerFunction {
    const kind = this.#kindOf(hash);
    if (values !== undefined || stateful) return { name, ...this.#make(prepared, values, stateful, kind.loops) };
    kind.alike ??= this.#make(prepared, undefined, false, kind.loops);
    return { name, ...kind.alike };
  }

  #kindOf(hash: string): Kind {
    const kind = this.#kinds.get(hash) ?? { loops: new Loops(), alike: undefined };
    this.#kinds.delete(hash);
    this.#kinds.set(hash, kind);
    dropOldest(this.#kinds, kindsKept);
    return kind;
  }

  #make(prepared: Prepared, values: Block | undefined, stateful: boolean, loops: Loops): Omit<WorkerFunction, 'name'> {
    const make = (): Callable => this.table.instantiate(prepared, values) as Callable;
    let shared: Callable | undefined;
    const sprinters: (Sprinter | undefined)[] = [undefined, undefined];
    const get = (fresh: boolean): Callable => {
      if (fresh && stateful) return make();
      shared ??= make();
      return shared;
    };
    return {
      stateful,
      get,
      sprinter: (fresh, withIndex) => {
        if (!Sprinter.possible || (fresh && stateful)) return undefined;
        sprinters[Number(withIndex)] ??= new Sprinter(get(false), withIndex, loops);
        return sprinters[Number(withIndex)];
      },
    };
  }
}
