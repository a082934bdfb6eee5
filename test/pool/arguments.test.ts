import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, describe, test } from 'node:test';
import { inline, local, map, Pool, run, shared } from 'sheaf';

const pool = new Pool({ workers: 1 });
after(() => pool.close());

type Kind = typeof TypeError | typeof RangeError;
/** What is wrong, and what the message must name. */
type Wrong = readonly [given: unknown, kind: Kind, message: RegExp];

const notNumbers = (name: string): Wrong[] => [
  ['2', TypeError, new RegExp(`${name}.*number.*"2"`)],
  [null, TypeError, new RegExp(name)],
  [{}, TypeError, new RegExp(name)],
  [2n, TypeError, new RegExp(name)],
];
const wholeFrom = (name: string, least: number): Wrong[] => [
  ...notNumbers(name),
  [least - 1, RangeError, new RegExp(`${name}.*at least ${least}`)],
  [least + 0.5, RangeError, new RegExp(`${name}.*whole`)],
  [Number.NaN, RangeError, new RegExp(name)],
  [Number.POSITIVE_INFINITY, RangeError, new RegExp(name)],
];
const notFunctions = (name: string): Wrong[] => [
  [null, TypeError, new RegExp(`${name}.*function`)],
  ['x => x', TypeError, new RegExp(`${name}.*function`)],
  [{}, TypeError, new RegExp(`${name}.*function`)],
];

const allocation: readonly Wrong[] = [
  ['fastest', TypeError, /allocation.*'round-robin'.*'fastest'/],
  [null, TypeError, /allocation/],
  [{}, TypeError, /allocation policy/],
  [{ name: 'mine' }, TypeError, /place.*'mine'/],
  [{ name: 'mine', place: () => 0, steal: 1 }, TypeError, /steal.*'mine'/],
];
const transfer: readonly Wrong[] = [
  [true, TypeError, /transfer.*list/],
  [new ArrayBuffer(1), TypeError, /transfer.*list/],
  [null, TypeError, /transfer.*list/],
  [[1], TypeError, /transfer\[0\].*ArrayBuffer.*not 1/],
  [[new ArrayBuffer(1), null], TypeError, /transfer\[1\].*not null/],
];

/** Options that map and run share. */
const runOptions: Readonly<Record<string, readonly Wrong[]>> = {
  signal: [
    [{}, TypeError, /signal.*AbortSignal/],
    [new AbortController(), TypeError, /signal.*AbortSignal/],
    [true, TypeError, /signal.*AbortSignal/],
    [null, TypeError, /signal.*AbortSignal/],
  ],
  timeoutMs: [
    ...notNumbers('timeoutMs'),
    [0, RangeError, /timeoutMs.*more than 0/],
    [-1, RangeError, /timeoutMs/],
    [Number.NaN, RangeError, /timeoutMs/],
    [2 ** 31, RangeError, /timeoutMs.*at most/],
  ],
  retries: [
    ['2', TypeError, /retries/],
    [null, TypeError, /retries/],
    [-1, RangeError, /retries.*at least 0/],
    [1.5, RangeError, /retries.*whole/],
    [{}, TypeError, /retries\.times/],
    [{ times: '1' }, TypeError, /retries\.times/],
    [{ times: -1 }, RangeError, /retries\.times/],
    [{ times: 1, delayMs: -5 }, RangeError, /retries\.delayMs/],
    [{ times: 1, delayMs: '5' }, TypeError, /retries\.delayMs/],
    [{ times: 1, when: true }, TypeError, /retries\.when.*function/],
  ],
  priority: [
    ['1', TypeError, /priority.*number/],
    [Number.NaN, TypeError, /priority/],
    [null, TypeError, /priority/],
  ],
  label: [
    [1, TypeError, /label.*string/],
    [null, TypeError, /label.*string/],
  ],
  allocation,
  labels: [
    ['a', TypeError, /labels/],
    [['a'], TypeError, /labels.*names and values.*an array/],
    [{ zone: 1 }, TypeError, /labels\.zone.*not 1/],
    [{ zone: [] }, TypeError, /labels\.zone/],
  ],
  spreadOver: [
    ['', TypeError, /spreadOver.*name of a label/],
    [1, TypeError, /spreadOver.*not 1/],
  ],
};

