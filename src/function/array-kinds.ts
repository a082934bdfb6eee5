/** What expressions and variables of a function that works on typed arrays may be, as far as its text tells. */
import { isNode } from './parse.js';

/** What an expression may be: a set of these. */
export const numeric = 1; // a number or bigint
export const primitive = 2; // any other primitive
export const first = 4;
export const fresh = 8;
export const literal = 16;
export type Kinds = number;

/** The text is more than can be followed. */
export class Unclear extends Error {}

const arithmetic = new Set('- * / % ** & | ^ << >> >>>'.split(' '));
const comparing = new Set('== != === !== < <= > >='.split(' '));

/** What an operator makes of two primitives. */
export function kindsOfBinary(operator: string, left: Kinds, right: Kinds): Kinds {
  if (arithmetic.has(operator)) return numeric;
  if (operator === '+') return ((left | right) & primitive) === 0 ? numeric : primitive;
  if (comparing.has(operator)) return primitive;
  throw new Unclear();
}

/** Names that mean the same everywhere. */
const constants: Readonly<Record<string, Kinds>> = { NaN: numeric, Infinity: numeric, undefined: primitive };

/** The variables of one function. Each name is declared once in it, so that it means one variable wherever it is in sight. */
export class Variables {
  readonly #captured: ReadonlySet<string>;
  /** What each may be, over the whole function. */
  readonly #kinds = new Map<string, Kinds>();
  #scope: Set<string> = new Set();
  #declared = new Set<string>();
  /** One of them has turned out to be more than it was known to be. */
  changed = true;

  constructor(captured: readonly string[]) {
    this.#captured = new Set(captured);
  }

  /** The function is read from its beginning, by what is known so far. */
  begin(): void {
    this.changed = false;
    this.#scope = new Set();
    this.#declared = new Set();
  }

  /** What is declared meanwhile is out of sight afterwards. */
  inside<T>(run: () => T): T {
    const outer = this.#scope;
    this.#scope = new Set(outer);
    const result = run();
    this.#scope = outer;
    return result;
  }

  declare(id: unknown, kinds: Kinds): void {
    const name = this.hide(id);
    this.#scope.add(name);
    this.#grow(name, kinds);
  }

  /** Declares a name that is not to be used. */
  hide(id: unknown): string {
    if (!isNode(id) || id.type !== 'Identifier') throw new Unclear();
    const name = id.name as string;
    if (this.isKnown(name) || name === 'arguments' || name === 'Math') throw new Unclear();
    this.#declared.add(name);
    return name;
  }

  assign(name: string, kinds: Kinds): void {
    if (!this.#scope.has(name)) throw new Unclear();
    this.#grow(name, kinds);
  }

  #grow(name: string, kinds: Kinds): void {
    const before = this.#kinds.get(name);
    const now = (before ?? 0) | kinds;
    if (now === before) return;
    this.#kinds.set(name, now);
    this.changed = true;
  }

  kindsOf(name: string): Kinds {
    if (this.#scope.has(name)) return this.#kinds.get(name)!;
    if (this.#declared.has(name)) throw new Unclear();
    if (this.#captured.has(name)) return primitive;
    if (!Object.hasOwn(constants, name)) throw new Unclear();
    return constants[name]!;
  }

  /** Whether the function declares a name or captures it, so that it may not mean what it does everywhere. */
  isKnown(name: string): boolean {
    return this.#declared.has(name) || this.#captured.has(name);
  }
}
