import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { compareKeys, hashKey, keyProblem, murmur3, sameKey } from '../../src/partition/keys.js';
import { another, insertionSorted, keys, primitives } from './arbitrary.js';

/** The order of keys, said another way: as a text of code units whose plain order it is. */
function rank(key: unknown): unknown[] {
  if (key === undefined) return [1];
  if (key === null) return [2];
  if (typeof key === 'boolean') return [3, key ? 1 : 0];
  if (typeof key === 'number') return [4, Number.isNaN(key) ? 1 : 0, Number.isNaN(key) ? 0 : key, 0];
  if (typeof key === 'bigint') return [4, 0, key, 1];
  if (key instanceof Date) return [5, ...rank(key.getTime())];
  if (typeof key === 'string') return [6, key];
  if (Array.isArray(key)) return [7, ...Array.from(key, (item) => [0, rank(item)]).flat(), -1];
  const entries = Object.entries(key as object).sort(([a], [b]) => (a < b ? -1 : 1));
  return [8, ...entries.flatMap(([name, value]) => [0, name, rank(value)]), -1];
}

function compareRanks(a: unknown, b: unknown): number {
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      const order = compareRanks(a[i], b[i]);
      if (order !== 0) return order;
    }
    return a.length - b.length;
  }
  const [x, y] = [a as number, b as number];
  return x < y ? -1 : x > y ? 1 : 0;
}

const runs = { numRuns: 3000 };

test('the order of keys is the published table', () => {
  fc.assert(
    fc.property(keys, keys, (a, b) => {
      assert.equal(Math.sign(compareKeys(a, b)), Math.sign(compareRanks(rank(a), rank(b))));
    }),
    runs,
  );
});

test('the order of keys is total', () => {
  fc.assert(
    fc.property(fc.oneof(fc.tuple(keys, keys, keys), fc.tuple(primitives, primitives, primitives)), ([a, b, c]) => {
      assert.equal(Math.sign(compareKeys(a, b)), -Math.sign(compareKeys(b, a)) + 0);
      const [x, y, z] = insertionSorted([a, b, c], compareKeys);
      assert.ok(compareKeys(x, y) <= 0 && compareKeys(y, z) <= 0 && compareKeys(x, z) <= 0);
    }),
    runs,
  );
});

test('one example of each kind, in order', () => {
  const inOrder = [
    ...[
      undefined,
      null,
      false,
      true,
      -Infinity,
      -1n,
      -0.5,
      0,
      0n,
      1,
      1n,
      1.5,
      2n ** 53n,
      2 ** 53 + 2,
      Infinity,
      Number.NaN,
    ],
    ...[new Date(-1), new Date(0), new Date(Number.NaN), '', 'B', 'a', 'ab', 'é', '\ud800', '\uffff'],
    ...[
      [],
      [undefined],
      [1],
      [1, 0],
      [2],
      ['a'],
      [[]],
      {},
      { a: 1 },
      { a: 1, b: 0 },
      { a: 2 },
      { b: undefined, c: 1 },
      { b: 0 },
    ],
  ];
  for (let i = 0; i < inOrder.length; i++) {
    for (let j = 0; j < inOrder.length; j++) {
      const label = `${String(i)} against ${String(j)}`;
      assert.equal(Math.sign(compareKeys(inOrder[i], inOrder[j])), Math.sign(i - j), label);
    }
  }
});

test('keys are the same just when neither comes first, and then their hashes are', () => {
  fc.assert(
    fc.property(keys, keys, (a, b) => {
      assert.equal(sameKey(a, b), compareKeys(a, b) === 0);
      if (sameKey(a, b)) assert.equal(hashKey(a), hashKey(b));
      assert.ok(sameKey(a, another(a)));
      assert.equal(compareKeys(a, another(a)), 0);
      assert.equal(hashKey(a), hashKey(another(a)));
    }),
    runs,
  );
});

test('keys that differ have other hashes, chance apart', () => {
  fc.assert(
    fc.property(fc.uniqueArray(keys, { comparator: sameKey, minLength: 2, maxLength: 50 }), (some) => {
      // With 50 keys two share a hash once in 3.5 million times.
      assert.equal(new Set(some.map(hashKey)).size, some.length);
    }),
    { numRuns: 300 },
  );
});

test('a property that is undefined is not one that is missing; a hole is undefined', () => {
  assert.equal(sameKey({ a: undefined }, {}), false);
  assert.equal(sameKey({ a: undefined }, { b: undefined }), false);
  assert.equal(sameKey({ toString: undefined }, { a: undefined }), false);
  const hole = new Array(1);
  assert.equal(sameKey(hole, [undefined]), true);
  assert.equal(compareKeys(hole, [undefined]), 0);
  assert.equal(hashKey(hole), hashKey([undefined]));
  assert.equal(sameKey(Object.assign(Object.create(null), { a: 1 }), { a: 1 }), true);
  const hidden = Object.defineProperty({ b: 1 }, 'a', { value: 1, enumerable: false });
  assert.equal(sameKey({ a: 1 }, hidden), false);
});

