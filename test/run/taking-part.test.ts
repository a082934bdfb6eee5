import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TakingPart } from '../../src/run/taking-part.js';

/** What a map of `total` rows would be told, by a clock that is recorded: tasks of `rows`, each row `runUs` there and `shipUs` here. */
interface Recorded {
  readonly total: number | undefined;
  readonly rows: number;
  readonly runUs: number;
  readonly shipUs: number;
  /** A row takes this by way of the workers, in µs. */
  readonly wallUs: number;
  /** A row takes this here, in µs, by the number of the slice. */
  readonly hereUs: (slice: number) => number;
}

/** Plays a map to its end, and tells how many rows the workers did, how many the caller, and the longest slice in µs. */
function play(recorded: Recorded): { workers: number; caller: number; longestUs: number; part: TakingPart } {
  const { total, rows, runUs, shipUs, wallUs, hereUs } = recorded;
  const part = new TakingPart(false, 1 << 16);
  const all = total ?? 10_000_000;
  let [workers, caller, now, slice, longestUs] = [0, 0, 0, 0, 0];
  while (workers + caller < all) {
    const here = Math.min(part.rows, all - workers - caller);
    if (here > 0) {
      const us = here * hereUs(slice++);
      longestUs = Math.max(longestUs, us);
      caller += here;
      now += us / 1000;
      part.done(here, us);
    } else {
      const sent = Math.min(rows, all - workers - caller);
      workers += sent;
      now += (sent * wallUs) / 1000;
      part.shipped(sent, sent * runUs, sent * shipUs, now, total === undefined ? undefined : all - workers - caller);
    }
  }
  return { workers, caller, longestUs, part };
}

const cheap: Recorded = { total: 5_000_000, rows: 16_000, runUs: 0.02, shipUs: 0.05, wallUs: 0.06, hereUs: () => 0.02 };

describe('the caller takes part', () => {
  test('in what costs less than sending it, after the workers have measured at least a millisecond of it', () => {
    const { workers, caller } = play(cheap);
    assert.ok(workers * cheap.runUs >= 1000, `only ${workers} rows were measured`);
    assert.ok(caller > 0.9 * cheap.total!, `the caller does ${caller} of ${cheap.total} rows`);
  });

  test('also where nobody knows how many there are', () => {
    const { caller } = play({ ...cheap, total: undefined });
    assert.ok(caller > 5_000_000);
  });

  test('never in what is dear', () => {
    for (const runUs of [0.06, 1, 1000]) assert.equal(play({ ...cheap, rows: 1000, runUs, total: 100_000 }).caller, 0);
  });

  test('not for a collection of garbage: one slow handling among others changes nothing', () => {
    const part = new TakingPart(false, 1 << 16);
    let now = 0;
    for (let i = 0; i < 100; i++) {
      now += 1;
      part.shipped(1000, 1000, i % 2 === 0 ? 5000 : 100, now, 10_000_000);
    }
    assert.equal(part.rows, 0);
  });

  test('not for one task, and not before a millisecond of work: two in a row have to say it, and be like those before', () => {
    const told = (tasks: readonly (readonly [runUs: number, shipUs: number])[]): boolean => {
      const part = new TakingPart(false, 1 << 16);
      tasks.forEach(([runUs, shipUs], i) => {
        part.shipped(1000, runUs, shipUs, i, 10_000_000);
      });
      return part.rows > 0;
    };
    const dear = [400, 900] as const;
    const cheap = [900, 400] as const;
    assert.ok(told(Array(6).fill(dear)));
    assert.ok(!told([dear, dear, dear, dear]), 'four tasks after the first are timed');
    assert.ok(!told([dear, dear, cheap, dear, cheap, dear, dear, cheap]));
    assert.ok(!told(Array(6).fill([100, 900])), 'less than a millisecond of work was measured');
  });

  test('not for workers that are not warm yet: tasks that grow say nothing of the next', () => {
    const part = new TakingPart(false, 1 << 16);
    let now = 0;
    // The first tasks take long by way of the workers. At the rate of the later ones, what is left takes less than a trial.
    for (const rows of [1000, 2000, 4000, 8000, 16_000, 16_000, 16_000, 16_000, 16_000, 16_000]) {
      now += rows < 16_000 ? 2 : 0.1;
      part.shipped(rows, 300, 900, now, 1_000_000);
      assert.equal(part.rows, 0, `after a task of ${rows}`);
    }
  });

  test('not where what is left is not worth a trial', () => {
    assert.equal(play({ ...cheap, total: 300_000 }).caller, 0);
  });

  test('no more, once a trial has shown that it is slower here', () => {
    const { caller } = play({ ...cheap, hereUs: () => 0.2 });
    assert.ok(caller > 0 && caller * 0.2 < 20_000, `the trial took ${caller * 0.2} µs`);
  });

  test('the first slices are cold and prove nothing', () => {
    const { caller } = play({ ...cheap, hereUs: (slice) => (slice === 0 ? 5 : 0.02) });
    assert.ok(caller > 0.9 * cheap.total!);
  });

  test('no more, once later rows are dearer', () => {
    const { workers, caller } = play({ ...cheap, hereUs: (slice) => (slice < 20 ? 0.02 : 0.5) });
    assert.ok(workers > caller);
  });

  test('in slices of a few milliseconds, whatever a row costs', () => {
    for (const hereUs of [0.005, 0.02, 0.049]) {
      assert.ok(play({ ...cheap, hereUs: () => hereUs }).longestUs < 10_000);
    }
    // Rows of which a whole slice of the largest size would take much longer.
    const larger = { ...cheap, total: 1_000_000, rows: 1000, shipUs: 10, wallUs: 20 };
    for (const us of [0.5, 1, 4]) {
      const { caller, longestUs } = play({ ...larger, runUs: us, hereUs: () => us });
      assert.ok(caller > 900_000);
      assert.ok(longestUs < 10_000, `${longestUs} µs`);
    }
  });

  test('from the start in what is known to be cheap, until several slices in a row are dear, or rows are of another kind', () => {
    const part = new TakingPart(false, 1000, 5);
    for (const us of [50, 50, 50, 0.1, 50, 50, 50, 0.1]) {
      assert.ok(part.rows > 0 && part.isUnmeasured);
      part.done(100, us * 100);
    }
    for (const _ of Array(4)) part.done(100, 5000);
    assert.equal(part.rows, 0);
    const other = new TakingPart(false, 1000, 5);
    other.leave(false);
    assert.equal(other.rows, 0);
  });

  test('in all of it, and from the start, where it is forced', () => {
    const part = new TakingPart(true, 1000);
    for (const us of [1, 10_000, 100]) {
      assert.ok(part.rows > 0 && part.rows <= 1000);
      part.done(part.rows, us * part.rows);
    }
  });
});
