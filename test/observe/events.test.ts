import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Engine, inline, local, Pool, type SheafEvent } from 'sheaf';
import { checkStory, ofKind, rowsDone } from './story.js';

const engines: Record<string, () => Engine> = {
  threads: () => local({ workers: 2 }),
  processes: () => local({ workers: 2, isolation: 'process' }),
  inline: () => inline(),
};

async function eventsOf(engine: Engine, work: (pool: Pool) => Promise<unknown>): Promise<SheafEvent[]> {
  const seen: SheafEvent[] = [];
  const pool = new Pool({ engine });
  pool.events.listen((event) => seen.push(event));
  await work(pool);
  await pool.close();
  return seen;
}

for (const [name, make] of Object.entries(engines)) {
  describe(`events of ${name}`, () => {
    test('of maps and calls that go well and badly', async () => {
      const events = await eventsOf(make(), async (pool) => {
        assert.deepEqual(
          await pool.map([1, 2, 3, 4, 5], (x) => x * x, { chunkSize: 2, label: 'squares' }),
          [1, 4, 9, 16, 25],
        );
        const many = Array.from({ length: 5000 }, (_, i) => i);
        await pool.map(many, (x) => x + 1);
        await pool.map(many, (x) => `${x}`, { inline: false });
        await Promise.allSettled(many.slice(0, 40).map((n) => pool.run(failsOn7, [n], { label: 'call' })));
        await pool.map([7, 8, 9], failsOn7, { retries: 1, label: 'retried' }).settled();
        await assert.rejects(pool.map([7], failsOn7, { label: 'fails' }).then());
      });
      checkStory(events);
      const { tasks, jobs } = rowsDone(events);
      assert.equal(tasks, jobs);
      assert.equal(jobs, 5 + 5000 + 5000 + 36 + 2);
      const started = ofKind(events, 'job-started');
      assert.deepEqual([started[0]!.label, started[0]!.of, started[0]!.total], ['squares', 'map', 5]);
      const retried = started.find(({ label }) => label === 'retried')!.job;
      const failures = ofKind(events, 'item-failed').filter(({ job }) => job === retried);
      assert.deepEqual(
        failures.map(({ index, item, attempt, again, cause }) => [index, item, attempt, again, cause.message]),
        [
          [0, '7', 1, 0, 'not 7'],
          [0, '7', 2, undefined, 'not 7'],
        ],
      );
      const again = ofKind(events, 'task-submitted').filter(({ cause }) => cause === 'failed');
      assert.deepEqual(
        again.map(({ attempt, job }) => [attempt, job]),
        [[2, retried]],
      );
      const fails = started.find(({ label }) => label === 'fails')!.job;
      const end = ofKind(events, 'job-ended').find(({ job }) => job === fails)!;
      assert.deepEqual([end.outcome, end.done, end.failed, end.cause?.message], ['failed', 0, 1, 'not 7']);
      assert.match(end.cause?.stack ?? '', /events\.test/);
    });

    test('of a job that is cancelled and an engine that is terminated', async () => {
      const seen: SheafEvent[] = [];
      const engine = make();
      engine.events.listen((event) => seen.push(event));
      const pool = new Pool({ engine });
      const job = pool.map([1], () => new Promise<void>(() => {}), { label: 'endless' });
      const job2 = pool.map([1], () => new Promise<void>(() => {}), { label: 'endless too' });
      await until(seen, () => ofKind(seen, 'task-sent').length > 0);
      job.cancel(new Error('enough'));
      await assert.rejects(job.then());
      await Promise.all([assert.rejects(job2.then()), pool.terminate()]);
      checkStory(seen);
      assert.deepEqual(
        ofKind(seen, 'job-ended').map(({ outcome }) => outcome),
        ['cancelled', 'cancelled'],
      );
      assert.match(ofKind(seen, 'job-ended')[0]!.cause!.message, /enough/);
    });
  });
}

