/**
 * Captures again: a function that was captured before, or another closure of the same place in a program. What does not depend on the
 * values of variables is known from the last time; whatever differs in more than these values is captured from the start.
 */
import { types } from 'node:util';
import type { FreeVariable } from './analyze.js';
import { exportsOf, isExported, isLikeNamespace, isOwnExports } from './commonjs.js';
import { isData, isObject } from './data.js';
import { isEarly } from './early.js';
import { exportOf } from './exports.js';
import { type Inside, lookInside, type Scope } from './inspect.js';
import { type Literal, literalKnown } from './literal.js';
import type { AnyFunction, CodeNode, FunctionTraits, PortableCode } from './portable.js';
import { countProperties, isBare, type Reader, Same } from './readers.js';
import { seesItself } from './sees-itself.js';
import { type Found, lookUp, userGlobal } from './variables.js';

/** What a variable became: a value to copy, one of the functions that travel by source, or something that must be the same again. */
type Target =
  | { readonly kind: 'slot'; readonly slot: number; readonly isObject: boolean }
  | { readonly kind: 'source'; readonly part: number }
  | { readonly kind: 'same'; readonly same: Same };

interface Step {
  readonly variable: FreeVariable;
  readonly scope: Scope['kind'];
  readonly target: Target;
}

/** A function that travels by source. */
interface Part {
  readonly literal: Literal;
  readonly isClass: boolean;
  readonly fn: WeakRef<AnyFunction>;
  readonly name: string;
  readonly properties: number;
  readonly prototype: Same;
  readonly superclass: number | undefined;
  /** The superclass's name, where the class mentions it otherwise, too: the variable must still be the superclass. */
  readonly mentions: string | undefined;
  readonly steps: readonly Step[];
  /** Free variables that were in no scope: globals, or nothing at all. */
  readonly absent: readonly string[];
  /** Closures of the place have one of their own each, so that there is no use in expecting the last one again. */
  isRenewed: boolean;
  /** They are globals, and no code around the function could have made variables of these names. */
  readonly areGlobals: boolean;
}

/** What was read: the values, and the functions that travel by source. */
export interface Reading {
  readonly values: readonly unknown[];
  readonly fns: readonly AnyFunction[];
}

/** Functions of which it is known where they stand. */
const verified = new WeakMap<AnyFunction, Literal>();

/** The text of a function, whatever it says of itself. */
export const textOf = (fn: AnyFunction): string => Function.prototype.toString.call(fn);

export const isPlaced = (fn: AnyFunction): boolean => verified.has(fn);

const functionPrototypes: readonly object[] = [Function.prototype, Object.getPrototypeOf(async () => {}) as object];

/** A capture without its values. */
export class Recipe {
  readonly code: PortableCode;
  readonly traits: FunctionTraits;
  /** How many closures of the place, one after another, were not like the one of the capture before. */
  misses = 0;
  readonly #parts: readonly Part[];
  readonly #slots: number;
  readonly #simplePrototype: object | undefined;
  /** Modules of which members are imported: what else is a member of them is imported, too. */
  readonly #required: readonly string[];