const mapOptions: Readonly<Record<string, readonly Wrong[]>> = {
  ...runOptions,
  chunkSize: wholeFrom('chunkSize', 1),
  concurrency: wholeFrom('concurrency', 1),
  ordered: [
    [1, TypeError, /ordered.*true or false/],
    ['yes', TypeError, /ordered.*"yes"/],
  ],
  progress: [[1, TypeError, /progress.*true or false/]],
  inline: [
    [true, TypeError, /inline.*'auto' or false/],
    ['never', TypeError, /inline.*"never"/],
  ],
  cost: notFunctions('cost'),
  into: [
    [Array, TypeError, /into.*Float64Array.*Array/],
    ['Float64Array', TypeError, /into/],
    [DataView, TypeError, /into/],
    [new Float64Array(1), TypeError, /into/],
    [null, TypeError, /into/],
  ],
  transfer,
};

const poolOptions: Readonly<Record<string, readonly Wrong[]>> = {
  workers: wholeFrom('workers', 1),
  isolation: [
    ['fork', TypeError, /isolation.*'thread' or 'process'.*"fork"/],
    [true, TypeError, /isolation/],
  ],
  allocation,
  engine: [
    ['local', TypeError, /engine.*local\(\)/],
    [{}, TypeError, /engine/],
    [null, TypeError, /engine/],
    [local, TypeError, /engine/],
  ],
  setup: notFunctions('setup'),
  maxTasksPerWorker: wholeFrom('maxTasksPerWorker', 1),
  graceMs: [...notNumbers('graceMs'), [-1, RangeError, /graceMs/], [Number.POSITIVE_INFINITY, RangeError, /graceMs/]],
  resourceLimits: [
    [64, TypeError, /resourceLimits/],
    [{ maxOldGenerationSizeMb: '64' }, TypeError, /resourceLimits\.maxOldGenerationSizeMb/],
    [{ stackSizeMb: -1 }, RangeError, /resourceLimits\.stackSizeMb/],
  ],
};

/** Calls that ignore what the types say, as plain JavaScript can. */
const loose = pool as unknown as {
  map(...args: unknown[]): PromiseLike<unknown>;
  run(...args: unknown[]): Promise<unknown>;
};
const AnyPool = Pool as unknown as new (options: unknown) => Pool;

function eachOf(table: Readonly<Record<string, readonly Wrong[]>>, call: (options: object) => unknown): void {
  for (const [name, cases] of Object.entries(table)) {
    test(name, () => {
      for (const [given, kind, message] of cases) throwsAtOnce(() => call({ [name]: given }), kind, message);
      call({ [name]: undefined });
    });
  }
}

function throwsAtOnce(call: () => unknown, kind: Kind, message: RegExp): void {
  assert.throws(call, (error: unknown) => {
    assert.equal((error as Error).constructor, kind, `${error}`);
    assert.match((error as Error).message, message);
    return true;
  });
}

describe('options of map', () => {
  eachOf(mapOptions, (options) => loose.map([], (x: unknown) => x, options));
});

describe('options of run', () => {
  eachOf({ ...runOptions, transfer: [[() => [], TypeError, /transfer.*list/], ...transfer] }, (options) =>
    loose.run(() => 1, [], options),
  );
});

describe('options of a pool', () => {
  eachOf(poolOptions, (options) => {
    const made = new AnyPool(options);
    void made.close();
  });
});

describe('options of local()', () => {
  const { setup: _, engine: __, ...ofEngine } = poolOptions;
  eachOf(ofEngine, (options) => local(options));
});

