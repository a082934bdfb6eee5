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
  const early = node.free.filter((_, i) => !late.has(i)).map((variable) => variable.name);
  const lateNames = [...late].map((i) => node.free[i]?.name as string);
  const strict = node.strict ? '"use strict";' : '';
  const setters = lateNames.map((name) => `(_)=>{${name === '_' ? '__' : ''}${name}=_}`).join();
  const open = node.form === 'member' ? '({' : '(';
  const before =
    lateNames.length === 0 ? `${strict}return ${open}` : `${strict}let ${lateNames.join()};return [${setters},${open}`;
  const after = `\n${node.form === 'member' ? '})' : ')'}${lateNames.length === 0 ? '' : ']'}`;
  const make = compileFunction(before + node.text + after, early, {
    filename: file,
    lineOffset: node.line,
    columnOffset: node.column - before.length,
    ...(node.imports ? { importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER as never } : {}),
  }) as (...values: unknown[]) => unknown;
  return (values) => {
    const made = make(...values.filter((_, i) => !late.has(i)));
    if (late.size === 0) return { value: partOf(made, node), setters: NONE };
    const parts = made as unknown[];
    const functions = new Map([...late].map((position, i) => [position, parts[i] as (value: unknown) => void]));
    return { value: partOf(parts.at(-1), node), setters: functions };
  };
}

const NONE: ReadonlyMap<number, (value: unknown) => void> = new Map();

/** The function out of the object literal that holds it, where there is one. */
function partOf(made: unknown, { form, part }: SourceNode): unknown {
  if (form === 'expression') return made;
  const [key] = Reflect.ownKeys(made as object);
  return Object.getOwnPropertyDescriptor(made as object, key as string)?.[part];
}
