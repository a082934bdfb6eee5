/**
 * MurmurHash3 x86 32 (Austin Appleby, public domain), in the pieces that keys need, so that strings and numbers are hashed without
 * bytes being made of them.
 */

const c1 = 0xcc9e2d51;
const c2 = 0x1b873593;

/** The hash of bytes, as an unsigned integer. */
export function murmur3(bytes: Uint8Array, seed: number): number {
  const blocks = bytes.length & ~3;
  let h = seed | 0;
  let i = 0;
  for (; i < blocks; i += 4) {
    h = mixed(h, bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
  }
  let tail = 0;
  for (let shift = 0; i < bytes.length; i++, shift += 8) tail |= bytes[i]! << shift;
  return finished(withTail(h, tail), bytes.length);
}

/** The state after four more bytes, given as one little-endian word. */
export function mixed(h: number, word: number): number {
  let k = Math.imul(word, c1);
  k = (k << 15) | (k >>> 17);
  const x = h ^ Math.imul(k, c2);
  return (Math.imul((x << 13) | (x >>> 19), 5) + 0xe6546b64) | 0;
}

/** The state after the last one to three bytes. Without any, `tail` is 0 and changes nothing. */
export function withTail(h: number, tail: number): number {
  const k = Math.imul(tail, c1);
  return h ^ Math.imul((k << 15) | (k >>> 17), c2);
}

/** The hash for a state after all `length` bytes. */
export function finished(h: number, length: number): number {
  let x = h ^ length;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** The hash of a string's UTF-16LE bytes. */
export function hashOfUnits(text: string, seed: number): number {
  const { length } = text;
  let h = seed;
  let i = 0;
  for (; i + 1 < length; i += 2) h = mixed(h, text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16));
  if (i < length) h = withTail(h, text.charCodeAt(i));
  return finished(h, 2 * length);
}
