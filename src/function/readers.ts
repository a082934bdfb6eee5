/** What a capture notes of the functions whose source it took, so that the next one need not find it all out again. */
import { types } from 'node:util';
import type { FreeVariable } from './analyze.js';
import { isNamespace } from './commonjs.js';
import { isObject } from './data.js';
import type { Scope } from './inspect.js';
import type { Literal } from './literal.js';
import type { AnyFunction } from './portable.js';

/** A variable of a function, and the node that it became. */
export interface ReadVariable {
  readonly variable: FreeVariable;
  readonly scope: Scope['kind'];
  readonly value: unknown;
  readonly node: number;
}

/** A function that travels by its source, and those of its free variables that were found in its scopes. */
export interface Reader {
  readonly fn: AnyFunction;
  readonly literal: Literal;
  readonly superclass: AnyFunction | undefined;
  readonly variables: ReadVariable[];
}

/** How many properties a function and its prototype have: more of them are more to capture. */
export function countProperties(fn: AnyFunction): number {
  const prototype: unknown = fn.prototype;
  return Reflect.ownKeys(fn).length + (isObject(prototype) ? Reflect.ownKeys(prototype).length : 0);
}

const OF_FUNCTIONS: ReadonlySet<string | symbol> = new Set(['length', 'name', 'prototype', 'arguments', 'caller']);

/** Whether a function that is no class has nothing that its source did not give it. */
export function isBare(fn: AnyFunction, { parsed: { node } }: Literal): boolean {
  if (typeof fn.name !== 'string' || !Reflect.ownKeys(fn).every((key) => OF_FUNCTIONS.has(key))) return false;
  const prototype: unknown = Object.getOwnPropertyDescriptor(fn, 'prototype')?.value;
  if (!isObject(prototype)) return true;
  if (!Reflect.ownKeys(prototype).every((key) => key === 'constructor')) return false;
  const isPlain = node.type === 'FunctionExpression' && node.generator !== true;
  return !isPlain || Object.getPrototypeOf(prototype) === Object.prototype;
}

/** A value to compare others with, which is not kept alive for that. */
export class Same {
  readonly #value: unknown;
  readonly #isWeak: boolean;
  /** Members of a module, where what the module is to the function depends on what they are. */
  readonly #members: readonly (readonly [string, Same])[];

  constructor(value: unknown, members?: ReadonlySet<string>) {
    this.#isWeak = typeof value === 'function' || isObject(value);
    this.#value = this.#isWeak ? new WeakRef(value as object) : value;
    this.#members =
      members !== undefined && isObject(value) && !types.isProxy(value) && isNamespace(value)
        ? [...members].map((name) => [name, new Same((value as Record<string, unknown>)[name])])
        : [];
  }

  is(value: unknown): boolean {
    const own = this.#isWeak ? (this.#value as WeakRef<object>).deref() : this.#value;
    if (!Object.is(own, value) || (this.#isWeak && own === undefined)) return false;
    return this.#members.every(([name, same]) => same.is((value as Record<string, unknown>)[name]));
  }

  /** The value, if it is still there. */
  get value(): unknown {
    return this.#isWeak ? (this.#value as WeakRef<object>).deref() : this.#value;
  }
}
