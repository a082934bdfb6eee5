/** About how much memory rows take: looked at for one row in some, the same ones whenever the same rows come. */

const lookedAt = 32;

/** Sums up the weights of rows, in bytes. */
export class Weigher {
  bytes = 0;
  #count = 0;
  #last = 64;

  add(row: unknown): void {
    if (this.#count++ % lookedAt === 0) this.#last = weightOf(row, 0);
    this.bytes += this.#last;
  }

  clear(): void {
    this.bytes = 0;
  }
}

function weightOf(value: unknown, depth: number): number {
  switch (typeof value) {
    case 'string':
      return 24 + value.length;
    case 'object':
      break;
    default:
      return 12;
  }
  if (value === null) return 8;
  if (ArrayBuffer.isView(value)) return 200 + value.byteLength;
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
