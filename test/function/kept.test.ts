import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pool } from 'sheaf';
import { capture } from '../../src/function/capture.js';
import type { AnyFunction, PortableFunction } from '../../src/function/portable.js';
import { codesKept } from '../../src/worker/codes.js';
import { type WorkerFunction, WorkerFunctions } from '../../src/worker/functions.js';
import { Loops } from '../../src/worker/sprint.js';

const definitionOf = ({ name, code, values, traits }: PortableFunction) => ({
  ...{ name, hash: code.hash, code, values, stateful: traits.stateful },
});

let id = 0;
async function define(functions: WorkerFunctions, fn: AnyFunction): Promise<WorkerFunction> {
  functions.define(++id, definitionOf(capture(fn)));
  return functions.get(id);
}

test('functions that capture nothing and keep nothing are one in a worker, however often they are made', async () => {
  const functions = new WorkerFunctions();
  const make = () => (x: number) => x * x;
  const first = await define(functions, make());
  const second = await define(functions, make());
  assert.equal(first.get(false), second.get(false));
  assert.equal(first.sprinter(false, true), second.sprinter(false, true));
});

test('functions that capture values are one each', async () => {
  const functions = new WorkerFunctions();
  const make = (k: number) => (x: number) => x * k;
  const first = await define(functions, make(2));
  const second = await define(functions, make(3));
  assert.deepEqual([first.get(false)(5), second.get(false)(5), first.get(true)(5)], [10, 15, 10]);
});

test('loops are shared by instances of one code, and have a text of their own for each', () => {
  const [loops, others] = [new Loops(), new Loops()];
  const loop = loops.of(true, 'values');
  assert.equal(loops.of(true, 'values'), loop);
  assert.notEqual(String(others.of(true, 'values')), String(loop));
});

test('functions that keep state on themselves, or on what they capture, are one each', async () => {
  const functions = new WorkerFunctions();
  const self = () =>
    function count(): number {
      const state = count as unknown as { n: number };
      (count as unknown as { n: number }).n = (state.n ?? 0) + 1;
      return state.n;
    };
  const callee = () =>
    new Function('arguments.callee.n = (arguments.callee.n ?? 0) + 1; return arguments.callee.n;') as () => number;
  const ofHelper = () => {
    const helper = () => 1;
    return () => {
      (helper as unknown as { n: number }).n = ((helper as unknown as { n?: number }).n ?? 0) + 1;
      return (helper as unknown as { n: number }).n;
    };
  };
  for (const make of [self, callee, ofHelper]) {
    const [one, other] = [await define(functions, make()), await define(functions, make())];
    assert.deepEqual([one.get(false)(), one.get(false)(), one.get(true)(), other.get(false)()], [1, 2, 1, 1]);
  }
});

test('a worker that has met many functions still has the first ones', async () => {
  await using pool = new Pool({ workers: 1 });
  const named = (name: string) => ({ [name]: () => name.length })[name] as () => number;
  const later = named('later');
  assert.equal(await pool.run(later), 5);
  for (let i = 0; i < codesKept + 10; i += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, k) => pool.run(named(`f${i + k}`))));
  }
  assert.equal(await pool.run(later), 5);
  assert.equal(await pool.run(named('f0')), 2);
  assert.equal(await pool.run(named('f500')), 4);
});

test('a function whose code was dropped meanwhile can still be made', async () => {
  const functions = new WorkerFunctions();
  const make = (k: number) => () => k;
  const { hash, ...rest } = definitionOf(capture(make(1)));
  functions.define(0, { hash, ...rest });
  const later = definitionOf(capture(make(2)));
  functions.define(-1, { ...later, code: undefined });
  for (let i = 1; i <= codesKept; i++) functions.define(-1 - i, { ...later, hash: `${hash}${i}` });
  assert.throws(() => functions.define(-5000, { ...later, code: undefined }), /not known/);
  assert.equal((await functions.get(-1)).get(false)(), 2);
  assert.equal((await functions.get(0)).get(true)(), 1);
});
