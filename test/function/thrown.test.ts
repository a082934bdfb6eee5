import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CaptureError, ValueError } from '../../src/errors.js';
import { decodeThrown, encodeThrown } from '../../src/function/thrown.js';
import { stopTravel, there } from '../support/travel.js';

after(stopTravel);

const noTable = { classIdOf: () => undefined };

/** What the driver gets for what `fn` throws in a worker. */
// biome-ignore lint/suspicious/noExplicitAny: thrown values are anything
async function thrownBy(fn: () => unknown): Promise<any> {
  try {
    await there(fn);
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** The same without a worker. */
const there_ = (error: unknown): unknown => decodeThrown(encodeThrown(error, noTable));

test('built-in classes, with message, cause and own properties', async () => {
  for (const make of [
    () => new TypeError('a message'),
    () => new RangeError('a message'),
    () => new SyntaxError('a message'),
    () => new URIError('a message'),
    () => new EvalError('a message'),
    () => new ReferenceError('a message'),
    () => new Error('a message'),
  ]) {
    const error = await thrownBy(() => {
      const cause = new Error('the cause', { cause: { code: 5 } });
      throw Object.assign(make(), { code: 'E', list: [1, new Date(3)], cause });
    });
    const like = make();
    assert.equal(error.constructor, like.constructor);
    assert.equal(Object.prototype.toString.call(error), '[object Error]');
    assert.equal(error.message, 'a message');
    assert.deepEqual([error.code, error.list], ['E', [1, new Date(3)]]);
    assert.ok(error.cause instanceof Error);
    assert.deepEqual([error.cause.message, error.cause.cause], ['the cause', { code: 5 }]);
  }
});

test('own properties keep whether they are enumerable', async () => {
  const error = await thrownBy(() => {
    throw new Error('x', { cause: 1 });
  });
  assert.deepEqual(Object.keys(error), []);
  assert.equal(error.cause, 1);
});

test('AggregateError and DOMException', async () => {
  const both = await thrownBy(() => {
    throw new AggregateError([new TypeError('one'), 2], 'many');
  });
  assert.ok(both instanceof AggregateError);
  assert.equal(both.message, 'many');
  assert.ok(both.errors[0] instanceof TypeError);
  assert.deepEqual([both.errors[0].message, both.errors[1], both.errors.length], ['one', 2, 2]);
  const aborted = await thrownBy(() => AbortSignal.abort().throwIfAborted());
  assert.ok(aborted instanceof DOMException);
  assert.deepEqual([aborted.name, aborted.code], ['AbortError', 20]);
});

test("a class that travelled is the caller's own class again", async () => {
  class MyError extends TypeError {
    readonly extra: number;
    constructor(extra: number) {
      super(`extra ${extra}`);
      this.extra = extra;
    }
    describe() {
      return `described ${this.extra}`;
    }
  }
  const error = await thrownBy(() => {
    throw new MyError(4);
  });
  assert.ok(error instanceof MyError);
  assert.equal(error.describe(), 'described 4');
  const inside = await thrownBy(() => {
    throw new Error('outer', { cause: new MyError(5) });
  });
  assert.ok(inside.cause instanceof MyError);
});

test('classes of imported modules', async () => {
  const { ImportedError } = await import('./fixtures/errors.mjs' as string);
  const error = await thrownBy(async () => {
    const { throwImported } = await import('./fixtures/errors.mjs' as string);
    throwImported({ deep: [1] });
  });
  assert.ok(error instanceof ImportedError);
  assert.deepEqual(error.detail, { deep: [1] });
  const { RequiredError } = (await import('./fixtures/errors.cjs' as string)).default;
  const required = await thrownBy(async () => (await import('./fixtures/errors.cjs' as string)).default.fail());
  assert.ok(required instanceof RequiredError);
  assert.equal(required.name, 'RequiredError');
});

test('a class that nobody else knows: the nearest base, and its name', async () => {
  const error = await thrownBy(() => {
    const Local = class Local extends RangeError {};
    throw new Local('x');
  });
  assert.ok(error instanceof RangeError);
  assert.equal(error.name, 'RangeError');
  const named = await thrownBy(() => {
    class Named extends RangeError {}
    Object.defineProperty(Named.prototype, 'name', { value: 'Named' });
    throw new Named('x');
  });
  assert.equal(named.name, 'Named');
});

test('errors of Sheaf itself', () => {
  const error = there_(new CaptureError('m', ['fn', 'x'])) as CaptureError;
  assert.ok(error instanceof CaptureError);
  assert.deepEqual(
    [error.code, error.path, error.variable, error.message],
    ['ERR_SHEAF_CAPTURE', ['fn', 'x'], 'x', 'm'],
  );
  assert.ok(there_(new ValueError('m', '.a', 3)) instanceof ValueError);
});

test('whatever else is thrown', async () => {
  for (const value of [
    5,
    'text',
    undefined,
    null,
    true,
    10n,
    Number.NaN,
    { code: 1, list: [1] },
    [1, 2],
    new Map([[1, 2]]),
    new Date(5),
    Symbol.for('s'),
  ]) {
    assert.deepEqual(there_(value), value);
  }
  assert.equal(
    await thrownBy(() => {
      throw 'text';
    }),
    'text',
  );
  for (const value of [
    () => 1,
    Symbol('mine'),
    Object.defineProperty({}, 'x', {
      enumerable: true,
      get() {
        throw new Error('no');
      },
    }),
    Promise.resolve(1),
    new WeakMap(),
  ]) {
    const error = there_(value) as Error;
    assert.ok(error instanceof Error);
    assert.match(error.message, /cannot be sent/);
  }
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  assert.ok(there_(proxy) instanceof Error);
  const { proxy: failing, revoke: revokeIt } = Proxy.revocable(new Error('x'), {});
  revokeIt();
  assert.ok(there_(failing) instanceof Error);
});

test('properties that cannot be copied are left out', () => {
  const error = Object.assign(new Error('x'), {
    fn: () => 1,
    promise: Promise.resolve(),
    kept: 1,
    nested: { fn: () => 1 },
    symbol: Symbol('x'),
  });
  Object.defineProperty(error, 'bad', {
    enumerable: true,
    get() {
      throw new Error('bad getter');
    },
  });
  const back = there_(error) as Record<string, unknown>;
  assert.deepEqual(Object.keys(back), ['kept']);
  const hostile = new Error('x');
  Object.defineProperty(hostile, 'stack', {
    get() {
      throw new Error('no stack');
    },
  });
  Object.defineProperty(hostile, 'message', {
    get() {
      throw new Error('no message');
    },
  });
  assert.ok(there_(hostile) instanceof Error);
});

test('cycles of causes and shared errors', () => {
  const error = new Error('x') as Error & { self: unknown; list: unknown[] };
  error.cause = error;
  error.self = error;
  error.list = [error];
  const back = there_(error) as typeof error;
  assert.equal(back.cause, back);
  assert.equal(back.self, back);
  assert.equal(back.list[0], back);
});

test("the stack: message, frames of the original file, then the caller's", async () => {
  const fail = (): never => {
    throw new Error('two\nlines');
  };
  const local = (() => {
    try {
      return fail();
    } catch (error) {
      return error as Error;
    }
  })();
  const [expected] = (local.stack ?? '').split('\n').filter((line) => line.includes(' at fail '));
  const error = await thrownBy(() => fail());
  const lines = error.stack.split('\n');
  assert.deepEqual(lines.slice(0, 3), ['Error: two', 'lines', expected]);
  assert.match(lines[3], /thrown\.test\.[jt]s:\d+:\d+/);
  assert.equal(lines.at(-1), '    at caller (caller.js:1:1)');
  assert.ok(!/node:internal|worker eval|function-worker/.test(error.stack), error.stack);
  assert.equal(Object.getOwnPropertyDescriptor(error, 'stack')?.enumerable, false);
});
