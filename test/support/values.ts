/** Values of every kind that structured clone carries, for property tests. */
import { Buffer } from 'node:buffer';
import fc from 'fast-check';

const numbers = [0, -0, 1, -1, NaN, Infinity, -Infinity, 0.1, 2 ** 31, -(2 ** 31), 2 ** 32, 5e-324, 2 ** 53];
const texts = [
  '',
  'a',
  'user',
  '__proto__',
  'constructor',
  '0',
  '\u00e9',
  '\u65e5\u672c',
  '\ud83d\ude00',
  '\ud800',
  '\udc00x',
  '\0',
];

/** Strings with lone surrogates, of lengths around the limit between short and long ones. */
const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...texts) },
  { weight: 3, arbitrary: fc.string({ maxLength: 12 }) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 6 })
      .map((units) => String.fromCharCode(...units)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('x', '\u00e9', '\u0416', '\udfff'), fc.constantFrom(254, 255, 256, 300))
      .map(([unit, times]) => unit.repeat(times)),
  },
);

export const primitive: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, true, false),
  fc.constantFrom(...numbers),
  fc.integer(),
  fc.double(),
  text,
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
);

const key = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('a', 'b', 'c', 'id', 'name') },
  { weight: 1, arbitrary: text },
);

/** A value that is a primitive, or the object of that number: so objects are shared and cyclic. */
type Ref = { readonly value: unknown } | { readonly object: number };
const ref: fc.Arbitrary<Ref> = fc.oneof(
  { weight: 3, arbitrary: primitive.map((value) => ({ value })) },
  { weight: 2, arbitrary: fc.nat({ max: 5 }).map((object) => ({ object })) },
);
const refs = fc.array(ref, { maxLength: 5 });
const entries = fc.array(fc.tuple(key, ref), { maxLength: 5 });

/** Makes an empty object, and fills it when all objects of the value are there. */
interface Draft {
  readonly make: (memory: readonly ArrayBufferLike[]) => object;
  readonly fill?: (object: never, resolve: (ref: Ref) => unknown) => void;
}

class Point {
  x = 1;
  get sum(): number {
    return 0;
  }
}
class Tagged extends Point {
  get [Symbol.toStringTag](): string {
    return 'Tagged';
  }
}
class NamedError extends RangeError {
  readonly detail = 1;
}
class List extends Array<unknown> {}

const setAll = (object: object, list: readonly (readonly [string, Ref])[], resolve: (ref: Ref) => unknown): void => {
  for (const [name, item] of list) {
    Object.defineProperty(object, name, { value: resolve(item), writable: true, enumerable: true, configurable: true });
  }
};

const plainDraft: fc.Arbitrary<Draft> = fc
  .tuple(
    entries,
    fc.constantFrom(
      () => ({}),
      () => Object.create(null) as object,
      () => new Point(),
      () => new Tagged(),
    ),
  )
  .map(([list, make]) => ({ make, fill: (object: object, resolve) => setAll(object, list, resolve) }));

const getterDraft: fc.Arbitrary<Draft> = fc.tuple(entries, ref).map(([list, item]) => ({
  make: () => ({}),
  fill: (object: object, resolve) => {
    Object.defineProperty(object, 'got', { get: () => resolve(item), enumerable: true, configurable: true });
    Object.defineProperty(object, 'hidden', { value: 1, enumerable: false, configurable: true });
    Object.defineProperty(object, Symbol.iterator, { value: 1, enumerable: true, configurable: true });
    setAll(object, list, resolve);
  },
}));

const arrayDraft: fc.Arbitrary<Draft> = fc
  .tuple(refs, fc.array(fc.nat({ max: 4 }), { maxLength: 2 }), fc.option(fc.tuple(key, ref), { freq: 6 }), fc.boolean())
  .map(([items, holes, named, subclass]) => ({
    make: () => (subclass ? new List() : []),
    fill: (array: unknown[], resolve) => {
      array.push(...items.map(resolve));
      for (const hole of holes) delete array[hole];
      if (named !== null) setAll(array, [named], resolve);
    },
  }));

