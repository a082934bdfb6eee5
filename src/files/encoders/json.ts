/** Rows as JSON Lines. */
import { types } from 'node:util';
import { type Output, type RowEncoder, refusal } from './encoder.js';

/** Each row is a line, as `JSON.stringify` has it. What that would quietly make empty is refused. */
export function jsonEncoder(partition: number): RowEncoder {
  return {
    encode(rows: readonly unknown[], at: number, out: Output): void {
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i];
        let text: string | undefined;
        try {
          text = JSON.stringify(row);
        } catch (error) {
          throw refusal(partition, at + i, row, `cannot be said in JSON: ${(error as Error).message}`, error);
        }
        if (text === undefined) throw refusal(partition, at + i, row, 'cannot be said in JSON');
        // What is lost has become an object without properties.
        const lost = text.includes('{}') ? emptied(row, '') : undefined;
        if (lost !== undefined) {
          const where = lost.path === '' ? 'is' : `holds at ${lost.path}`;
          const why = `${where} a ${lost.kind}, of which JSON would keep nothing: make it an array, an object or text with map first`;
          throw refusal(partition, at + i, row, why, undefined, lost.path);
        }
        out.text(`${text}\n`);
      }
    },
  };
}

/** Where a value has something of which JSON has no more than `{}`. It was written, so that it has no cycles. */
function emptied(value: unknown, path: string): { readonly path: string; readonly kind: string } | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  // It says itself what is written.
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return undefined;
  const kind = kindOf(value);
  if (kind !== undefined && Object.keys(value).length === 0) return { path, kind };
  for (const key of Object.keys(value)) {
    const place = Array.isArray(value) ? `[${key}]` : `.${key}`;
    const found = emptied((value as Record<string, unknown>)[key], path + place);
    if (found !== undefined) return found;
  }
  return undefined;
}

function kindOf(value: object): string | undefined {
  if (types.isMap(value)) return 'Map';
  if (types.isSet(value)) return 'Set';
  if (types.isRegExp(value)) return 'RegExp';
  if (types.isNativeError(value)) return value.name;
  return types.isAnyArrayBuffer(value) ? 'ArrayBuffer' : undefined;
}
