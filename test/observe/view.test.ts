import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import type { SheafEvent } from 'sheaf';
import { leftOf, rateOf, shareOf, whyWaits } from '../../src/observe/reading.js';
import { type Span, Spans } from '../../src/observe/spans.js';
import { RunView } from '../../src/observe/view.js';
import { cleanEnvironment, Folder } from '../cli/command.js';
import { join as joined, manyTasks } from '../dashboard/made-up.js';

const folder = new Folder();
after(() => folder.remove());

function viewOf(events: readonly SheafEvent[]): RunView {
  const view = new RunView();
  for (const event of events) view.apply(event);
  return view;
}

const plain = (view: RunView): unknown => JSON.parse(JSON.stringify(view));

describe('a view of a run', () => {
  for (const [name, events] of [
    ['many', manyTasks(500, 3)],
    ['join', joined(6)],
  ] as const) {
    test(`${name}: sent as JSON at any moment, it goes on from there as if nothing had been`, () => {
      const whole = plain(viewOf(events));
      fc.assert(
        fc.property(fc.nat(events.length), (at) => {
          const half = viewOf(events.slice(0, at));
          const sent = RunView.from(JSON.parse(JSON.stringify(half)));
          for (const event of events.slice(at)) sent.apply(event);
          assert.deepEqual(plain(sent), whole);
        }),
        { numRuns: 30 },
      );
    });
  }

  test('counts what the events tell', () => {
    const view = viewOf(manyTasks(20_000, 4));
    const { totals, spans, workers } = view;
    assert.deepEqual([spans.size, totals.tasks.done, totals.tasks.threw, view.tasks.size], [20_000, 19_998, 2, 0]);
    assert.equal(
      workers.reduce((sum, worker) => sum + worker.tasks, 0),
      20_000,
    );
    const busy = Array.from({ length: spans.size }, (_, i) => spans.at(i)).reduce(
      (sum, span) => sum + span.end - span.start,
      0,
    );
    assert.ok(Math.abs(busy - totals.busyMs) < 1e-3);
  });

  test('stages, exchanges, spills: what went where', () => {
    const events = joined();
    const view = viewOf(events);
    const written = events.filter((event) => event.kind === 'exchange-written');
    for (const exchange of view.exchanges.values()) {
      const own = written.filter((event) => event.exchange === exchange.exchange);
      assert.equal(
        exchange.rows,
        own.reduce((sum, { rows }) => sum + rows, 0),
      );
      assert.equal(Object.keys(exchange.cells).length, own.length);
      assert.equal(exchange.partitionRows.indexOf(Math.max(...exchange.partitionRows)), 5);
    }
    const [job] = [...view.jobs.values()];
    assert.deepEqual(
      job!.stages.map(({ done, ms }) => [done, ms.length]),
      Array.from({ length: 4 }, () => [16, 16]),
    );
    assert.equal(shareOf(job!), 1);
    assert.equal(view.totals.spilledBytes, 7 * 8 * 2 ** 20);
    assert.equal(view.totals.workersLost, 1);
  });

  test('rate, time left, and why a task waits', () => {
    const events = manyTasks(1000, 2);
    const half = events.slice(0, events.length / 2);
    const view = viewOf(half);
    const job = view.jobs.get(0)!;
    const rest = events.at(-1)!.time - half.at(-1)!.time;
    const left = leftOf(job, view.now)!;
    assert.ok(Math.abs(left - rest) / rest < 0.3, `${left} ms left, ${rest} in truth`);
    assert.ok(rateOf(job, view.now) > 0);
    const at = { engine: 0, time: events[0]!.time };
    const start: SheafEvent[] = [
      { ...at, kind: 'engine-opened', workers: 'thread', slots: 1, pid: 1, node: '22' },
      { ...at, kind: 'job-started', job: 0, label: 'x', of: 'map' },
      ...[0, 1, 2].map(
        (task): SheafEvent => ({ ...at, kind: 'task-submitted', job: 0, task, attempt: 1, rows: 1, firstIndex: task }),
      ),
    ];
    const say = (more: SheafEvent[]): string[] => {
      const seen = viewOf([...start, ...more]);
      return [...seen.tasks.values()].map((task) => whyWaits(seen, task));
    };
    assert.deepEqual(new Set(say([])), new Set(['no worker is up yet']));
    const up: SheafEvent[] = [
      { ...at, kind: 'worker-started', worker: 0, is: 'thread' },
      { ...at, kind: 'worker-ready', worker: 0 },
      ...[0, 1].map((task): SheafEvent => ({ ...at, kind: 'task-sent', job: 0, task, attempt: 1, worker: 0 })),
    ];
    assert.deepEqual(say(up), [
      'runs on worker 0',
      'behind one task on worker 0; an idle worker may take it',
      'all 1 workers are busy; it is next',
    ]);
  });
});

test('spans past what is kept: the oldest go, the others stay what they are', () => {
  const spans = new Spans(1000);
  const span = (task: number): Span => ({
    start: task,
    end: task + 0.5,
    waitedMs: 1,
    worker: task % 3,
    job: 1,
    task,
    rows: task,
    partition: -1,
    stage: -1,
    attempt: 1,
    outcome: 0,
  });
  for (let task = 0; task < 5050; task++) spans.add(span(task));
  assert.ok(spans.size <= 1000 && spans.size >= 900);
  assert.equal(spans.size + spans.dropped, 5050);
  for (let i = 0; i < spans.size; i++) assert.deepEqual(spans.at(i), span(spans.dropped + i));
  const sent = Spans.from(JSON.parse(JSON.stringify(spans)));
  assert.deepEqual(sent.at(sent.size - 1), span(5049));
});

test('a log that is cut off is read up to there; one with a line that is no event is refused', () => {
  const lines = manyTasks(10, 1).map((event) => JSON.stringify(event));
  const cut = folder.file('cut.jsonl', `${lines.join('\n')}\n{"kind":"task-en`);
  const { code, stdout } = folder.sheaf(['report', '--json', 'cut.jsonl'], cleanEnvironment());
  assert.equal(code, 0);
  assert.equal(JSON.parse(stdout).totals.tasks.done, 10);
  appendFileSync(cut, `\n${lines[0]}\n`);
  const refused = folder.sheaf(['report', '--json', 'cut.jsonl']);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, new RegExp(`line ${lines.length + 1}: this is no event`));
});

test('a page follows a log while it grows', async () => {
  const events = manyTasks(40, 2);
  const line = (event: SheafEvent): string => `${JSON.stringify(event)}\n`;
  const path = folder.file('growing.jsonl', events.slice(0, 60).map(line).join(''));
  const started = folder.start(['dashboard', 'growing.jsonl']);
  const [url] = await started.until(/http:\/\/127\S+/);
  const value = async (): Promise<number> =>
    Number(/^sheaf_tasks_total\{outcome="done"\} (\d+)$/m.exec(await (await fetch(`${url}metrics`)).text())?.[1]);
  const before = await value();
  assert.ok(before > 0 && before < 40);
  appendFileSync(path, events.slice(60).map(line).join(''));
  const end = performance.now() + 30_000;
  while ((await value()) < 40) {
    assert.ok(performance.now() < end, 'it did not hear of what was written');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  started.child.kill('SIGINT');
  assert.equal((await started.ended).code, 0);
});