const longArrayDraft: fc.Arbitrary<Draft> = fc
  .tuple(fc.constantFrom(100, 150, 1100), fc.constantFrom('numbers', 'sparse', 'named', 'strings', 'empty'))
  .map(([length, kind]) => ({
    make: () => {
      if (kind === 'empty') return new Array(length);
      if (kind === 'sparse') return Object.assign([], { [length]: 1, 7: 'x' });
      const array = Array.from({ length }, (_, i) => (kind === 'strings' ? `s${i}` : i / 2));
      return kind === 'named' ? Object.assign(array, { index: 3 }) : array;
    },
  }));

const mapDraft: fc.Arbitrary<Draft> = fc.array(fc.tuple(ref, ref), { maxLength: 4 }).map((list) => ({
  make: () => new Map(),
  fill: (map: Map<unknown, unknown>, resolve) => {
    for (const [name, item] of list) map.set(resolve(name), resolve(item));
  },
}));

const setDraft: fc.Arbitrary<Draft> = refs.map((list) => ({
  make: () => new Set(),
  fill: (set: Set<unknown>, resolve) => {
    for (const item of list) set.add(resolve(item));
  },
}));

const errorClasses = [Error, TypeError, RangeError, SyntaxError, EvalError, URIError, ReferenceError, NamedError];
const errorDraft: fc.Arbitrary<Draft> = fc
  .tuple(fc.constantFrom(...errorClasses), fc.option(text), fc.option(ref, { freq: 2 }), fc.nat({ max: 5 }))
  .map(([Class, message, cause, oddity]) => ({
    make: () => {
      const error = new Class(message ?? undefined);
      if (oddity === 1) error.name = 'Custom';
      if (oddity === 2) error.stack = 'no stack';
      if (oddity === 3) Object.assign(error, { message: 7, extra: {} });
      return error;
    },
    fill: (error: Error, resolve) => {
      if (cause !== null)
        Object.defineProperty(error, 'cause', { value: resolve(cause), configurable: true, writable: true });
    },
  }));

const leafDraft: fc.Arbitrary<Draft> = fc
  .constantFrom<() => object>(
    () => new Date(0),
    () => new Date(NaN),
    () => new Date(8.64e15),
    () => /a\/b[/]\n/giu,
    () => Object.assign(/x/y, { lastIndex: 3 }),
    () => /(?:)/s,
    () => Object(-0) as object,
    () => Object('text') as object,
    () => Object(false) as object,
    () => Object(-5n) as object,
    () => Object.assign(new Number(3), { extra: 1 }),
    () => /(?<y>b)/.exec('abc')!,
  )
  .map((make) => ({ make }));

const viewClasses = [
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float16Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'DataView',
].filter((name) => name in globalThis);

type ViewClass = new (memory: ArrayBufferLike, offset?: number, length?: number) => object;

const memoryDraft: fc.Arbitrary<Draft> = fc
  .tuple(
    fc.constantFrom('Buffer', 'Buffer', 'memory', ...viewClasses),
    fc.nat({ max: 4 }),
    fc.nat({ max: 2 }),
    fc.nat({ max: 3 }),
  )
  .map(([name, memory, offset, length]) => ({
    make: (memories) => {
      const buffer = memories[memory]!;
      if (name === 'memory') return buffer;
      if (name === 'Buffer') return Buffer.from(buffer as ArrayBuffer, offset, length);
      return new (Reflect.get(globalThis, name) as ViewClass)(buffer, offset * 8, length);
    },
  }));

