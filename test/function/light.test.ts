import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capture } from '../../src/function/capture.js';
import { isLight } from '../../src/function/light.js';

interface Row {
  n: number;
  size: number;
  list: number[];
  inner: { n: number };
}
type Fn = (...args: never[]) => unknown;

const factor = 3;
const name = 'x';
const object = { n: 1 };
const long = 'x'.repeat(1000);
const helper = (x: number): number => x;
const withProperty = Object.assign((x: number) => x, { extra: 1 });

const light: Readonly<Record<string, Fn>> = {
  arithmetic: (x: number) => x * x + 1,
  'of an index': (x: number, i: number) => x * i,
  'with a captured number': (x: number) => x * factor,
  'with a captured short string': (x: number) => x + name,
  'of Math': (x: number) => Math.sqrt(x) + Math.max(x, 1),
  'a choice': (x: number) => (x > 1 && x < 10 ? x : -x),
  members: (row: Row) => row.inner.n + row.list[0]! + row.list.length,
  'an object with one field changed': (row: Row) => ({ ...row, n: row.n + 1 }),
  'a nested literal': (row: Row) => ({ a: [row.n, { b: row.list }], 'c-d': typeof row }),
  'a function expression': (x: number) => x,
};
const heavy: Readonly<Record<string, Fn>> = {
  'a call': (x: number) => helper(x),
  'a method': (x: number) => x.toFixed(),
  'a method that is not called': (x: number) => x.toFixed,
  'a member that all objects have': (row: Row) => row.constructor,
  // biome-ignore lint/complexity/useLiteralKeys: that is the point
  'the same by a string': (row: Row) => row['constructor'],
  'a member with a computed name': (row: Row) => row[name as 'n'],
  'a captured object': (x: number) => [x, object],
  'a long captured string': (x: number) => long + x,
  'a loop': (x: number) => {
    for (let i = 0; i < x; i++);
    return x;
  },
  'an assignment': (row: Row) => {
    row.n = 1;
    return row;
  },
  'an assignment in an expression': (row: Row) => (row.n = 1),
  'an increment': (row: Row) => row.n++,
  'a delete': (row: Partial<Row>) => delete row.n,
  'a function inside': (x: number) => () => x,
  'a method inside': (x: number) => ({
    f() {
      return x;
    },
  }),
  'a getter inside': (x: number) => ({
    get f() {
      return x;
    },
  }),
  'a prototype': (row: Row) => ({ __proto__: row }),
  'a computed key': (x: number) => ({ [x]: x }),
  'a default': (x = 1) => x,
  'a pattern': ({ n }: Row) => n,
  'an async function': async (x: number) => x,
  'a generator': function* (x: number) {
    yield x;
  },
  this: function (this: unknown) {
    return this;
  },
  'its arguments': function (_: number) {
    // biome-ignore lint/complexity/noArguments: they are the point
    return arguments;
  },
  'a global': (x: number) => [x, globalThis],
  'new': (x: number) => new Date(x),
  'a regular expression': (_: number) => /x/,
  'a bigint': (_: number) => 2n,
  'a power': (x: number) => x ** x,
  'a spread call': (row: Row) => Math.max(...row.list),
  'a spread list': (row: Row) => [...row.list],
  'what Math has not': (x: number) => Object.hasOwn(Math as unknown as Record<string, (x: number) => number>, x),
  'a property of its own': withProperty,
};

for (const [what, fn] of Object.entries(light)) test(`light: ${what}`, () => assert.equal(isLight(capture(fn)), true));
for (const [what, fn] of Object.entries(heavy))
  test(`not light: ${what}`, () => assert.equal(isLight(capture(fn)), false));

test('not light: a Math of the program', () => {
  // biome-ignore lint/suspicious/noShadowRestrictedNames: that is the point
  const Math = { sqrt: (x: number) => x };
  assert.equal(isLight(capture((x: number) => Math.sqrt(x))), false);
});
