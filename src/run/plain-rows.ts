/** Rows that a program gives to a dataset: refused where copying would quietly make something else of them. */

import { types } from 'node:util';
import { errorClasses } from '../codec/tags.js';
import { ValueError } from '../errors.js';

/** Throws a `ValueError` for the first row that holds an instance of a class. */
export function checkRows(rows: readonly unknown[], from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const row = rows[i];
    if (typeof row !== 'object' || row === null) continue;
    const found = instanceIn(row, '', 0);
    if (found === undefined) continue;
    throw new ValueError(
      `Row ${i} ${found.path === '' ? 'is' : `holds at ${found.path}`} an instance of ${found.name}, which would arrive as a plain object. ` +
        'Give its data as a plain object, and make the instance in a function of the dataset.',
      found.path,
      i,
    );
  }
}

/** As deep as rows are looked into; what lies deeper is rarely an instance. */
const deepest = 8;

function instanceIn(value: object, path: string, depth: number): { path: string; name: string } | undefined {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const item = value[i];
      if (typeof item !== 'object' || item === null || depth >= deepest) continue;
      const found = instanceIn(item, `${path}[${i}]`, depth + 1);
      if (found !== undefined) return found;
    }
    return isDerived(value, Array.prototype) ? { path, name: nameOf(value) } : undefined;
  }
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    if (types.isMap(value) || types.isSet(value)) return instanceInCollection(value, path, depth);
    if (types.isNativeError(value)) return isDerivedError(value) ? { path, name: nameOf(value) } : undefined;
    if (isBuiltIn(value) || Object.getPrototypeOf(prototype) === null) return undefined;
    return { path, name: nameOf(value) };
  }
  for (const key in value) {
    const item = (value as Record<string, unknown>)[key];
    if (typeof item !== 'object' || item === null || depth >= deepest) continue;
    const found = instanceIn(item, `${path}.${key}`, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function instanceInCollection(
  value: Map<unknown, unknown> | Set<unknown>,
  path: string,
  depth: number,
): { path: string; name: string } | undefined {
  if (isDerived(value, types.isMap(value) ? Map.prototype : Set.prototype)) return { path, name: nameOf(value) };
  if (depth >= deepest) return undefined;
  for (const entry of value) {
    // Of a map keys, too.
    for (const item of types.isMap(value) ? (entry as unknown[]) : [entry]) {
      if (typeof item !== 'object' || item === null) continue;
      const found = instanceIn(item, `${path} (within)`, depth + 1);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function nameOf(value: object): string {
  return (value.constructor as { name?: string } | undefined)?.name || 'a class';
}

/** A class of the user's own between the value and what it is built on. Of another realm, the class has the same name. */
function isDerived(value: object, base: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === base || prototype === null) return false;
  return nameOf(value) !== nameOf(base);
}

const errors = new Set([...errorClasses, 'AggregateError']);

function isDerivedError(value: Error): boolean {
  return !errors.has(nameOf(value));
}

/** What structured clone keeps as what it is. */
function isBuiltIn(value: object): boolean {
  return (
    ArrayBuffer.isView(value) ||
    types.isAnyArrayBuffer(value) ||
    types.isDate(value) ||
    types.isRegExp(value) ||
    types.isBoxedPrimitive(value) ||
    types.isProxy(value)
  );
}