const draft = fc.oneof(
  { weight: 12, arbitrary: plainDraft },
  { weight: 8, arbitrary: arrayDraft },
  { weight: 4, arbitrary: mapDraft },
  { weight: 4, arbitrary: setDraft },
  { weight: 4, arbitrary: leafDraft },
  { weight: 6, arbitrary: memoryDraft },
  { weight: 2, arbitrary: errorDraft },
  { weight: 2, arbitrary: getterDraft },
  { weight: 1, arbitrary: longArrayDraft },
);

/** Memory of the value's views: two ordinary, one of the pool's kind, one resizable, one shared. */
function makeMemory(): ArrayBufferLike[] {
  const filled = <T extends ArrayBufferLike>(memory: T): T => {
    // Views show no more than the beginning.
    new Uint8Array(memory, 0, 40).forEach((_, i, bytes) => {
      bytes[i] = i * 7;
    });
    return memory;
  };
  return [
    filled(new ArrayBuffer(48)),
    filled(new ArrayBuffer(40)),
    filled(new ArrayBuffer(8192)),
    filled(Reflect.construct(ArrayBuffer, [48, { maxByteLength: 64 }]) as ArrayBuffer),
    filled(new SharedArrayBuffer(48)),
  ];
}

/** A graph of up to six objects: nested, shared, cyclic. */
const graph: fc.Arbitrary<unknown> = fc.array(draft, { minLength: 1, maxLength: 6 }).map((drafts) => {
  const memory = makeMemory();
  const objects = drafts.map(({ make }) => make(memory));
  const resolve = (item: Ref): unknown => ('value' in item ? item.value : objects[item.object % objects.length]);
  drafts.forEach(({ fill }, i) => {
    fill?.(objects[i] as never, resolve);
  });
  return objects[0];
});

export const value: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 1, arbitrary: primitive },
  { weight: 4, arbitrary: graph },
);

/** Small deterministic generator (mulberry32), for rows in quantity. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How rows that are alike are made. */
type Shape = (random: () => number) => unknown;

const pick = <T>(random: () => number, list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
const leafShape: fc.Arbitrary<Shape> = fc.constantFrom<Shape>(
  (random) => Math.floor(random() * 100) - 50,
  (random) => (random() < 0.1 ? pick(random, numbers) : random()),
  (random) => `user-${Math.floor(random() * 1e6)}`,
  (random) => pick(random, texts),
  (random) =>
    random() < 0.05 ? '\u0416'.repeat(254 + Math.floor(random() * 3)) : 'ab'.repeat(Math.floor(random() * 130)),
  (random) => random() < 0.5,
  (random) => pick(random, [null, 1, 'x']),
  (random) => pick<unknown>(random, [undefined, 2.5, false]),
);

const { shape } = fc.letrec<{ shape: Shape; nested: Shape }>((tie) => ({
  shape: fc.oneof({ maxDepth: 3 }, { weight: 3, arbitrary: leafShape }, { weight: 2, arbitrary: tie('nested') }),
  nested: fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .uniqueArray(fc.tuple(key, tie('shape')), { minLength: 1, maxLength: 4, selector: ([name]) => name })
        .map((fields) => (random: () => number) => {
          const object = {};
          setAll(
            object,
            fields.map(([name, make]) => [name, { value: make(random) }]),
            (item) => (item as { value: unknown }).value,
          );
          return object;
        }),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(leafShape, fc.nat({ max: 6 })).map(
        ([item, most]) =>
          (random: () => number) =>
            Array.from({ length: random() < 0.02 ? 300 : Math.floor(random() * (most + 1)) }, () => item(random)),
      ),
    },
    {
      weight: 1,
      arbitrary: fc
        .array(tie('shape'), { minLength: 1, maxLength: 3 })
        .map((items) => (random: () => number) => items.map((item) => item(random))),
    },
    {
      weight: 1,
      arbitrary: tie('shape').map(
        (inner) => (random: () => number) => (random() < 0.3 ? pick(random, [null, undefined]) : inner(random)),
      ),
    },
    {
      weight: 1,
      arbitrary: tie('shape').map(
        (inner) => (random: () => number) => Object.assign(new Point(), { inner: inner(random) }),
      ),
    },
  ),
}));

