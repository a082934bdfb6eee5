import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, test } from 'node:test';
import { cleanEnvironment, Folder } from '../cli/command.js';

const folder = new Folder();
after(() => folder.remove());

// As people set it up: before the program, and in each worker. Spans go to one file.
folder.file(
  'instrumentation.mjs',
  `import { appendFileSync } from 'node:fs';
  import { NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
  const exporter = {
    export(spans, done) {
      for (const span of spans) {
        const { name, attributes, status, events } = span;
        const id = span.spanContext();
        const parent = (span.parentSpanContext ?? { spanId: span.parentSpanId }).spanId;
        appendFileSync('spans.jsonl', JSON.stringify({ name, trace: id.traceId, id: id.spanId, parent, attributes, status, events: events.map((e) => e.name) }) + '\\n');
      }
      done({ code: 0 });
    },
    shutdown: async () => {},
  };
  if (!globalThis[Symbol.for('opentelemetry.js.api.1')]?.trace) new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();`,
);
folder.file(
  'program.mjs',
  `import { trace } from '@opentelemetry/api';
  import { Dataset, local, Pool } from 'sheaf';
  const engine = local({ workers: 2, isolation: process.argv[2] });
  // Threads of some versions of Node do not begin with what --import names.
  const pool = new Pool({ engine, setup: () => import('./instrumentation.mjs') });
  const tracer = trace.getTracer('program');
  const square = async (n) => {
    const { trace } = await import('@opentelemetry/api');
    return trace.getTracer('user').startActiveSpan('square ' + n, (span) => {
      span.end();
      if (n === 3) throw new RangeError('not 3');
      return n * n;
    });
  };
  await tracer.startActiveSpan('request', async (span) => {
    await pool.map([1, 2], square, { chunkSize: 1, label: 'squares' });
    await pool.run(square, [5], { label: 'five' });
    await pool.map([3], square, { label: 'bad' }).catch(() => {});
    const squares = Dataset.of([6, 7], { partitions: 2, engine }).map((n) => [n % 2, n]).reduceByKey((a, b) => a + b);
    await squares.collect();
    span.end();
  });
  await pool.run(square, [9], { label: 'outside' });
  await pool.close();`,
);

interface SeenSpan {
  readonly name: string;
  readonly trace: string;
  readonly id: string;
  readonly parent: string | undefined;
  readonly attributes: Record<string, unknown>;
  readonly status: { readonly code: number; readonly message?: string };
  readonly events: readonly string[];
}

for (const isolation of ['thread', 'process']) {
  test(`spans of jobs, stages and attempts, and of what user code does in a ${isolation}`, () => {
    folder.file('spans.jsonl', '');
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', './instrumentation.mjs', 'program.mjs', isolation],
      {
        cwd: folder.path,
        encoding: 'utf8',
        timeout: 60_000,
        env: cleanEnvironment(),
      },
    );
    assert.equal(status, 0, stderr);
    const spans = folder
      .read('spans.jsonl')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as SeenSpan);
    const byId = new Map(spans.map((span) => [span.id, span]));
    const way = (name: string): string[] => {
      const names: string[] = [];
      for (let span = spans.find((one) => one.name === name); span !== undefined; span = byId.get(span.parent ?? ''))
        names.push(span.name);
      return names;
    };
    assert.deepEqual(way('square 1'), ['square 1', 'attempt squares', 'map squares', 'request']);
    assert.deepEqual(way('square 2'), ['square 2', 'attempt squares', 'map squares', 'request']);
    assert.deepEqual(way('square 5'), ['square 5', 'attempt five', 'calls five', 'request']);
    assert.deepEqual(way('square 9'), ['square 9', 'attempt outside', 'calls outside']);
    assert.deepEqual(way('attempt reduceByKey'), [
      'attempt reduceByKey',
      'stage reduceByKey',
      'action collect',
      'request',
    ]);
    assert.equal(spans.filter(({ name }) => name === 'attempt squares').length, 2);
    const attempt = spans.find(({ name }) => name === 'attempt squares')!;
    assert.deepEqual(
      [attempt.attributes['sheaf.rows'], attempt.attributes['sheaf.attempt'], attempt.attributes['sheaf.outcome']],
      [1, 1, 'done'],
    );
    const bad = spans.find(({ name }) => name === 'map bad')!;
    assert.deepEqual([bad.status.code, bad.status.message, bad.events], [2, 'not 3', ['exception']]);
    const request = spans.find(({ name }) => name === 'request')!;
    for (const span of spans) if (!/ (9|outside)$/.test(span.name)) assert.equal(span.trace, request.trace, span.name);
  });
}
