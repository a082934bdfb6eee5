/** Feeds rows to a hash: all that structured cloning keeps of them, and nothing of how the engine happens to store it. */
import type { Hash } from 'node:crypto';
import { types } from 'node:util';

export function hashRows(hash: Hash, rows: readonly unknown[]): void {
  hash.update(`rows:${rows.length};`);
  // What is shared within a row is part of it; what two rows share is not.
  for (const row of rows) hashRow(hash, row, new Map());
}

function hashRow(hash: Hash, value: unknown, seen: Map<object, number>): void {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
    // As JSON, lone surrogates stay apart.
    const text = typeof value === 'string' ? JSON.stringify(value) : Object.is(value, -0) ? '-0' : String(value);
    hash.update(`${typeof value}:${text};`);
    return;
  }
  const known = seen.get(value);
  hash.update(known === undefined ? `${Object.prototype.toString.call(value)}` : `again:${known};`);
  if (known !== undefined) return;
  seen.set(value, seen.size);
  if (ArrayBuffer.isView(value)) {
    hashBytes(hash, new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    return;
  }
  if (types.isAnyArrayBuffer(value)) {
    hashBytes(hash, new Uint8Array(value));
    return;
  }
  if (types.isMap(value)) for (const [key, item] of value) for (const one of [key, item]) hashRow(hash, one, seen);
  else if (types.isSet(value)) for (const item of value) hashRow(hash, item, seen);
  else if (types.isDate(value)) hash.update(`${value.getTime()};`);
  else if (types.isRegExp(value)) hash.update(`${value};`);
  else if (types.isBoxedPrimitive(value)) hashRow(hash, value.valueOf(), seen);
  else if (value instanceof Error) for (const one of [value.name, value.message, value.cause]) hashRow(hash, one, seen);
  if (Array.isArray(value)) hash.update(`${value.length};`);
  for (const name of Object.keys(value)) {
    hashRow(hash, name, seen);
    hashRow(hash, (value as Record<string, unknown>)[name], seen);
  }
  hash.update('end;');
}

function hashBytes(hash: Hash, bytes: Uint8Array): void {
  hash.update(`${bytes.length};`);
  hash.update(bytes);
}