// Of the reference implementation (SMHasher) and of the tables that other implementations print.
test('MurmurHash3 x86 32 gives the published vectors', () => {
  const vectors: [Uint8Array, number, number][] = [
    [bytes(''), 0, 0],
    [bytes(''), 1, 0x514e28b7],
    [bytes(''), 0xffffffff, 0x81f16f39],
    [Uint8Array.of(0xff, 0xff, 0xff, 0xff), 0, 0x76293b50],
    [Uint8Array.of(0x21, 0x43, 0x65, 0x87), 0, 0xf55b516b],
    [Uint8Array.of(0x21, 0x43, 0x65, 0x87), 0x5082edee, 0x2362f9de],
    [Uint8Array.of(0x21, 0x43, 0x65), 0, 0x7e4a8634],
    [Uint8Array.of(0x21, 0x43), 0, 0xa0f7b07a],
    [Uint8Array.of(0x21), 0, 0x72661cf4],
    [Uint8Array.of(0, 0, 0, 0), 0, 0x2362f9de],
    [Uint8Array.of(0, 0, 0), 0, 0x85f0b427],
    [Uint8Array.of(0, 0), 0, 0x30f4c306],
    [Uint8Array.of(0), 0, 0x514e28b7],
    [bytes('aaaa'), 0x9747b28c, 0x5a97808a],
    [bytes('aaa'), 0x9747b28c, 0x283e0130],
    [bytes('aa'), 0x9747b28c, 0x5d211726],
    [bytes('a'), 0x9747b28c, 0x7fa09ea6],
    [bytes('abcd'), 0x9747b28c, 0xf0478627],
    [bytes('abc'), 0x9747b28c, 0xc84a62dd],
    [bytes('ab'), 0x9747b28c, 0x74875592],
    [bytes('Hello, world!'), 0x9747b28c, 0x24884cba],
    [bytes('ππππππππ'), 0x9747b28c, 0xd58063c1],
    [bytes('The quick brown fox jumps over the lazy dog'), 0x9747b28c, 0x2fa826cd],
    [bytes('a'.repeat(256)), 0x9747b28c, 0x37405bdc],
  ];
  for (const [input, seed, expected] of vectors)
    assert.equal(murmur3(input, seed), expected, Buffer.from(input).toString());
});

