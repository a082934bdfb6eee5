import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { exit } from 'node:process';
import { after, test } from 'node:test';
import * as threads from 'node:worker_threads';
import { isMainThread } from 'node:worker_threads';
import { CaptureError } from '../../src/errors.js';
import { capture } from '../../src/function/capture.js';
import { fromModule } from '../../src/function/explicit.js';
import { stopTravel, there } from '../support/travel.js';
import {
  advance,
  bump,
  closures,
  countUp,
  current,
  fixed,
  hook,
  register,
  registry,
  setHook,
  settings,
} from './fixtures/state.mjs';

after(stopTravel);

const kinds = (fn: () => unknown) => capture(fn).code.nodes.map((node) => node.kind);

test('an exported function travels by its name', async () => {
  assert.deepEqual(kinds(bump), ['import']);
  assert.deepEqual(kinds(countUp), ['import']);
  assert.equal(await there(() => countUp()), 1);
});

test('a module stays of one piece: its exported functions go by source with closures that share its variables', async () => {
  assert.ok(!kinds(closures.shares).includes('import'));
  assert.deepEqual(await there(closures.shares), [1, 2, 2]);
});

test('an exported function that cannot go by source is imported, if nothing is shared', async () => {
  assert.ok(kinds(closures.counts).includes('import'));
  assert.deepEqual(await there(closures.counts), [2, 3]);
  assert.throws(
    () => capture(closures.countsAndReads),
    (error) => error instanceof CaptureError && error.path.join() === 'countsAndReads,countUp,count',
  );
});

test('imported data is copied as it is now', async () => {
  settings.verbose = true;
  assert.deepEqual(await there(() => [settings.verbose, fixed]), [true, 3]);
  setHook(() => 'second');
  assert.equal(await there(() => hook()), 'second');
});

test('CommonJS: require inside, module objects, destructured functions', async () => {
  const require = createRequire(import.meta.url);
  const errors = require('./fixtures/errors.cjs');
  const { fail } = errors;
  assert.equal(await there(() => typeof require('./fixtures/errors.cjs').fail), 'function');
  assert.equal(await there(() => errors.fail === fail), true);
  assert.ok(capture(fail).code.nodes.every((node) => node.kind === 'import'));
});

test('what the runner is told', () => {
  const { max } = Math;
  const data = [1];
  const traits = (fn: () => unknown) => capture(fn as () => unknown).traits;
  const none = { async: false, importsModules: false, seesThread: false, usesContext: false, stateful: false };
  assert.deepEqual(
    traits(() => max(1, fixed)),
    none,
  );
  assert.deepEqual(
    traits(async () => 1),
    { ...none, async: true },
  );
  assert.deepEqual(
    traits(async function* () {}),
    { ...none, async: true },
  );
  assert.deepEqual(
    traits(() => data),
    { ...none, stateful: true },
  );
  assert.deepEqual(
    traits(() => process.pid),
    { ...none, seesThread: true },
  );
  const helper = () => process.pid;
  assert.deepEqual(
    traits(() => helper()),
    { ...none, seesThread: true },
  );
  const world = globalThis;
  const later = Date as { later?: number };
  const seeing: readonly (() => unknown)[] = [
    () => globalThis,
    () => global.Date,
    () => world,
    () => isMainThread,
    () => threads.threadId,
    () => exit,
    () => Function('return this')(),
    new Function('return this') as () => unknown,
    () => {
      Math.abs = Math.sqrt;
    },
    () => {
      Array.prototype.at = Array.prototype.pop;
    },
    () => delete (Math as { abs?: unknown }).abs,
    () => {
      ({ a: later.later } = { a: 1 });
    },
  ];
  for (const fn of seeing) assert.equal(traits(fn).seesThread, true, String(fn));
  const blind: readonly (() => unknown)[] = [
    () => Date.now() + Math.random(),
    () => {
      data[0] = 1;
    },
    () => Object.assign({}, { global: 1, process: 1 }),
    () => ((process: number) => process)(1),
    function (this: unknown) {
      return this;
    },
  ];
  for (const fn of blind) assert.equal(traits(fn).seesThread, false, String(fn));
  assert.deepEqual(
    traits(() => import('node:path')),
    { ...none, importsModules: true },
  );
  const context = Object.assign(() => undefined, { [Symbol.for('sheaf.host')]: 'context' });
  assert.deepEqual(
    traits(() => context()),
    { ...none, usesContext: true },
  );
});

test('a second capture sees what has changed, and shares its code', () => {
  let factor = 1;
  const table = { n: 1 };
  const fn = () => [factor, table];
  const first = capture(fn);
  factor = 2;
  table.n = 2;
  const second = capture(fn);
  assert.equal(second.code, first.code);
  assert.notDeepEqual(second.values?.bytes, first.values?.bytes);
  const constant = (x: number) => x + 1;
  assert.equal(capture(constant), capture(constant));
  const make = (n: number) => () => n;
  assert.equal(capture(make(1)).code.hash, capture(make(2)).code.hash);
});

test('each instance has its own copy of what was captured', async () => {
  const list = [0];
  const fn = () => list.push(0);
  assert.deepEqual([await there(fn), await there(fn), list.length], [2, 2, 1]);
});

test('a function named by its module, without looking into anything', async () => {
  const named = fromModule<() => number>(new URL('./fixtures/state.mjs', import.meta.url), 'countUp');
  assert.equal(named.name, 'countUp');
  assert.throws(() => named(), TypeError);
  assert.deepEqual(kinds(named), ['import']);
  assert.equal(typeof (await there(named)), 'number');
  assert.throws(() => fromModule('./relative.js'), TypeError);
});

test("data of a module whose functions are called, too, is the module's own", async () => {
  const changesObject = () => {
    register('there');
    return registry.names.includes('there');
  };
  assert.equal(await there(changesObject), true);
  const changesVariable = () => {
    const before = current;
    advance('changed there');
    return [before, current];
  };
  assert.deepEqual(await there(changesVariable), ['at first', 'changed there']);
  assert.equal(current, 'at first');
});