  /** `slots`: how many values there are. `dropped`: those that turned out not to be needed. */
  constructor(
    readers: readonly Reader[],
    code: PortableCode,
    traits: FunctionTraits,
    slots: number,
    dropped: ReadonlySet<number>,
  ) {
    this.code = code;
    this.traits = traits;
    const positions = new Map(readers.map(({ fn }, i) => [fn, i]));
    this.#parts = readers.map((reader) => partOf(reader, positions, code.nodes, dropped));
    this.#slots = slots;
    this.#required = code.nodes.flatMap((node) =>
      node.kind === 'import' && node.via === 'require' && node.path.length === 1 ? [node.specifier] : [],
    );
    for (const { fn, literal } of readers) verified.set(fn, literal);
    const [part, ...others] = this.#parts;
    const isSimple = part !== undefined && others.length === 0 && part.absent.length === 0 && !seesItself(part.literal);
    if (isSimple && code.nodes[code.root]?.kind === 'source')
      this.#simplePrototype = functionPrototypes.find((prototype) => part.prototype.is(prototype));
  }

  /** Whether every capture of one function gives the same, as long as it {@link holds}. */
  get isConstant(): boolean {
    return this.#parts.every((part) => part.steps.length === 0 && part.mentions === undefined);
  }

  /** Whether other closures of the place may follow it; each class is one of its own. */
  get isForOthers(): boolean {
    return this.#parts[0]?.isClass === false;
  }

  isOfPlaceOf(other: Recipe): boolean {
    return this.#parts[0]?.literal === other.#parts[0]?.literal;
  }

  /**
   * {@link holds} for a single function that nothing is looked up for, that cannot look at itself, and that has no prototype property, as
   * most small ones: the check that every single call waits for.
   */
  holdsSimply(fn: AnyFunction): boolean {
    if (this.#simplePrototype === undefined || Object.getPrototypeOf(fn) !== this.#simplePrototype) return false;
    const keys = Reflect.ownKeys(fn);
    return keys.length === 2 && keys[0] === 'length' && keys[1] === 'name' && fn.name === this.#parts[0]?.name;
  }

  /**
   * {@link holdsSimply} for a function of which that was found out earlier in this turn of the event loop, or of which it is found out again
   * as soon as the call is on its way. To list its keys costs as much as the rest of a small call, and so does its name; what is not seen is
   * another name, a symbol or a hidden property that it was given since, none of which it can look at.
   */
  holdsInTurn(fn: AnyFunction): boolean {
    if (this.#simplePrototype === undefined || Object.getPrototypeOf(fn) !== this.#simplePrototype) return false;
    for (const _ in fn) return false;
    return true;
  }

  /** Whether nothing was added to the functions, nor to the global object, that a capture would find. */
  holds(fn: AnyFunction, fns: readonly AnyFunction[]): boolean {
    const { nodes, root } = this.code;
    const node = nodes[root];
    if (node?.kind === 'import' && node.via === 'require' && node.base !== '' && !isExported(node, fn)) return false;
    return this.#parts.every((part, i) => this.#fits(part, fns[i]) && noneIsGlobal(part.absent));
  }

  /** The functions of the last time, for a closure of which only its text is known. */
  get last(): readonly (AnyFunction | undefined)[] {
    return this.#parts.map((part) => (part.isRenewed ? undefined : part.fn.deref()));
  }

  /** Reads the variables of a function that is expected to consist of `fns`, the first of which is itself. */
  read(fns: readonly (AnyFunction | undefined)[]): Reading | undefined {
    if (!this.#fits(this.#parts[0] as Part, fns[0])) return undefined;
    const looked = this.#look(fns);
    const bound: (AnyFunction | undefined)[] = [fns[0]];
    const values: unknown[] = new Array(this.#slots).fill(undefined);
    const work = [0];
    const bind = (at: number, fn: unknown): boolean => {
      if (bound[at] !== undefined) return bound[at] === fn;
      if (typeof fn !== 'function' || bound.includes(fn)) return false;
      bound[at] = fn;
      const part = this.#parts[at] as Part;
      if (fns[at] !== undefined && fns[at] !== fn) part.isRenewed = true;
      work.push(at);
      return true;
    };
    for (const at of work) {
      const part = this.#parts[at] as Part;
      const fn = bound[at] as AnyFunction;
      if (!this.#fits(part, fn)) return undefined;
      if (part.superclass !== undefined && !bind(part.superclass, Object.getPrototypeOf(fn))) return undefined;
      const inside = this.#needsLook(part, fn) ? (looked.get(fn) ?? this.#look([fn], at).get(fn)) : undefined;
      if (verified.get(fn) !== part.literal) {
        const literal = inside === undefined ? undefined : literalKnown(textOf(fn), inside);
        if (literal === undefined || (!literal.isModule && exportOf(fn, literal) !== undefined)) return undefined;
        verified.set(fn, literal);
        if (literal !== part.literal) return undefined;
      }
      const { mentions, steps } = part;
      if (mentions !== undefined) {
        const now = lookUp(inside?.scopes ?? [], mentions);
        if (now !== undefined && now.value !== Object.getPrototypeOf(fn)) return undefined;
      }
      for (const name of part.absent)
        if ((inside !== undefined && lookUp(inside.scopes, name) !== undefined) || userGlobal(name) !== undefined)
          return undefined;
      for (const step of steps) {
        const found = lookUp(inside?.scopes ?? [], step.variable.name);
        if (found === undefined || !this.#isAsBefore(step, found, part.literal, values, bind)) return undefined;
      }
    }
    // With a function that is not reached any more, the code would be another.
    return work.length === this.#parts.length ? { values, fns: bound as AnyFunction[] } : undefined;
  }

  /** Looks into all functions at once of which something is to be found out. `from` is the part that the first one is. */
  #look(fns: readonly (AnyFunction | undefined)[], from = 0): ReadonlyMap<AnyFunction, Inside | undefined> {
    const parts: Part[] = [];
    const into: AnyFunction[] = [];
    for (const [i, fn] of fns.entries()) {
      const part = this.#parts[from + i] as Part;
      if (fn === undefined || !this.#needsLook(part, fn)) continue;
      parts.push(part);
      into.push(fn);
    }
    if (into.length === 0) return new Map();
    const insides = lookInside(into, (i) => needsScopes(parts[i] as Part, into[i] as AnyFunction));
    return new Map(into.map((fn, i) => [fn, insides[i]]));
  }

  #needsLook(part: Part, fn: AnyFunction): boolean {
    return verified.get(fn) !== part.literal || needsScopes(part, fn);
  }

  /** Whether a function can be this part of the code, as far as can be seen from outside. */
  #fits(part: Part, fn: AnyFunction | undefined): boolean {
    if (fn === undefined || types.isProxy(fn)) return false;
    if (fn.name !== part.name || !part.prototype.is(Object.getPrototypeOf(fn))) return false;
    if (part.isClass) return fn === part.fn.deref() && countProperties(fn) === part.properties;
    if (!isBare(fn, part.literal)) return false;
    const literal = verified.get(fn);
    return literal === undefined ? textOf(fn) === part.literal.source : literal === part.literal;
  }

  #isAsBefore(
    { variable, scope, target }: Step,
    found: Found,
    literal: Literal,
    values: unknown[],
    bind: (at: number, fn: unknown) => boolean,
  ): boolean {
    const { value } = found;
    if (found.early || found.scope !== scope) return false;
    if (target.kind === 'source') return bind(target.part, value);
    if (target.kind === 'same') return target.same.is(value);
    if (typeof value === 'function' || typeof value === 'symbol' || isObject(value) !== target.isObject) return false;
    if (value === undefined && !variable.onlyTypeof && isEarly(variable.name, literal)) return false;
    if (isObject(value)) {
      // What two variables share, or share no longer, is one value or two.
      const at = values.indexOf(value);
      if (at >= 0 && at !== target.slot) return false;
      if (!this.#isPlain(value, variable)) return false;
      if (values[target.slot] !== undefined && values[target.slot] !== value) return false;
    }
    values[target.slot] = value;
    return true;
  }

  /** Whether an object is nothing but data, and of no module. */
  #isPlain(value: object, { members }: FreeVariable): boolean {
    if (value === process.env || !isData(value) || isOwnExports(value)) return false;
    if (members !== undefined && isLikeNamespace(value)) return false;
    return !this.#required.some((file) => exportsOf(file).includes(value));
  }
}

function partOf(
  { fn, literal, superclass, variables }: Reader,
  positions: ReadonlyMap<AnyFunction, number>,
  nodes: readonly CodeNode[],
  dropped: ReadonlySet<number>,
): Part {
  const steps = variables.map(({ variable, scope, value, node }): Step => {
    const made = nodes[node];
    const part = typeof value === 'function' ? positions.get(value) : undefined;
    let target: Target;
    if (part !== undefined) target = { kind: 'source', part };
    else if (made?.kind === 'value' && !dropped.has(made.slot))
      target = { kind: 'slot', slot: made.slot, isObject: isObject(value) };
    else target = { kind: 'same', same: new Same(value, variable.members) };
    return { variable, scope, target };
  });
  const { free } = literal.analysis;
  const found = new Set(variables.map(({ variable }) => variable.name)).add(literal.superclass ?? '');
  const absent = [...free.keys()].filter((name) => !found.has(name));
  return {
    literal,
    isClass: literal.parsed.node.type === 'ClassExpression',
    fn: new WeakRef(fn),
    name: fn.name,
    properties: countProperties(fn),
    prototype: new Same(Object.getPrototypeOf(fn)),
    superclass: superclass === undefined ? undefined : positions.get(superclass),
    mentions: literal.superclass !== undefined && free.has(literal.superclass) ? literal.superclass : undefined,
    steps,
    absent,
    isRenewed: false,
    // Modules are strict, where `eval` and `with` make no variables for others.
    areGlobals: literal.isModule && absent.every((name) => Object.hasOwn(globalThis, name)),
  };
}

const noneIsGlobal = (names: readonly string[]) => names.every((name) => userGlobal(name) === undefined);

/**
 * Whether a function's scopes have to be read. What was in none of them is not looked for again in those of the same
 * function.
 */
function needsScopes(part: Part, fn: AnyFunction): boolean {
  if (part.steps.length > 0 || part.mentions !== undefined) return true;
  return verified.get(fn) !== part.literal && part.absent.length > 0 && !part.areGlobals;
}
