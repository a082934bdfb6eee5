/** Copies that stay on one thread: what structured clone of each row gives, or none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { besideAlike, besideCopies, decodeRows, encodeBehind } from '../../src/codec/index.js';
import { difference } from '../support/deep-same.js';
import { likeRows, mixedRows } from '../support/values.js';

type Copies = typeof besideCopies;

/** The copies, or `undefined` where there are none; each is to be the same as a clone. */
function checked(copies: Copies, rows: readonly unknown[]): readonly unknown[] | undefined {
  const block = copies(rows, 0, rows.length);
  if (block === undefined) return undefined;
  const got = decodeRows(block) as readonly unknown[];
  assert.equal(got.length, rows.length);
  for (const [i, row] of rows.entries()) assert.equal(difference(got[i], structuredClone(row)), undefined);
  return got;
}

test('rows of every kind are copied as clones are, or not at all', () => {
  let [alike, mixed] = [0, 0];
  fc.assert(
    fc.property(fc.oneof(likeRows, mixedRows), (rows) => {
      if (checked(besideAlike, rows) !== undefined) alike++;
      if (checked(besideCopies, rows) !== undefined) mixed++;
    }),
    { numRuns: 2000 },
  );
  assert.ok(alike > 50 && mixed > alike, `${alike} and ${mixed} were copied`);
});

/** Twenty rows of one shape, the eleventh replaced. */
const withOne = (odd: unknown): unknown[] =>
  Array.from({ length: 20 }, (_, i) => (i === 10 ? odd : { id: i, tags: ['a', `b${i}`], inner: { n: i } }));

/** An array with a hole at its beginning. */
function holed(): string[] {
  const list = new Array<string>(2);
  list[1] = 'b';
  return list;
}

const inherited = Object.create({ tags: ['a', 'b'], inner: { n: 0 } }) as object;
const named = Object.assign(['a', 'b'], { extra: 1 });
const shared = { n: 1 };
const odd: Readonly<Record<string, unknown>> = {
  'other keys': { id: 1, tags: ['a', 'b'] },
  'more keys': { id: 1, tags: ['a', 'b'], inner: { n: 1 }, more: 1 },
  'another order': { tags: ['a', 'b'], id: 1, inner: { n: 1 } },
  'inherited values': Object.assign(inherited, { id: 1 }),
  'a name on an array': { id: 1, tags: named, inner: { n: 1 } },
  'a hole': { id: 1, tags: holed(), inner: { n: 1 } },
  'as many holes as names': { id: 1, tags: Object.assign(holed(), { extra: 'x' }), inner: { n: 1 } },
  'a symbol for a key': { id: 1, tags: ['a', 'b'], inner: { n: 1 }, [Symbol('s')]: 1 },
  'a hidden key': Object.defineProperty({ id: 1, tags: ['a'], inner: { n: 1 } }, 'hidden', { value: 1 }),
  'a getter': {
    id: 1,
    tags: ['a', 'b'],
    inner: {
      get n() {
        return 2;
      },
    },
  },
  'another kind of value': { id: '1', tags: ['a', 'b'], inner: { n: 1 } },
  'a date': { id: 1, tags: ['a', 'b'], inner: new Date(0) },
  'a typed array': { id: 1, tags: new Uint8Array(2), inner: { n: 1 } },
  null: null,
  undefined: undefined,
  'a number': 1,
};

for (const [name, row] of Object.entries(odd)) {
  test(`one of like objects with ${name}`, () => {
    checked(besideAlike, withOne(row));
    checked(besideCopies, withOne(row));
  });
}

test('lists of all lengths, and one that changes', () => {
  const rows = Array.from({ length: 100 }, (_, i) => ({ list: Array.from({ length: i % 12 }, (_, k) => k / 2) }));
  const got = checked(besideAlike, rows) as typeof rows;
  rows[11]!.list[3] = -1;
  assert.equal(got[11]!.list[3], 1.5);
});

test('there are none of proxies, functions, symbols and objects that are in two places of a row', () => {
  const alike = { id: 1, tags: ['a', 'b'], inner: { n: 1 } };
  const none = [new Proxy(alike, {}), { ...alike, inner: () => 1 }, { ...alike, id: Symbol('s') }, () => 1];
  for (const row of [...none, { id: 1, tags: ['a', 'b'], inner: new Proxy({ n: 1 }, {}) }])
    for (const copies of [besideAlike, besideCopies]) assert.equal(copies(withOne(row), 0, 20), undefined);
  const twice = Array.from({ length: 20 }, () => ({ a: shared, b: shared }));
  for (const copies of [besideAlike, besideCopies]) assert.equal(copies(twice, 0, 20), undefined);
});

test('keys that all objects inherit are no keys of their own', () => {
  Object.defineProperty(Object.prototype, 'last', { value: 1, enumerable: true, configurable: true, writable: true });
  try {
    const rows = Array.from(
      { length: 20 },
      (_, i): Record<string, number> => (i === 10 ? { id: i } : { id: i, last: 2 }),
    );
    for (const copies of [besideAlike, besideCopies]) {
      const block = copies(rows, 0, 20);
      if (block === undefined) continue;
      assert.deepEqual(Object.keys((decodeRows(block) as object[])[10]!), ['id']);
    }
  } finally {
    delete (Object.prototype as { last?: number }).last;
  }
});

test('rows that were copied before one that is unlike the others are not read again', () => {
  for (const copy of [besideAlike, besideCopies]) {
    let ran = 0;
    const rows: unknown[] = Array.from({ length: 60 }, (_, id) => ({ id, name: `n${id}` }));
    const counting = { id: 8, name: '' };
    rows[8] = Object.defineProperty(counting, 'name', { get: () => `ran ${++ran}`, enumerable: true });
    rows[51] = { id: 51, name: new Map([[1, 2]]) };
    const copies: unknown[] = [];
    assert.equal(copy(rows, 0, 60, copies), undefined);
    assert.equal(copies.length, 51);
    const decoded = Array.from(decodeRows(encodeBehind(copies, rows, { from: 0, firstIndex: 0 })));
    assert.equal(ran, 1);
    assert.deepEqual(decoded[8], { id: 8, name: 'ran 1' });
    assert.deepEqual(decoded.slice(9), rows.slice(9));
    rows[55] = () => 1;
    assert.throws(() => encodeBehind(copies, rows, { from: 0, firstIndex: 100 }), { name: 'ValueError', index: 155 });
  }
});
