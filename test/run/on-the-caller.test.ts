/** Which maps the caller's own thread takes part in, and that it has time for other things meanwhile. All that may be are forced to be. */
import '../contract/always-here.js';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isMainThread } from 'node:worker_threads';
import { context, Pool } from 'sheaf';
import { numbers } from '../contract/check.js';

/** Rows are told by what they see of the thread that they run on. */
interface Seen {
  caller?: true;
  /** Turns of the caller's event loop so far. */
  turn?: number;
  /** For each row, in which turn it ran. */
  turns?: number[];
}
/** A built-in object, which is another in each thread. */
const here = JSON as unknown as Seen;

const where = (): string => ((JSON as unknown as Seen).caller === true ? 'caller' : 'worker');

describe('the thread of the caller', { timeout: 120_000 }, () => {
  let pool: Pool;
  before(() => {
    here.caller = true;
    pool = new Pool({ workers: 2 });
  });
  after(async () => {
    delete here.caller;
    await pool.close();
  });

  const places: Readonly<Record<string, readonly [place: string, ran: () => PromiseLike<unknown>]>> = {
    'what is synchronous and imports nothing': ['caller', () => pool.map(numbers(100), where)],
    'what has variables': ['caller', () => pool.map(numbers(100), (x) => (x < 0 ? '' : where()))],
    'with inline: false': ['worker', () => pool.map(numbers(100), where, { inline: false })],
    'what is async': ['worker', () => pool.map(numbers(100), async () => where())],
    'what imports a module that is not built in': [
      'worker',
      () => pool.map(numbers(100), () => (numbers(1).length === 1 ? where() : '')),
    ],
    'what asks for its context': [
      'worker',
      () => pool.map(numbers(100), () => (context().attempt === 1 ? where() : '')),
    ],
    'what mentions process': ['worker', () => pool.map(numbers(100), () => (process.pid > 0 ? where() : ''))],
    'what asks for the global object': [
      'worker',
      () => pool.map(numbers(100), () => (globalThis.Array === Array ? where() : '')),
    ],
    'what asks for the thread': ['worker', () => pool.map(numbers(100), () => (isMainThread ? 'caller' : 'worker'))],
    'what changes a built-in object': [
      'worker',
      () =>
        pool.map(numbers(100), () => {
          (JSON as unknown as { changed: number }).changed = 1;
          return where();
        }),
    ],
    'what has a bound of time': ['worker', () => pool.map(numbers(100), where, { timeoutMs: 60_000 })],
    'what has a policy of its own': ['worker', () => pool.map(numbers(100), where, { allocation: 'round-robin' })],
    'what several of are under way': ['worker', () => pool.map(numbers(100), where, { concurrency: 4 })],
  };
  for (const [name, [place, ran]] of Object.entries(places)) {
    test(`${place === 'caller' ? 'does' : 'does not do'} ${name}`, async () => {
      assert.deepEqual([...new Set((await ran()) as string[])], [place]);
    });
  }

  /** Runs rows that take `us` of the clock each from the row `from` on; how many of those ran in one turn of the event loop, at most. */
  async function mostInATurn(rows: number, from: number, us: number): Promise<number> {
    here.turn = 0;
    here.turns = [];
    let isOver = false;
    const turn = (): void => {
      here.turn!++;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    await pool.map(numbers(rows), (x) => {
      if (x < from) return x;
      const { turn, turns } = JSON as unknown as Seen;
      turns!.push(turn!);
      for (const end = performance.now() + us / 1000; performance.now() < end; );
      return x;
    });
    isOver = true;
    assert.equal(here.turns.length, rows - from, 'all ran here');
    const counts = new Map<number, number>();
    for (const one of here.turns) counts.set(one, (counts.get(one) ?? 0) + 1);
    return Math.max(...counts.values());
  }

  test('gives way after each row that takes some milliseconds', async () => {
    assert.equal(await mostInATurn(30, 0, 3000), 1);
  });

  test('gives way after some milliseconds also where rows turn out a thousand times dearer than those before', async () => {
    const most = await mostInATurn(100_000, 96_000, 10);
    assert.ok(most <= 1000, `${most} rows of 10 µs in one turn`);
  });
});
