import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { copies } from '../../bench/events/copies.js';

const counter = globalThis as unknown as { sheafChecks: number };
const nothing = (n: number): number => n;
const library = await copies(join('build', 'events-test'));
const pool = new library.counting.Pool({ workers: 2 });
after(() => pool.close());

const burst = async (calls: number): Promise<number> => {
  counter.sheafChecks = 0;
  const list = Array.from({ length: calls }, (_, i) => i);
  assert.deepEqual(await Promise.all(list.map((n) => pool.run(nothing, [n]))), list);
  return counter.sheafChecks;
};

test('with nobody listening, whether somebody does is asked for tasks, and not for each call', async () => {
  await burst(1000);
  const checks = await burst(20_000);
  assert.ok(checks > 0, 'they are counted');
  assert.ok(checks < 2000, `${checks} checks for 20,000 calls`);
});

test('a copy without events gives the same results, and tells nothing', async () => {
  const without = new library.without.Pool({ workers: 2 });
  const told: string[] = [];
  without.events.listen(({ kind }) => told.push(kind));
  const present = told.length;
  assert.deepEqual(await without.map([1, 2, 3], (n) => n * 2), [2, 4, 6]);
  assert.equal(told.length, present);
  await without.close();
});
