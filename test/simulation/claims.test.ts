/**
 * The claim words between the driver and a worker thread, in every interleaving of a small model: three tasks of two rows, what the
 * driver does to them at any moment, and a worker that dies at any moment. Each of the driver's operations is one atomic operation, so
 * it is enough to try them before each step of the worker.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Claims } from '../../src/worker/claims.js';

const tasks = [0, 1, 2];
const rows = [0, 1];

type DriverOperation = { readonly kind: 'revoke' | 'askAbort'; readonly task: number };

class Died extends Error {}

/** What has happened in one run, as somebody sees it who sees all. */
class Story {
  readonly claims: Claims;
  readonly first: number;
  readonly ran: string[] = [];
  readonly ended = new Set<number>();
  readonly takenBack = new Set<number>();
  readonly asked = new Set<number>();
  /** The row that runs, from its mark on. */
  running: { readonly task: number; readonly row: number } | undefined;
  aborts = 0;
  steps = 0;
  readonly #at: ReadonlyMap<number, readonly DriverOperation[]>;
  readonly #diesAt: number;

  /** @param first number of the first claim: the words are a ring, and numbers wrap */
  constructor(first: number, at: ReadonlyMap<number, readonly DriverOperation[]>, diesAt: number) {
    this.first = first;
    this.#at = at;
    this.#diesAt = diesAt;
    this.claims = new Claims();
    for (const task of tasks) {
      // The word has been used before.
      const before = first + task - 256;
      if (before >= 0) {
        this.claims.grant(before);
        this.claims.begin(before);
        this.claims.mark(-1);
      }
    }
    for (const task of tasks) this.claims.grant(first + task);
  }

  /** Before each step of the worker. */
  step(): void {
    for (const { kind, task } of this.#at.get(this.steps) ?? []) {
      if (kind === 'revoke') {
        if (this.claims.revoke(this.first + task)) this.takenBack.add(task);
      } else {
        this.claims.askAbort(this.first + task);
        this.asked.add(task);
      }
    }
    if (this.steps++ === this.#diesAt) throw new Died();
  }

  /** What a worker does, a step before each thing that somebody else could see. */
  work(): void {
    for (const task of tasks) {
      const claim = this.first + task;
      if (!stepwise(this, () => this.claims.begin(claim))) continue;
      for (const row of rows) {
        this.step();
        this.claims.mark(row);
        this.running = { task, row };
        this.step();
        if (this.claims.abortAsked(claim)) {
          this.aborts++;
          assert.ok(this.asked.has(task), 'a task stops that nobody asked to');
        }
        this.ran.push(`${task}.${row}`);
      }
      this.step();
      this.claims.mark(-1);
      this.running = undefined;
      this.step();
      this.ended.add(task); // its end is on its way
    }
    this.step();
  }
}

/** Runs it with a step before each atomic operation in it. */
function stepwise<T>(story: Story, run: () => T): T {
  const { compareExchange, store } = Atomics;
  let inside = false;
  const before =
    <F extends (...args: never[]) => unknown>(operation: F) =>
    (...args: Parameters<F>) => {
      if (!inside) {
        // What the driver does is not the worker's.
        inside = true;
        try {
          story.step();
        } finally {
          inside = false;
        }
      }
      return operation(...args);
    };
  Object.assign(Atomics, { compareExchange: before(compareExchange as never), store: before(store as never) });
  try {
    return run();
  } finally {
    Object.assign(Atomics, { compareExchange, store });
  }
}

function check(story: Story, died: boolean): void {
  const { claims, first, ran, ended, takenBack, running } = story;
  assert.equal(new Set(ran).size, ran.length, 'a row ran twice');
  for (const task of tasks) {
    const claim = first + task;
    const rowsRun = ran.filter((row) => row.startsWith(`${task}.`)).length;
    if (takenBack.has(task)) {
      // It is run elsewhere.
      assert.equal(rowsRun, 0, `task ${task} was taken back and ran all the same`);
      assert.ok(!claims.hasBegun(claim));
      assert.ok(!ended.has(task));
      continue;
    }
    if (!died) assert.equal(rowsRun, rows.length, `task ${task} is lost`);
    // What has not begun is not charged, so it must not have done anything.
    if (!claims.hasBegun(claim)) assert.equal(rowsRun, 0, `task ${task} ran and is said not to have begun`);
    const row = claims.rowOf(claim);
    if (running?.task === task) assert.equal(row, running.row, `the row that ran of task ${task}`);
    // After its end nothing is asked of it; before, no other row may be blamed.
    else if (!ended.has(task)) assert.equal(row, undefined, `no row of task ${task} ran`);
  }
}

test('in every interleaving, no task is lost, run twice, or blamed for what it did not do', (context) => {
  const operations: DriverOperation[] = tasks.flatMap((task) => [
    { kind: 'revoke', task },
    { kind: 'askAbort', task },
  ]);
  let stories = 0;
  let takenBack = 0;
  let deaths = 0;
  let aborts = 0;
  for (const first of [0, 254, 0x1fffffff - 1]) {
    const whole = new Story(first, new Map(), -1);
    whole.work();
    for (const one of operations) {
      for (const other of operations) {
        for (let i = 0; i < whole.steps; i++) {
          for (let k = i; k < whole.steps; k++) {
            const at = new Map([[i, i === k ? [one, other] : [one]]]);
            if (i !== k) at.set(k, [other]);
            // Alive, and dead at every moment after which nothing else would be new.
            for (let diesAt = -1; diesAt < whole.steps; diesAt++) {
              if (diesAt >= 0 && diesAt < k) continue;
              const story = new Story(first, at, diesAt);
              let died = false;
              try {
                story.work();
              } catch (error) {
                if (!(error instanceof Died)) throw error;
                died = true;
              }
              check(story, died);
              stories++;
              takenBack += story.takenBack.size;
              deaths += Number(died);
              aborts += story.aborts;
            }
          }
        }
      }
    }
  }
  context.diagnostic(
    `${stories} interleavings, ${deaths} deaths, ${takenBack} tasks taken back, ${aborts} asked to stop`,
  );
  assert.ok(deaths > 0 && takenBack > 0 && aborts > 0);
});
