import fc from 'fast-check';

/** Keys of every kind, with the values that are easily got wrong, so that generated pairs are often the same or nearly so. */
export const primitives = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    true,
    false,
    0,
    -0,
    Number.NaN,
    Infinity,
    -Infinity,
    0n,
    1n,
    -1n,
    '',
    'a',
    'a\0',
    '\0',
  ),
  fc.integer({ min: -3, max: 3 }),
  fc.double(),
  fc.constantFrom<unknown>(
    2 ** 53,
    2 ** 53 + 2,
    BigInt(2 ** 53) + 1n,
    2 ** 31,
    -(2 ** 31),
    2 ** 32,
    0.5,
    Number.MIN_VALUE,
    2n ** 64n,
  ),
  fc.bigInt({ min: -3n, max: 3n }),
  fc.bigInt(),
  fc.string({ maxLength: 3 }),
  fc.string({ unit: 'binary', maxLength: 16 }),
  fc.constantFrom('\ud800', '\udfff', '\uffff', 'é', 'exactly12chr', 'thirteenchars', 'ÿÿÿÿ', 'Āa'),
  fc.date({ noInvalidDate: false }),
  fc.constantFrom(new Date(0), new Date(1), new Date(Number.NaN)),
);

const names = fc.constantFrom('a', 'b', 'ab', '', '__proto__', '1', '0', 'é', 'constructor');

/** An object of entries, own `__proto__` included. */
export function objectOf(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const made = {};
  for (const [name, value] of entries) {
    Object.defineProperty(made, name, { value, writable: true, enumerable: true, configurable: true });
  }
  return made;
}

/** All allowed keys. */
export const keys: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  key: fc.oneof({ depthSize: 'small' }, primitives, tie('array'), tie('object')),
  array: fc.array(tie('key'), { maxLength: 3 }),
  object: fc.array(fc.tuple(names, tie('key')), { maxLength: 3 }).map(objectOf),
})).key;

/** A copy of a key that is another object, with its properties in another order. */
export function another(key: unknown): unknown {
  if (key instanceof Date) return new Date(key.getTime());
  if (Array.isArray(key)) return key.map(another);
  if (typeof key !== 'object' || key === null) return key === 0 ? -key : key;
  return objectOf(
    Object.entries(key)
      .map(([name, value]) => [name, another(value)] as const)
      .reverse(),
  );
}

/** Sorted by insertion: `Array.prototype.sort` puts `undefined` last without asking. */
export function insertionSorted(some: readonly unknown[], compare: (a: unknown, b: unknown) => number): unknown[] {
  const sorted: unknown[] = [];
  for (const key of some) {
    let at = sorted.length;
    while (at > 0 && compare(sorted[at - 1], key) > 0) at--;
    sorted.splice(at, 0, key);
  }
  return sorted;
}
