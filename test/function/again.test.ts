import assert from 'node:assert/strict';
import * as path from 'node:path';
import { after, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { decodeValue } from '../../src/codec/index.js';
import { CaptureError } from '../../src/errors.js';
import { capture, captureAnew } from '../../src/function/capture.js';
import type { PortableFunction } from '../../src/function/portable.js';
import { difference } from '../support/deep-same.js';
import { send, stopTravel } from '../support/travel.js';
import { primitive, value } from '../support/values.js';
import fixture from './fixtures/closures.cjs';

// Oracle: the same capture by everything, as if nothing was known from before.

after(stopTravel);

type Closure = (...args: never[]) => unknown;
type Outcome = { readonly result: PortableFunction } | { readonly refused: string };

function outcomeOf(run: () => PortableFunction): Outcome {
  try {
    return { result: run() };
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    return { refused: error.message };
  }
}

/** Captures, and compares with what the long way gives. */
function check(fn: Closure, label: string): PortableFunction | undefined {
  const short = outcomeOf(() => capture(fn));
  const long = outcomeOf(() => captureAnew(fn).result);
  if ('refused' in short || 'refused' in long) {
    assert.deepEqual(short, long, label);
    return undefined;
  }
  const { result } = short;
  assert.equal(result.code.hash, long.result.code.hash, label);
  assert.deepEqual(result.traits, long.result.traits, label);
  assert.equal(result.name, long.result.name, label);
  const { values } = result;
  assert.equal(values === undefined, long.result.values === undefined, label);
  if (values !== undefined && long.result.values !== undefined)
    assert.equal(difference(decodeValue(values), decodeValue(long.result.values)), undefined, label);
  return result;
}

let moduleVariable: unknown = 1;
const moduleHelper = (x: number) => x + 1;
let changingHelper: Closure = moduleHelper;
const count = () => moduleVariable;

class Point {
  x = 1;
}
class Named {
  static of = 'statics';
  x = Named.of;
}

type Maker = (a: unknown, b: unknown) => Closure;

const makers: Readonly<Record<string, Maker>> = {
  nothing: () => () => 1,
  globals: () => (x: number) => Math.sqrt(x) + (typeof process === 'object' ? 1 : 0),
  'a global that may come': () => () => typeof (globalThis as { aGlobal?: unknown }) + typeof aGlobal,
  one: (a) => () => a,
  'the same text elsewhere': (a) => () => a,
  two: (a, b) => () => [a, b],
  'a member': (a) => () => (a as { x: unknown }).x,
  'the type': (a) => () => typeof a,
  'a helper of its own': (a) => {
    const helper = () => a;
    return () => helper();
  },
  'two helpers': (a, b) => {
    const first = () => a;
    const second = () => b;
    return () => [first(), second(), a];
  },
  'one helper or two': (a) => {
    const make = () => () => 5;
    const first = make();
    const second = a === 0 ? first : make();
    return () => [first(), second()];
  },
  'a chain': (a, b) => {
    const inner = () => b;
    const middle = () => [inner(), a, moduleHelper(1)];
    return () => middle();
  },
  recursion: (a) => {
    const down = (n: number): unknown => (n === 0 ? a : down(n - 1));
    return down;
  },
  'two that know each other': (a) => {
    const even = (n: number): unknown => (n === 0 ? a : odd(n - 1));
    const odd = (n: number): unknown => (n === 0 ? false : even(n - 1));
    return even;
  },
  method: (a) =>
    ({
      method() {
        return a;
      },
    }).method,
  'a computed name': (a, b) => ({ [String(typeof b)]: () => a })[String(typeof b)] as Closure,
  plain: (a) =>
    function named() {
      return [a, typeof named];
    },
  generator: (a) =>
    function* () {
      yield a;
    },
  async: (a) => async () => a,
  'its module': () => () => [moduleVariable, moduleHelper(1)],
  'a variable of its module that holds a function': () => () => changingHelper(),
  'a function of its module, and what that reads': () => () => count(),
  'an import': (a) => () => path.join('a', String(a)),
  'an object that holds functions': (a) => {
    const object = { a, f: () => a };
    return () => object;
  },
  'a class': () => () => new Point().x,
  'a class with statics': () => () => Named.of,
  'a class of its own': (a) => {
    class Own {
      get() {
        return a;
      }
    }
    return () => new Own().get();
  },
  'writes to what it captures': (a) => () => {
    (a as { n: number }).n = 1;
  },
  'a CommonJS closure': (a) => fixture.make(a),
  'an export of the moment': (a) => fixture.put(a),
  'a table of a module': (a) => () => [a, fixture.size()],
};

declare const aGlobal: unknown;

const shared = { n: 1 };
const other = { n: 2 };
const specials: readonly unknown[] = [
  ...[shared, other, [1, 2, 3], { shared }, 'text', 1, 2, undefined, null],
  ...[Math, Math.sqrt, JSON, process, process.env, globalThis, path, path.join, fixture, fixture.table, fixture.make],
  ...[moduleHelper, Point, new Point(), Object.assign(() => 1, { own: 1 }), makers.one?.(1, 2), makers.one?.('x', 2)],
  ...[
    Symbol.for('known'),
    Symbol.iterator,
    Symbol('unknown'),
    Promise.resolve(),
    new Proxy({}, {}),
    new URL('file:///'),
  ],
  ...[{ f: moduleHelper }, [moduleHelper], new Map([[1, moduleHelper]]), { default: 1 }, { __esModule: true, x: 1 }],
  { [Symbol.toStringTag]: 'Module', x: 1 },
  { x: moduleHelper },
  Object.defineProperty({}, 'x', { get: () => 1, enumerable: true }),
];

const values = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...specials) },
  { weight: 3, arbitrary: primitive },
  { weight: 2, arbitrary: value },
);

