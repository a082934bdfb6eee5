import { createHash } from 'node:crypto';

/** Bytes of text handed to the hash at once. */
const FLUSH = 1 << 16;

/** Checksum of numbers, exact to the bit, whatever parts they come in. Anything that is not a number spoils it. */
export function digestNumbers(parts: Iterable<ArrayLike<number>>): string {
  const hash = createHash('sha1');
  let count = 0;
  for (const part of parts) {
    hash.update(bytesOf(part));
    count += part.length;
  }
  return `${count}:${hash.digest('hex').slice(0, 16)}`;
}

function bytesOf(part: ArrayLike<number>): Uint8Array {
  if (part instanceof Float64Array) return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
  const numbers = Float64Array.from(part, (x) => (typeof x === 'number' ? x : Number.NaN));
  return new Uint8Array(numbers.buffer);
}

/** Checksum of plain data, whatever parts it comes in. The order of an object's properties counts. */
export function digestRows(parts: Iterable<readonly unknown[]>): string {
  const hash = createHash('sha1');
  let count = 0;
  let text = '';
  for (const part of parts) {
    for (const row of part) {
      text += `${JSON.stringify(row)}\n`;
      count++;
      if (text.length < FLUSH) continue;
      hash.update(text);
      text = '';
    }
  }
  return `${count}:${hash.update(text).digest('hex').slice(0, 16)}`;
}

/** Checksum of the results of no-ops: how many there are, and that they are nothing. */
export function digestNothing(results: readonly unknown[]): string {
  return `${results.length}:${results.every((result) => result === undefined || result === null)}`;
}