/** The documented bytes of a key, put together anew. */
function documented(key: unknown): [seed: number, bytes: Uint8Array] {
  const double = (value: number) => {
    const view = new DataView(new ArrayBuffer(8));
    if (Number.isNaN(value)) view.setBigUint64(0, 0x7ff8000000000000n, true);
    else view.setFloat64(0, value + 0, true);
    return new Uint8Array(view.buffer);
  };
  const word = (value: unknown) => new Uint8Array(Uint32Array.of(hashOf(value)).buffer);
  const join = (parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
  if (key === undefined) return [0, new Uint8Array()];
  if (key === null) return [1, new Uint8Array()];
  if (typeof key === 'boolean') return [2, Uint8Array.of(key ? 1 : 0, 0, 0, 0)];
  if (typeof key === 'number') return [3, double(key)];
  if (typeof key === 'bigint') {
    let words = 1;
    while (BigInt.asIntN(64 * words, key) !== key) words++;
    const hex = BigInt.asUintN(64 * words, key)
      .toString(16)
      .padStart(16 * words, '0');
    return [4, Uint8Array.from(Buffer.from(hex, 'hex').reverse())];
  }
  if (key instanceof Date) return [5, double(key.getTime())];
  if (typeof key === 'string') return [6, Uint8Array.from(Buffer.from(key, 'utf16le'))];
  if (Array.isArray(key)) return [7, join(Array.from(key, word))];
  const entries = Object.entries(key as object).sort(([a], [b]) => (a < b ? -1 : 1));
  return [8, join(entries.flatMap(([name, value]) => [word(name), word(value)]))];
}

function hashOf(key: unknown): number {
  const [seed, input] = documented(key);
  return murmur3(input, seed);
}

test('the hash of a key is MurmurHash3 of its documented bytes', () => {
  fc.assert(
    fc.property(keys, (key) => {
      assert.equal(hashKey(key), hashOf(key));
    }),
    runs,
  );
});

// A change of these is a change of every partition that anyone has written.
test('hashes that stay as they are', () => {
  const known: [unknown, number][] = [
    [undefined, 0x00000000],
    [null, 0x514e28b7],
    [true, 0x13d35112],
    [0, 0xb2ce147f],
    [1, 0x7ffe623b],
    [-1.5, 0x17a2c13f],
    [Number.NaN, 0xb14cc6df],
    [0n, 0xc9f3b13d],
    [-1n, 0xc3aa62a0],
    [2n ** 64n, 0x5cd3a6ef],
    [new Date(0), 0xc6f084aa],
    ['', 0x5ceb4d08],
    ['a', 0xe6e10289],
    ['apple', 0x8c5adb95],
    ['Ω', 0xac111d86],
    [[], 0x18c9aec4],
    [[1, 'a'], 0x60a7b834],
    [{}, 0x4939650b],
    [{ a: 1, b: [null] }, 0x62d52ea6],
  ];
  for (const [key, hash] of known) assert.equal(hashKey(key), hash);
});

class Point {
  x = 1;
}
class Row extends Array {}
class Day extends Date {}

const identities: [unknown, RegExp][] = [
  [() => 1, /^a function$/],
  [function named() {}, /a function \(named\)/],
  [Symbol('s'), /a symbol \(Symbol\(s\)\)/],
  [new Point(), /an instance of Point/],
  [new Row(), /an instance of Row/],
  [new Day(), /an instance of Day/],
  [new Map(), /an instance of Map/],
  [new Set(), /an instance of Set/],
  [/x/, /an instance of RegExp/],
  [new Error('e'), /an instance of Error/],
  [new Uint8Array(1), /an instance of Uint8Array/],
  [Buffer.alloc(1), /an instance of Buffer/],
  [new ArrayBuffer(1), /an instance of ArrayBuffer/],
  [Promise.resolve(1), /an instance of Promise/],
  [Object(1), /an instance of Number/],
  [Object('s'), /an instance of String/],
  [Object.create({ a: 1 }), /prototype of its own|an instance of Object/],
  [Object.create(Date.prototype), /an instance of Date/],
  [runInNewContext('Object.create(Date.prototype)'), /an instance of Date/],
  [Object.create(Object.create(null)), /an object with a prototype of its own/],
];

test('identity keys are refused, wherever they are in a key', () => {
  for (const [value, what] of identities) {
    for (const [key, path] of [
      [value, ''],
      [[1, value], '[1]'],
      [{ a: 'x', user: { 'first name': [value] } }, '.user["first name"][0]'],
    ] as const) {
      const problem = keyProblem(key);
      assert.equal(problem?.path, path);
      assert.match(problem.what, what);
      assert.throws(() => hashKey(key), TypeError);
      assert.throws(() => compareKeys(key, key), TypeError);
      assert.throws(() => sameKey(key, key), TypeError);
    }
  }
});

test('keys that contain themselves are refused; keys that contain a value twice are not', () => {
  const cycle: unknown[] = [1];
  cycle.push({ cycle });
  assert.deepEqual(keyProblem(cycle), { path: '[1].cycle', what: 'an object that contains itself' });
  assert.throws(() => hashKey(cycle), /contains itself/);
  assert.throws(() => compareKeys(cycle, structuredClone(cycle)), /contains itself/);
  assert.throws(() => sameKey(cycle, structuredClone(cycle)), /contains itself/);
  const twice = [1];
  assert.equal(keyProblem([twice, twice, { twice }]), undefined);
  const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
  assert.equal(keyProblem(nested(100)), undefined);
  assert.equal(hashKey(nested(100)), hashKey(nested(100)));
  assert.equal(compareKeys(nested(100), nested(100)), 0);
  assert.match(keyProblem(nested(101))!.what, /deeper than 100/);
  assert.throws(() => hashKey(nested(101)), /deeper than 100/);
});

test('all that is allowed passes', () => {
  fc.assert(
    fc.property(keys, (key) => {
      assert.equal(keyProblem(key), undefined);
    }),
    runs,
  );
});

test('arrays, Dates and plain objects of another realm are keys; its class instances are not', () => {
  const foreign = runInNewContext(
    '({ a: [1, new Date(5)], m: new Map(), p: new (class P {})(), d: new (class extends Date {})() })',
  );
  assert.equal(keyProblem(foreign.a), undefined);
  assert.equal(sameKey({ a: foreign.a }, { a: [1, new Date(5)] }), true);
  assert.equal(hashKey(foreign.a), hashKey([1, new Date(5)]));
  assert.equal(keyProblem(runInNewContext('({ a: 1 })')), undefined);
  for (const value of [foreign.m, foreign.p, foreign.d]) assert.notEqual(keyProblem(value), undefined);
});

function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'utf8'));
}