const touches: Readonly<Record<string, (fn: Closure) => void>> = {
  'a property': (fn) => Object.assign(fn, { extra: 1 }),
  'a property instead of the name': (fn) => {
    Reflect.deleteProperty(fn, 'name');
    Object.assign(fn, { extra: 1 });
  },
  'another name': (fn) => Object.defineProperty(fn, 'name', { value: 'other' }),
  'a name that is none': (fn) => Object.defineProperty(fn, 'name', { value: 5 }),
  'another prototype': (fn) => Object.setPrototypeOf(fn, Math.sqrt),
  'a method': (fn) => {
    if (fn.prototype !== undefined) fn.prototype.method = () => 1;
  },
  'a replaced prototype': (fn) => {
    if (Object.getOwnPropertyDescriptor(fn, 'prototype')?.writable) fn.prototype = new Point();
  },
};

const events: Readonly<Record<string, () => void>> = {
  'the variable of the module is an object': () => {
    moduleVariable = shared;
  },
  'the variable of the module is a number': () => {
    moduleVariable = 7;
  },
  'the variable of the module is a function': () => {
    moduleVariable = moduleHelper;
  },
  'the helper is another': () => {
    changingHelper = () => 2;
  },
  'the helper is the first': () => {
    changingHelper = moduleHelper;
  },
  'a global comes': () => {
    (globalThis as { aGlobal?: unknown }).aGlobal = 3;
  },
  'a global goes': () => {
    delete (globalThis as { aGlobal?: unknown }).aGlobal;
  },
};

const step = fc.record({
  maker: fc.constantFrom(...Object.keys(makers)),
  a: values,
  b: values,
  touch: fc.option(fc.constantFrom(...Object.keys(touches)), { freq: 8, nil: undefined }),
  event: fc.option(fc.constantFrom(...Object.keys(events)), { freq: 6, nil: undefined }),
});

