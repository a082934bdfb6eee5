import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Pool } from 'sheaf';
import { needs, type Subject } from '../subject.js';

/** What a program waits for in a worker: by a row's number, so that nothing here depends on how fast the machine is. */
interface Waits {
  /** Rows that have run in this worker. */
  rows: number;
  /** How many had, when each of these came. */
  readonly came: Record<string, number>;
}

/** Rows of about 0.1 ms, so that all of them keep a worker busy for some hundred. */
const count = 10_000;

/** Timers, sockets and promises of a program in a worker that has more to do than it can. */
export function keepingTimeCases(subject: Subject): void {
  // Some turns of the event loop. Where the way is long, tasks are, and so are turns.
  const latest = count / (subject.traits.isDistant ? 2 : 10);
  let pool: Pool;
  before(() => {
    pool = subject.open({ workers: 1 });
  });
  after(() => pool.close());

  const reset = (): void => {
    (globalThis as { waits?: Waits }).waits = { rows: 0, came: {} };
  };
  const begin = (waits: Waits): void => {
    const note = (what: string) => (): void => {
      waits.came[what] ??= waits.rows;
    };
    const pass = (turns: number): Promise<void> =>
      turns === 0 ? Promise.resolve() : Promise.resolve().then(() => pass(turns - 1));
    queueMicrotask(note('microtask'));
    process.nextTick(note('tick'));
    void pass(50).then(note('promises'));
    setImmediate(note('immediate'));
    setTimeout(note('timer'), 1);
    // There and back over the loopback takes several turns.
    const { createServer, connect } = process.getBuiltinModule('node:net');
    const server = createServer((socket) => socket.pipe(socket));
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      const client = connect(port, '127.0.0.1', () => client.write('there'));
      client.once('data', () => {
        note('socket')();
        client.destroy();
        server.close();
      });
    });
  };
  const row = (): number => {
    const { waits } = globalThis as { waits?: Waits };
    if (waits!.rows === 0) begin(waits!);
    for (const end = performance.now() + 0.1; performance.now() < end; );
    return ++waits!.rows;
  };
  const all = ['microtask', 'tick', 'promises', 'immediate', 'timer', 'socket'];
  const told = (): Waits => (globalThis as { waits?: Waits }).waits!;

  const ways: Readonly<Record<string, () => Promise<unknown>>> = {
    'many calls': () => Promise.all(Array.from({ length: count }, () => pool.run(row))),
    'one map': async () => await pool.map(Array.from({ length: count }), row, { inline: false }),
    'a map of chunks that stay whole': async () =>
      await pool.map(Array.from({ length: count }), row, { inline: false, chunkSize: 50 }),
  };
  for (const [name, work] of Object.entries(ways)) {
    test(
      `timers, sockets and promises come while the queue is full: ${name}`,
      needs(subject.traits.parallel),
      async () => {
        await pool.run(reset);
        await work();
        const { rows, came } = await pool.run(told);
        assert.equal(rows, count);
        for (const what of all) {
          assert.ok(came[what] !== undefined, `no ${what} came`);
          assert.ok(came[what] < latest, `${what} came after ${came[what]} of ${count} rows`);
        }
      },
    );
  }
}
