/** Records that hold nothing but numbers, read where they lie in their block: they are written as a double for each key. */
import type { Block } from '../block.js';
import { Encoding } from '../tags.js';

/** Rows one after the other, each with the values of all keys. */
export interface NumberRecords {
  readonly keys: readonly string[];
  readonly values: Float64Array;
}

/** The tag, and three lengths, of which the first is the plan's. */
const header = 16;

/** The keys of a plan that knows only numbers, by its text as bytes. */
const known = new Map<string, readonly string[] | undefined>();
const mostKnown = 256;

/** The rows of a block as numbers; `undefined` where they are anything else, or damaged, which decoding tells best. */
export function numberRecords({ bytes, rows }: Block): NumberRecords | undefined {
  if (bytes[0] !== Encoding.records || bytes.length < header) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = header + view.getUint32(4, true);
  if (start > bytes.length) return undefined;
  const keys = keysOf(Buffer.from(bytes.buffer, bytes.byteOffset + header, start - header));
  if (keys === undefined || view.getUint32(8, true) !== rows * keys.length * 8 || view.getUint32(12, true) !== 0)
    return undefined;
  if (bytes.length !== start + rows * keys.length * 8) return undefined;
  const at = bytes.byteOffset + start;
  if (at % 8 === 0) return { keys, values: new Float64Array(bytes.buffer, at, rows * keys.length) };
  return { keys, values: new Float64Array(new Uint8Array(bytes.subarray(start)).buffer) };
}

function keysOf(plan: Buffer): readonly string[] | undefined {
  const text = plan.toString('latin1');
  if (known.has(text)) return known.get(text);
  if (known.size >= mostKnown) known.clear();
  const keys = read(plan.toString('utf8'));
  known.set(text, keys);
  return keys;
}

function read(plan: string): readonly string[] | undefined {
  try {
    const { kind, keys, values } = JSON.parse(plan) as { kind?: unknown; keys?: unknown; values?: unknown };
    if (kind !== 'object' || !Array.isArray(keys) || !Array.isArray(values) || keys.length !== values.length)
      return undefined;
    const areNumbers = values.every((site) => (site as { kind?: unknown } | null)?.kind === 'number');
    return areNumbers && keys.length > 0 && keys.every((key) => typeof key === 'string') ? keys : undefined;
  } catch {
    return undefined;
  }
}
