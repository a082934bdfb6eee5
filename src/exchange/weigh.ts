import { types } from 'node:util';
import { sizeOf } from '../codec/views.js';

/** About how many bytes a row takes in memory. */
export function weightOf(value: unknown, depth = 0): number {
  switch (typeof value) {
    case 'string':
      return 24 + value.length;
    case 'object':
      break;
    default:
      return 12;
  }
  if (value === null) return 8;
  if (ArrayBuffer.isView(value)) return 200 + sizeOf(value);
  if (types.isAnyArrayBuffer(value)) return 200 + value.byteLength;
  if (depth > 3) return 64;
  if (Array.isArray(value)) return listWeight(value, depth);
  if (value instanceof Map || value instanceof Set) return 64 + value.size * 64;
  let sum = 32;
  for (const key in value) sum += 8 + weightOf((value as Record<string, unknown>)[key], depth + 1);
  return sum;
}

function listWeight(list: readonly unknown[], depth: number): number {
  const looked = Math.min(list.length, 16);
  let sum = 0;
  for (let i = 0; i < looked; i++) sum += 8 + weightOf(list[i], depth + 1);
  return 32 + (looked === 0 ? 0 : (sum * list.length) / looked);
}
