/**
 * Compiles the source of a travelled function where it came from: same file name, line and column, so that stacks and breakpoints are
 * those of the original. Its free variables are the parameters of a function around it, so that the text stays as it was.
 */
import { compileFunction, constants } from 'node:vm';
import type { SourceNode } from './portable.js';

/** Makes a new instance of a function from the values of its variables; `setters` set those that come later. */
export type Factory = (values: readonly unknown[]) => {
  readonly value: unknown;
  readonly setters: ReadonlyMap<number, (value: unknown) => void>;
};

/** `late`: positions in `node.free` of variables that are set after the function was made (functions that refer to each other). */
export function compileSource(node: SourceNode, file: string, late: ReadonlySet<number>): Factory {
  const isEarly = (i: number) => !late.has(i) && node.free[i]?.member === undefined;
  const early = node.free.filter((_, i) => isEarly(i)).map((variable) => variable.name);
  const live = node.free.filter((variable) => variable.member !== undefined);
  const { before, after } = around(
    node,
    [...late].map((i) => node.free[i]?.name as string),
    live.length > 0,
  );
  const make = compileFunction(before + node.text + after, live.length > 0 ? [...early, LIVE] : early, {
    filename: file,
    lineOffset: node.line,
    columnOffset: node.column - before.length,
    ...(node.imports ? { importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER as never } : {}),
  }) as (...values: unknown[]) => unknown;
  return (values) => {
    const given = values.filter((_, i) => isEarly(i));
    if (live.length > 0) given.push(liveBindings(node, values));
    const made = make(...given);
    if (late.size === 0) return { value: partOf(made, node), setters: NONE };
    const parts = made as unknown[];
    const functions = new Map([...late].map((position, i) => [position, parts[i] as (value: unknown) => void]));
    return { value: partOf(parts.at(-1), node), setters: functions };
  };
}

/** The code before and after a function's text. All of it is on the text's own lines, so that positions hold. */
function around(node: SourceNode, late: readonly string[], isLive: boolean): { before: string; after: string } {
  let before = node.strict ? '"use strict";' : '';
  let after = '\n';
  if (late.length === 0) before += 'return ';
  else {
    const setters = late.map((name) => (name === '$1' ? '($2)=>{$1=$2}' : `($1)=>{${name}=$1}`));
    before += `let ${late.join()};return [${setters.join()},`;
  }
  before += node.form === 'member' ? '({' : '(';
  after += node.form === 'member' ? '})' : ')';
  if (late.length > 0) after += ']';
  // Names inside of `with` are looked up in its object at each use, in strict functions inside of it, too.
  return isLive ? { before: `with(${LIVE}){return (function(){${before}`, after: `${after}}())}` } : { before, after };
}

const LIVE = '$sheaf_live';

/** An object through which variables of modules are read as they are at that moment. */
function liveBindings(node: SourceNode, values: readonly unknown[]): object {
  const bindings = Object.create(null) as object;
  for (const [i, { name, member }] of node.free.entries()) {
    if (member === undefined) continue;
    const namespace = values[i] as Readonly<Record<string, unknown>>;
    Object.defineProperty(bindings, name, { get: () => namespace[member] });
  }
  return bindings;
}

const NONE: ReadonlyMap<number, (value: unknown) => void> = new Map();

/** The function out of the object literal that holds it, where there is one. */
function partOf(made: unknown, { form, part }: SourceNode): unknown {
  if (form === 'expression') return made;
  const [key] = Reflect.ownKeys(made as object);
  return Object.getOwnPropertyDescriptor(made as object, key as string)?.[part];
}
