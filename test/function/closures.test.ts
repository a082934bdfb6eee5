import assert from 'node:assert/strict';
import * as path from 'node:path';
import { basename as base, join } from 'node:path';
import { after, test } from 'node:test';
import { stopTravel, there } from '../support/travel.js';

after(stopTravel);

test('a function without variables', async () => {
  assert.equal(await there((x: number) => x * x, 7), 49);
});

test('captured primitives, exactly', async () => {
  const values = [1, -0, Number.NaN, 'text', undefined, null, true, 12n] as const;
  for (const value of values) {
    const [result] = (await there(() => [value])) as [unknown];
    assert.ok(Object.is(result, value), String(value));
  }
});

test('captured objects keep what they share', async () => {
  const shared = { n: 1 };
  const a = { shared };
  const b = [shared, a];
  assert.deepEqual(await there(() => [a.shared === b[0], b[1] === a, a.shared === shared, shared.n]), [
    true,
    true,
    true,
    1,
  ]);
});

test('helpers, nested functions and mutual recursion', async () => {
  const isEven = (n: number): boolean => (n === 0 ? true : isOdd(n - 1));
  function isOdd(n: number): boolean {
    return n === 0 ? false : isEven(n - 1);
  }
  const offset = 2;
  const outer = (n: number) => {
    const inner = (m: number) => m + offset;
    return [isEven(inner(n)), isOdd(inner(n))];
  };
  assert.deepEqual(await there(outer, 8), [true, false]);
  assert.deepEqual(await there(outer, 9), [false, true]);
});

test('a named function expression calls itself', async () => {
  const fact = function self(n: number): number {
    return n < 2 ? 1 : n * self(n - 1);
  };
  assert.equal(await there(fact, 6), 720);
});

test('imports: namespace, named, renamed, global', async () => {
  assert.deepEqual(
    await there((name: string) => [path.extname(name), join('a', 'b'), base(name), Math.max(1, 2)], '/x/y.txt'),
    ['.txt', 'a/b', 'y.txt', 2],
  );
});

test('async functions, generators, async generators', async () => {
  const step = 2;
  async function* numbers(n: number) {
    for (let i = 0; i < n; i++) yield i * step;
  }
  function* letters() {
    yield* 'ab';
  }
  const all = async (n: number) => {
    const found: unknown[] = [...letters()];
    for await (const x of numbers(n)) found.push(x);
    return found;
  };
  assert.deepEqual(await there(all, 3), ['a', 'b', 0, 2, 4]);
});

test('parameters: defaults, destructuring, rest', async () => {
  const fallback = 5;
  const fn = (
    { a, b: { c = fallback } = {} }: { a: number; b?: { c?: number } },
    [d = a]: number[],
    ...rest: number[]
  ) => [a, c, d, rest];
  assert.deepEqual(await there(fn, { a: 1 }, [], 8, 9), [1, 5, 1, [8, 9]]);
});

test('methods in shorthand, getters, computed names', async () => {
  const factor = 3;
  const key = 'computed name';
  const object = {
    times(x: number) {
      return x * factor;
    },
    async [key](x: number) {
      return x + factor;
    },
    get doubled() {
      return factor * 2;
    },
    helper: (x: number) => -x,
  };
  assert.equal(await there(object.times, 4), 12);
  assert.equal(await there(object[key], 4), 7);
  assert.deepEqual(await there((x: number) => [object.times(x), object.doubled, object.helper(x)], 2), [6, 6, -2]);
});

test('classes, their statics, private fields and superclasses', async () => {
  class Shape {
    static made = 0;
    static of(n: number) {
      return new this(n);
    }
    #n: number;
    constructor(n: number) {
      this.#n = n;
    }
    get n() {
      return this.#n;
    }
    area() {
      return 0;
    }
  }
  class Square extends Shape {
    override area() {
      return this.n ** 2 + super.area();
    }
  }
  Shape.made = 5;
  const fn = (n: number) => {
    const square = new Square(n);
    return [square.area(), square instanceof Shape, Shape.made, Square.of(2).area(), Square.name];
  };
  assert.deepEqual(await there(fn, 3), [9, true, 5, 4, 'Square']);
});

test('import.meta', async () => {
  const [url, filename, dirname, relative] = await there(() => [
    import.meta.url,
    import.meta.filename,
    import.meta.dirname,
    import.meta.resolve('./x.js'),
  ]);
  assert.deepEqual(
    [url, filename, dirname, relative],
    [import.meta.url, import.meta.filename, import.meta.dirname, import.meta.resolve('./x.js')],
  );
});

test('dynamic import from the place of the file', async () => {
  assert.equal(await there(async () => (await import('../support/travel.js')).there.name), 'there');
});

test('data that holds functions: arrays, maps, sets, nested objects', async () => {
  const double = (x: number) => x * 2;
  const list = [double, (x: number) => x + 1];
  const map = new Map([['double', double]]);
  const set = new Set([double]);
  const nested = { deep: { fn: double, data: { n: 4 } } };
  const fn = () => [list.map((f) => f(nested.deep.data.n)), map.get('double') === list[0], set.has(nested.deep.fn)];
  assert.deepEqual(await there(fn), [[8, 5], true, true]);
});

test('native functions by the path that leads to them', async () => {
  const { max } = Math;
  const { isArray } = Array;
  const has = Object.prototype.hasOwnProperty;
  assert.deepEqual(await there(() => [max(1, 5), isArray([]), has.call({ a: 1 }, 'a')]), [5, true, true]);
  assert.equal(await there(Math.sqrt, 81), 9);
  const { log } = console;
  const { cwd, hrtime } = process;
  const own = () => [log === console.log, cwd === process.cwd, typeof hrtime.bigint(), cwd()];
  assert.deepEqual(await there(own), [true, true, 'bigint', process.cwd()]);
  assert.equal(await there(console.error), undefined);
});

test('long chains of functions', async () => {
  let last = (n: number): number => n;
  for (let i = 0; i < 2000; i++) {
    const inner = last;
    last = (n) => inner(n) + 1;
  }
  assert.equal(await there(last, 5), 2005);
});
