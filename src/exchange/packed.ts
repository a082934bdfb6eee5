/**
 * What one task reads of very many segments, as one list of numbers and few pieces of memory: describing each part by an object of its own
 * would take the driver longer than the task takes.
 */
import type { Part } from './segment.js';

export interface PackedParts {
  readonly exchange: number;
  readonly memories: readonly Uint8Array[];
  /** Of each part: its segment, which memory it is in, where and how long, and its rows. */
  readonly numbers: Float64Array;
}

/** Fewer are sent as they are. */
const fewestParts = 16;
const perPart = 5;

/** `undefined` for few parts, and for those that are not in memory, each in one piece. */
export function packParts(parts: readonly Part[]): PackedParts | undefined {
  if (parts.length < fewestParts) return undefined;
  const { exchange } = parts[0]!;
  const buffers = new Map<ArrayBufferLike, number>();
  const numbers = new Float64Array(parts.length * perPart);
  let own = 0;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    const { place, runs, from, rows, bytes } = part;
    if (!('memory' in place) || runs.length !== 2 || part.exchange !== exchange || bytes !== runs[1]) return undefined;
    const { buffer, byteOffset } = place.memory;
    const shared = buffer instanceof SharedArrayBuffer;
    let memory = 0;
    if (shared) {
      memory = buffers.get(buffer) ?? buffers.size;
      buffers.set(buffer, memory);
    }
    // What is not shared is copied into one piece.
    const at = shared ? byteOffset + runs[0]! : own;
    if (!shared) own += runs[1]!;
    numbers.set([from, memory, at, runs[1]!, rows], i * perPart);
  }
  if (own > 0 && buffers.size > 0) return undefined;
  const memories = own > 0 ? [together(parts, own)] : [...buffers.keys()].map((buffer) => new Uint8Array(buffer));
  return { exchange, memories, numbers };
}

function together(parts: readonly Part[], bytes: number): Uint8Array {
  const memory = new Uint8Array(bytes);
  let at = 0;
  for (const { place, runs } of parts) {
    if ('memory' in place) memory.set(place.memory.subarray(runs[0], runs[0]! + runs[1]!), at);
    at += runs[1]!;
  }
  return memory;
}

export function unpackParts({ exchange, memories, numbers }: PackedParts): Part[] {
  const parts: Part[] = [];
  for (let i = 0; i < numbers.length; i += perPart) {
    const bytes = numbers[i + 3]!;
    const place = { memory: memories[numbers[i + 1]!]! };
    parts.push({ exchange, from: numbers[i]!, place, runs: [numbers[i + 2]!, bytes], rows: numbers[i + 4]!, bytes });
  }
  return parts;
}