for (const isolation of ['thread', 'process'] as const) {
  test(`a lost worker (${isolation}), whose place another takes, and what becomes of its row`, async () => {
    const events = await eventsOf(local({ workers: 2, isolation }), async (pool) => {
      const results = await pool.map([1, 2, 3], (x) => (x === 2 ? process.exit(3) : x)).settled();
      assert.deepEqual(
        results.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      );
    });
    checkStory(events);
    const lost = ofKind(events, 'worker-ended').filter(({ expected }) => !expected);
    assert.equal(lost.length, 3);
    for (const { cause, tasks } of lost) assert.deepEqual([cause.how, cause.code, tasks > 0], ['exited', 3, true]);
    const replaced = ofKind(events, 'worker-started').flatMap(({ cause }) => cause?.replaces ?? []);
    assert.ok(replaced.length > 0);
    for (const worker of replaced)
      assert.ok(
        lost.some((end) => end.worker === worker),
        `worker ${worker} was lost`,
      );
    const failed = ofKind(events, 'item-failed');
    assert.deepEqual(
      failed.map(({ index, cause, again }) => [index, cause.name, again]),
      [[1, 'WorkerLostError', undefined]],
    );
    if (isolation === 'process') for (const { pid } of ofKind(events, 'worker-started')) assert.ok(pid! > 0);
  });
}

test('a task that takes long tells of its rows, and gives rows back', async () => {
  const events = await eventsOf(local({ workers: 2 }), (pool) =>
    pool.map(
      Array.from({ length: 20_000 }, (_, i) => i),
      (n) => {
        const end = performance.now() + (n < 19_000 ? 0 : 0.2);
        while (performance.now() < end);
        return n;
      },
    ),
  );
  checkStory(events);
  assert.deepEqual(rowsDone(events), { tasks: 20_000, jobs: 20_000 });
});

test('iterated: everything from then on, until the engine closes', async () => {
  const pool = new Pool({ workers: 1 });
  assert.equal(pool.events.active, false);
  const seen: SheafEvent[] = [];
  const reading = (async () => {
    for await (const event of pool.events) seen.push(event);
  })();
  assert.equal(pool.events.active, true);
  await pool.map([1], (x) => x);
  await pool.close();
  await reading;
  checkStory(seen);
  for await (const event of pool.events) assert.fail(`after the end: ${event.kind}`);
});

test('a loop that is left listens no longer', async () => {
  await using pool = new Pool({ workers: 1 });
  for await (const event of pool.events) {
    assert.equal(event.kind, 'engine-opened');
    break;
  }
  assert.equal(pool.events.active, false);
});

test('who comes later hears what there is', async () => {
  await using pool = new Pool({ workers: 1 });
  await pool.map([1], (x) => x);
  const seen: SheafEvent[] = [];
  pool.events.listen((event) => seen.push(event));
  assert.deepEqual(
    seen.map(({ kind }) => kind),
    ['engine-opened', 'worker-started', 'worker-ready'],
  );
});

test('an iterator drops the oldest past what it holds, and says how many', async () => {
  const pool = new Pool({ engine: inline() });
  const iterator = pool.events[Symbol.asyncIterator]();
  const all: SheafEvent[] = [];
  pool.events.listen((event) => all.push(event));
  await pool.map(
    Array.from({ length: 4000 }, (_, i) => i),
    (x) => x,
    { chunkSize: 1, inline: false },
  );
  await pool.close();
  const first = (await iterator.next()).value as SheafEvent;
  assert.equal(first.kind, 'events-dropped');
  const rest: SheafEvent[] = [];
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) rest.push(next.value);
  assert.equal(rest.length, 10_000);
  assert.deepEqual(rest, all.slice(-10_000));
  assert.equal((first as { count: number }).count, all.length - rest.length);
});

function failsOn7(n: number): number {
  if (n % 10 === 7) throw new Error(`not ${n}`);
  return n;
}

/** Lets the loop turn until something was told. */
async function until(seen: readonly SheafEvent[], holds: () => boolean): Promise<void> {
  const end = performance.now() + 30_000;
  while (!holds()) {
    if (performance.now() > end) assert.fail(`only ${seen.length} events`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
