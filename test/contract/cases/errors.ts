import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Pool, SheafError, taskOf } from 'sheaf';
import { errorOf } from '../check.js';
import { QuotaError } from '../errors-of-user.js';
import type { Subject } from '../subject.js';

const here = import.meta.url;

/** `file:line` of the one line of this file that has this text. */
function placeOf(text: RegExp): string {
  const path = fileURLToPath(here);
  const lines = readFileSync(path, 'utf8').split('\n');
  const found = lines.flatMap((line, i) => (text.test(line) ? [`${path}:${i + 1}`] : []));
  assert.equal(found.length, 1, `${text} at ${found}`);
  return found[0]!;
}

/** Frames of a stack as `path:line`. */
function frames(error: unknown): string[] {
  const stack = (error as Error).stack ?? '';
  return [...stack.matchAll(/\n {4}at (?:.*\()?(?:file:\/\/)?([^()\n]+?):(\d+):\d+\)?/g)].map(
    ([, path, line]) => `${path}:${line}`,
  );
}

/** Errors of the user's function arrive as themselves. */
export function errorCases(subject: Subject): void {
  let pool: Pool;
  before(() => {
    pool = subject.open();
  });
  after(() => pool.close());

  test('the user’s own error: class, message, own properties', async () => {
    for (const make of [
      () => new TypeError('type'),
      () => new RangeError('range'),
      () => new SyntaxError('syntax'),
      () => new Error(''),
    ]) {
      const expected = make();
      const error = await errorOf(
        pool.run(() => {
          throw make();
        }),
      );
      assert.equal(Object.getPrototypeOf(error), Object.getPrototypeOf(expected));
      assert.equal((error as Error).message, expected.message);
      assert.ok(!(error instanceof SheafError));
    }
    const error = await errorOf(
      pool.map([1], () => {
        throw Object.assign(new Error('with data'), { code: 'E_DATA', details: { list: [1, 2] }, none: undefined });
      }),
    );
    assert.deepEqual(Object.keys(error as object).sort(), ['code', 'details', 'none']);
    assert.deepEqual({ ...(error as object) }, { code: 'E_DATA', details: { list: [1, 2] }, none: undefined });
  });

  test('a class that can be imported is that class', async () => {
    const error = await errorOf(
      pool.map([1], () => {
        throw new QuotaError('too much', 7);
      }),
    );
    assert.ok(error instanceof QuotaError);
    assert.equal(error.limit, 7);
    assert.equal(error.over, 'over 7');
    assert.equal(error.message, 'too much');
  });

  test('errors of the platform', async () => {
    const error = await errorOf(
      pool.run(async () => {
        const { readFileSync } = await import('node:fs');
        return readFileSync('/no/such/file').length;
      }),
    );
    assert.ok(error instanceof Error);
    const { code, syscall, path } = error as NodeJS.ErrnoException;
    assert.deepEqual({ code, syscall, path }, { code: 'ENOENT', syscall: 'open', path: '/no/such/file' });
  });

  test('cause, whatever it is', async () => {
    const error = await errorOf(
      pool.run(() => {
        throw new Error('outer', { cause: new TypeError('middle', { cause: { code: 7 } }) });
      }),
    );
    const { cause } = error as Error;
    assert.ok(cause instanceof TypeError);
    assert.equal(cause.message, 'middle');
    assert.deepEqual(cause.cause, { code: 7 });
    assert.ok(!Object.keys(error as object).includes('cause'), 'as hidden as it was');
  });

  test('AggregateError', async () => {
    const error = await errorOf(
      pool.run(() => {
        throw new AggregateError([new QuotaError('one', 1), 'two'], 'both');
      }),
    );
    assert.ok(error instanceof AggregateError);
    assert.equal(error.message, 'both');
    assert.equal(error.errors.length, 2);
    assert.ok(error.errors[0] instanceof QuotaError);
    assert.equal(error.errors[0].limit, 1);
    assert.equal(error.errors[1], 'two');
  });

  test('thrown values that are no errors', async () => {
    const thrown: unknown[] = ['text', 42, -0, 7n, true, null, undefined, { code: 1 }, [1, 2]];
    const outcomes = await pool
      .map(thrown, (value) => {
        throw value;
      })
      .settled();
    for (const [i, expected] of thrown.entries()) {
      const one = outcomes[i]!;
      assert.equal(one.status, 'rejected');
      assert.deepEqual(one.reason, expected);
    }
    assert.equal(await errorOf(pool.run(() => Promise.reject('rejected'))), 'rejected');
    assert.equal(taskOf('text'), undefined);
  });

  test('thrown values that cannot be copied still say what they were', async () => {
    const error = await errorOf(
      pool.run(() => {
        throw Object.assign(new RangeError('has a function'), { callback: () => 1, code: 'E_FN' });
      }),
    );
    assert.ok(error instanceof RangeError);
    assert.equal(error.message, 'has a function');
    assert.equal((error as RangeError & { code: string }).code, 'E_FN');
    const symbol = await errorOf(
      pool.run(() => {
        throw Symbol('thrown symbol');
      }),
    );
    assert.match(String((symbol as Error).message ?? symbol), /thrown symbol/);
  });

  test('a rejection is as good as a throw', async () => {
    for (const concurrency of [1, 3]) {
      const error = await errorOf(
        pool.map(
          [1, 2, 3],
          async (x) => {
            await null;
            if (x === 2) throw new QuotaError('later', x);
            return x;
          },
          { concurrency, chunkSize: 3 },
        ),
      );
      assert.ok(error instanceof QuotaError);
      assert.equal(taskOf(error)?.index, 1);
    }
  });

  test('taskOf(error): label, index, item, attempt, worker', async () => {
    const longItem = { id: 12, text: 'x'.repeat(500) };
    const error = await errorOf(
      pool.map(
        [longItem, longItem],
        (item, index) => {
          if (index === 1) throw new Error(`item ${item.id}`);
        },
        { label: 'import', chunkSize: 2 },
      ),
    );
    const { item, worker, ...rest } = taskOf(error)!;
    assert.deepEqual(rest, { label: 'import', index: 1, attempt: 1 });
    assert.ok(Number.isInteger(worker) && worker >= 0);
    assert.match(item, /^\{ id: 12, text: 'xxx/);
    assert.ok(item.length <= 80, 'short');
    assert.equal(taskOf(new Error('of somebody else')), undefined);
    assert.equal(taskOf(undefined), undefined);
    assert.ok(!Object.keys(error as object).some((key) => /task|sheaf/i.test(key)), 'nothing is added to the error');
  });

  test('each failing item has its own task', async () => {
    const outcomes = await pool
      .map(
        ['a', 'b', 'c'],
        (x) => {
          throw new Error(x);
        },
        { chunkSize: 3 },
      )
      .settled();
    const tasks = outcomes.map((one) => (one.status === 'rejected' ? taskOf(one.reason) : undefined));
    assert.deepEqual(
      tasks.map((task) => [task?.index, task?.item]),
      [
        [0, "'a'"],
        [1, "'b'"],
        [2, "'c'"],
      ],
    );
  });

  test('the stack: the worker’s frames on the lines of this file, then the caller’s', async () => {
    const fail = (): never => {
      throw new Error('thrown here');
    };
    const works: [RegExp, Promise<unknown>][] = [
      [/label: .called by map/, errorOf(pool.map([1], fail, { label: 'called by map' }))],
      [/label: .called by run/, errorOf(pool.run(fail, [], { label: 'called by run' }))],
      [/label: .called as async/, errorOf(pool.map([1], async () => fail(), { label: 'called as async' }))],
    ];
    for (const [caller, failed] of works) {
      const error = await failed;
      const { stack } = error as Error;
      assert.match(stack!, /^Error: thrown here\n/);
      const places = frames(error);
      assert.equal(places[0], placeOf(/new Error\(.thrown here/), stack);
      assert.ok(places.indexOf(placeOf(caller)) > 0, stack);
      const foreign = places.filter((place) => /sheaf:|\/dist\//.test(place));
      assert.deepEqual(foreign, [], 'none of Sheaf’s own frames');
    }
  });

  test('the stack of an error of Sheaf’s own starts where the work was asked for', async () => {
    const error = await errorOf(pool.map([() => 1], () => 1, { label: 'refused' }));
    assert.equal(frames(error)[0], placeOf(/label: .refused. \}/), (error as Error).stack);
  });
}