/** Another value of the same kind. */
function like(one: unknown): unknown {
  if (typeof one === 'number') return one + 1;
  if (typeof one === 'string') return `${one}.`;
  if (Array.isArray(one)) return [...one];
  const isPlain = typeof one === 'object' && one !== null && Object.getPrototypeOf(one) === Object.prototype;
  return isPlain ? Object.create(Object.prototype, Object.getOwnPropertyDescriptors(one)) : one;
}

test('closures of a place that was captured before are captured as if it had not been', () => {
  let reused = 0;
  let all = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
      for (const { maker, a, b, touch, event } of steps) {
        if (event !== undefined) events[event]?.();
        const fn = makers[maker]?.(a, b) as Closure;
        if (touch !== undefined) touches[touch]?.(fn);
        const label = `${maker}, ${touch ?? 'untouched'}`;
        const result = check(fn, label);
        const next = check(makers[maker]?.(like(a), like(b)) as Closure, `${label}, and one like it`);
        if (result !== undefined && touch === undefined) all++;
        if (result !== undefined && touch === undefined && next?.code === result.code) reused++;
        check(fn, `${label}, again`);
        if (touch === undefined) Object.values(touches)[steps.length % 7]?.(fn);
        check(fn, `${label}, touched`);
      }
    }),
    { numRuns: 150 },
  );
  assert.ok(reused > all / 2, `only ${reused} of ${all} closures were captured the short way`);
});

test('what was captured of one closure is used for the next', () => {
  const one = (k: number, text: string, list: number[]) => () => [k, text, list];
  assert.equal(capture(one(1, 'a', [1])).code, capture(one(2, 'b', [2, 3])).code);
  const nested = (k: number) => {
    const inner = () => k;
    return () => inner();
  };
  assert.equal(capture(nested(1)).code, capture(nested(2)).code);
  const nothing = () => () => 1;
  assert.equal(capture(nothing()), capture(nothing()));
});

test('variables that share an object, and later share it no longer', async () => {
  let a = [1];
  let b = a;
  const fn = () => [a, b, a === b];
  assert.deepEqual(await send(capture(fn), []), [[1], [1], true]);
  b = [2];
  assert.deepEqual(await send(capture(fn), []), [[1], [2], false]);
  a = b;
  assert.deepEqual(await send(capture(fn), []), [[2], [2], true]);
});

test('closures that keep state of their own on themselves do not share it', () => {
  const make = () =>
    function self(): number {
      const counter = self as unknown as { n?: number };
      counter.n = (counter.n ?? 0) + 1;
      (self as unknown as { n?: number }).n = counter.n;
      return counter.n;
    };
  const first = capture(make());
  const second = capture(make());
  assert.equal(first.traits.stateful, true);
  assert.notEqual(first, second);
  assert.equal(first.code.hash, second.code.hash);
});

test('a variable without a value yet, where an earlier closure had one', () => {
  const make = (isEarly: boolean) => {
    const fn = () => later;
    if (isEarly) return check(fn, 'early');
    const later = 1;
    return check(fn, 'late');
  };
  assert.notEqual(make(false), undefined);
  assert.equal(make(true), undefined);
  assert.notEqual(make(false), undefined);
});

test('variables that eval has declared around a closure', () => {
  check(fixture.afterEval(''), 'nothing');
  check(fixture.afterEval('var injected = 1'), 'a variable');
  check(fixture.afterEval('var injected = 2'), 'another value');
  check(fixture.afterEval(''), 'nothing again');
  check(fixture.afterEval('var Math = 1'), 'something else');
});

test('closures do not keep one another alive', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const make = (data: number[]) => {
    const helper = () => data;
    return () => helper();
  };
  const kept = (() => {
    const data = new Array<number>(1000).fill(1);
    capture(make(data));
    return new WeakRef(data);
  })();
  for (let i = 0; i < 20 && kept.deref() !== undefined; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  assert.equal(kept.deref(), undefined);
});