describe('arguments', () => {
  test('items', () => {
    for (const [given, message] of [
      [undefined, /items.*iterable.*undefined/],
      [null, /items.*iterable/],
      [5, /items.*iterable.*5/],
      [{ length: 2 }, /items.*iterable/],
      [() => [], /items.*iterable/],
    ] as const) {
      throwsAtOnce(() => loose.map(given, (x: unknown) => x), TypeError, message);
      throwsAtOnce(() => (map as (...args: unknown[]) => unknown)(given, (x: unknown) => x), TypeError, message);
    }
  });

  test('fn', () => {
    for (const [given, kind, message] of [[undefined, TypeError, /fn.*function/] as Wrong, ...notFunctions('fn')]) {
      throwsAtOnce(() => loose.map([1], given), kind, message);
      throwsAtOnce(() => loose.run(given), kind, message);
      throwsAtOnce(() => (run as (...args: unknown[]) => unknown)(given), kind, message);
    }
  });

  test('args of run', () => {
    for (const given of ['ab', 1, null, {}, new Set([1]), new Uint8Array(1)]) {
      throwsAtOnce(() => loose.run(() => 1, given), TypeError, /args.*array/);
    }
  });

  test('options that are no object', () => {
    for (const given of [null, 5, 'fast', true]) {
      throwsAtOnce(() => loose.map([1], () => 1, given), TypeError, /options.*object/);
      throwsAtOnce(() => loose.run(() => 1, [], given), TypeError, /options.*object/);
      throwsAtOnce(() => new AnyPool(given), TypeError, /options.*object/);
    }
  });

  test('options that there are not: with the one that was meant', () => {
    for (const [options, message] of [
      [{ chunksize: 5 }, /no option chunksize.*chunkSize/],
      [{ timeout: 5 }, /no option timeout.*timeoutMs/],
      [{ worker: 5 }, /no option worker/],
    ] as const) {
      throwsAtOnce(() => loose.map([1], (x: unknown) => x, options), TypeError, message);
    }
    throwsAtOnce(() => loose.run(() => 1, [], { chunkSize: 5 }), TypeError, /no option chunkSize/);
    throwsAtOnce(() => loose.map([], () => 1, { retries: { time: 1 } }), TypeError, /no option time.*times/);
    throwsAtOnce(() => new AnyPool({ threads: 2 }), TypeError, /no option threads.*workers/);
  });

  test('options of engines that there are not', () => {
    throwsAtOnce(() => local({ worker: 2 } as never), TypeError, /^local has no option worker\. Did you mean workers/);
    throwsAtOnce(() => inline({ workers: 2 } as never), TypeError, /^inline has no option workers\. There are: memory/);
  });

  test('arguments in the place of others: with the way to write it', () => {
    throwsAtOnce(() => loose.map((x: number) => x, [1]), TypeError, /Items come first, and then the function/);
    throwsAtOnce(() => loose.map({ a: 1 }, () => 1), TypeError, /not an object\. Object\.entries/);
    throwsAtOnce(() => loose.map(Promise.resolve([1]), () => 1), TypeError, /not a promise.*awaited first\.$/);
    throwsAtOnce(() => loose.run(() => 1, { timeoutMs: 5 }), TypeError, /run\(fn, \[1, 2\]\), not an object/);
    throwsAtOnce(() => loose.map([1], () => 1, { signal: new AbortController() }), TypeError, /\(AbortController\)/);
  });

  test('results and items that only look like data', async () => {
    const made = pool.map([1], () => () => 1);
    await assert.rejects(
      made as Promise<unknown>,
      /The result of item 0 .* is a function.*Return the data that it is made of\.$/,
    );
    // Node ends with a crash where a closed port is cloned.
    const { port1: port } = new MessageChannel();
    const closed = once(port as never, 'close');
    port.close();
    await closed;
    await assert.rejects(
      pool.run(() => 1, [port] as never),
      /a MessagePort, which can only be moved/,
    );
  });

  test('what belongs to the engine, beside an engine', () => {
    for (const options of [
      { workers: 2 },
      { isolation: 'thread' },
      { maxTasksPerWorker: 1 },
      { graceMs: 1 },
      { resourceLimits: {} },
    ]) {
      const [name] = Object.keys(options);
      throwsAtOnce(() => new AnyPool({ engine: inline(), ...options }), TypeError, new RegExp(`${name}.*engine`));
    }
  });

  test('shared()', () => {
    const loosely = shared as (...args: unknown[]) => unknown;
    for (const args of [[], ['x'], [-1], [1.5], [{}], [4, Array], [4, 'Int8Array']]) {
      assert.throws(() => loosely(...args), { name: /TypeError|RangeError/ });
    }
  });
});
