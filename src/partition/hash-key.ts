import { deepest, kind, kindOf, refuseDepth, refuseKey } from './kinds.js';
import { finished, hashOfUnits, mixed } from './murmur.js';
import { sortedNames } from './names.js';

/**
 * The hash of a key, an unsigned 32-bit integer: the same in every process, on every machine and in every version.
 *
 * It is MurmurHash3 x86 32 of these bytes, with the number of the key's kind as the seed:
 *
 * | seed | kind | bytes |
 * |---|---|---|
 * | 0, 1 | `undefined`, `null` | none |
 * | 2 | boolean | four: 0 or 1, little-endian |
 * | 3 | number | the eight of its IEEE 754 double, little-endian; -0 as 0, NaN as 0x7ff8000000000000 |
 * | 4 | bigint | two's complement, little-endian, in as few words of eight bytes as hold it, at least one |
 * | 5 | Date | those of its time value as a number (an invalid Date has NaN) |
 * | 6 | string | its UTF-16 code units, little-endian |
 * | 7 | array | for each element its hash, four bytes little-endian; a hole counts as `undefined` |
 * | 8 | object | for each own enumerable property, in order of the names' code units: the hash of the name, the hash of the value |
 *
 * Throws a `TypeError` for what cannot be a key.
 */
export function hashKey(key: unknown): number {
  if (typeof key === 'string') return hashOfUnits(key, kind.string);
  if (typeof key === 'number') return hashOfNumber(key, kind.number);
  return hashOfOther(key, 0);
}

const float = new Float64Array(1);
const bits = new Uint32Array(float.buffer);
// Float64Array keeps the order of this machine's bytes.
float[0] = 1;
const low = bits[0] === 0 ? 0 : 1;

/** The hash of a number's eight bytes. */
export function hashOfNumber(value: number, seed: number): number {
  float[0] = value === 0 ? 0 : value;
  if (Number.isNaN(value)) return finished(mixed(mixed(seed, 0), 0x7ff80000), 8);
  return finished(mixed(mixed(seed, bits[low]!), bits[1 - low]!), 8);
}

function hashOfPart(key: unknown, depth: number): number {
  if (typeof key === 'string') return hashOfUnits(key, kind.string);
  if (typeof key === 'number') return hashOfNumber(key, kind.number);
  return hashOfOther(key, depth);
}

function hashOfOther(key: unknown, depth: number): number {
  const kindOfKey = kindOf(key);
  switch (kindOfKey) {
    case kind.undefined:
    case kind.null:
      return finished(kindOfKey, 0);
    case kind.boolean:
      return finished(mixed(kindOfKey, Number(key)), 4);
    case kind.number:
      return hashOfNumber(key as number, kindOfKey);
    case kind.bigint:
      return hashOfBigInt(key as bigint, kindOfKey);
    case kind.date:
      return hashOfNumber(Number(key), kindOfKey);
    case kind.string:
      return hashOfUnits(key as string, kindOfKey);
    case kind.array:
      return hashOfArray(key as readonly unknown[], kindOfKey, depth);
    case kind.object:
      return hashOfObject(key as Readonly<Record<string, unknown>>, kindOfKey, depth);
    default:
      return refuseKey(key);
  }
}

function hashOfBigInt(key: bigint, seed: number): number {
  let h = seed;
  let length = 0;
  let rest = key;
  for (;;) {
    const word = BigInt.asIntN(64, rest);
    h = mixed(h, Number(BigInt.asIntN(32, word)));
    h = mixed(h, Number(BigInt.asIntN(32, word >> 32n)));
    length += 8;
    if (word === rest) return finished(h, length);
    rest >>= 64n;
  }
}

function hashOfArray(key: readonly unknown[], seed: number, depth: number): number {
  if (depth === deepest) refuseDepth();
  let h = seed;
  for (let i = 0; i < key.length; i++) h = mixed(h, hashOfPart(key[i], depth + 1));
  return finished(h, 4 * key.length);
}

function hashOfObject(key: Readonly<Record<string, unknown>>, seed: number, depth: number): number {
  if (depth === deepest) refuseDepth();
  const names = sortedNames(key);
  let h = seed;
  for (const name of names) {
    h = mixed(h, hashOfUnits(name, kind.string));
    h = mixed(h, hashOfPart(key[name], depth + 1));
  }
  return finished(h, 8 * names.length);
}