const viewShape: fc.Arbitrary<Shape> = fc
  .constantFrom('Buffer', 'Float64Array', 'Uint8Array', 'BigInt64Array', 'DataView')
  .map((name) => (random) => {
    const length = Math.floor(random() * 5);
    if (name === 'Buffer') return Buffer.from('hello world'.slice(length));
    return new (Reflect.get(globalThis, name) as ViewClass)(new ArrayBuffer(length * 8));
  });

/** What a row among others may be instead: almost like them, or quite different. */
const oddities: readonly ((row: unknown, random: () => number) => unknown)[] = [
  () => undefined,
  () => -0,
  () => 'odd',
  () => ({}),
  () => Object.assign(new Array(3), { 0: 1, 2: 3 }),
  () => new Map([[1, 2]]),
  (row) => [row, row],
  (row) => (isObject(row) ? Object.assign(Object.create(null) as object, row) : row),
  (row) => (isObject(row) ? { ...row, extra: 1 } : row),
  (row) => (isObject(row) ? Object.fromEntries(Object.entries(row).reverse()) : row),
  (row) => changeOne(row, () => null),
  (row) => changeOne(row, () => ({ odd: 1 })),
  (row) => changeOne(row, () => 10n),
  (row) => changeOne(row, () => row),
  (row) => changeOne(row, (item) => (Array.isArray(item) ? Object.assign([...item], { named: 1 }) : [item])),
  (row) => shareOne(row),
  (row) => withGetter(row),
];

function isObject(row: unknown): row is Record<string, unknown> {
  return typeof row === 'object' && row !== null && !Array.isArray(row) && !ArrayBuffer.isView(row);
}

function changeOne(row: unknown, change: (item: unknown) => unknown): unknown {
  if (!isObject(row)) return row;
  const name = Object.keys(row).at(-1);
  if (name === undefined) return row;
  Object.defineProperty(row, name, { value: change(row[name]), writable: true, enumerable: true, configurable: true });
  return row;
}

/** One object in two of the row's places. */
function shareOne(row: unknown): unknown {
  if (!isObject(row)) return row;
  const inner = Object.values(row).find((item) => typeof item === 'object' && item !== null);
  return inner === undefined ? row : changeOne(row, () => inner);
}

function withGetter(row: unknown): unknown {
  if (!isObject(row)) return row;
  const name = Object.keys(row)[0];
  if (name === undefined) return row;
  const item = row[name];
  return Object.defineProperty(row, name, { get: () => item, enumerable: true, configurable: true });
}

/** Rows of one shape, some of them odd. */
export const likeRows: fc.Arbitrary<unknown[]> = fc
  .record({
    shape: fc.oneof({ weight: 4, arbitrary: shape }, { weight: 1, arbitrary: viewShape }),
    count: fc.integer({ min: 1, max: 60 }),
    seed: fc.integer(),
    odd: fc.array(fc.tuple(fc.nat({ max: 59 }), fc.nat({ max: oddities.length - 1 })), { maxLength: 2 }),
  })
  .map(({ shape, count, seed, odd }) => {
    const random = randomFrom(seed);
    const rows = Array.from({ length: count }, () => shape(random));
    for (const [at, oddity] of odd) if (at < count) rows[at] = oddities[oddity]!(rows[at], random);
    return rows;
  });

/** Rows of two shapes in turn or in runs, and unrelated values. */
export const mixedRows: fc.Arbitrary<unknown[]> = fc
  .tuple(likeRows, likeRows, fc.array(value, { maxLength: 3 }), fc.boolean())
  .map(([first, second, others, inTurn]) => {
    const rows = inTurn
      ? first.flatMap((row, i) => (i < second.length ? [row, second[i]] : [row]))
      : [...first, ...second];
    return [...rows.slice(0, 40), ...others, ...rows.slice(40, 60)];
  });
