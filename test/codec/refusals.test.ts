import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import * as path from 'node:path';
import { after, test } from 'node:test';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { type EncodeOptions, encodeRow, encodeRows, encodeValue, toBytes } from '../../src/codec/index.js';
import { ValueError } from '../../src/errors.js';

function refused(encode: () => unknown): ValueError {
  try {
    encode();
  } catch (error) {
    assert.ok(error instanceof ValueError, `${error}`);
    assert.equal(error.code, 'ERR_SHEAF_VALUE');
    return error;
  }
  assert.fail('not refused');
}

const detached = new ArrayBuffer(8);
structuredClone(detached, { transfer: [detached] });

const cases: readonly [name: string, value: () => unknown, path: string, message: RegExp][] = [
  ['a function', () => () => 1, '', /it is a function, and only data/],
  [
    'a named function',
    () => ({ user: { onClick() {} } }),
    '.user.onClick',
    /the function onClick.*variable of the function/,
  ],
  ['a class', () => [class Point {}], '[0]', /the function Point/],
  ['a symbol', () => ({ 'a b': Symbol('s') }), '["a b"]', /Symbol\(s\)/],
  ['a promise as an item', () => Promise.resolve(1), '', /A promise as an item: await it first/],
  ['a promise inside', () => [1, [Promise.resolve(1)]], '[1][0]', /Await it first/],
  ['a WeakMap', () => ({ cache: new WeakMap() }), '.cache', /Send a Map/],
  ['a WeakSet', () => new WeakSet(), '', /Send a Set/],
  ['a WeakRef', () => new WeakRef({}), '', /a WeakRef, which structured clone cannot copy/],
  ['a proxy', () => ({ p: new Proxy({}, {}) }), '.p', /a proxy\. Send a plain copy/],
  ['a proxied array', () => [new Proxy([1], {})], '[0]', /a proxy/],
  ['a proxy of a row like its neighbours', () => new Proxy({ id: 12 }, {}), '', /a proxy/],
  ['a revoked proxy', () => revoked(), '', /a proxy/],
  ['arguments', () => argumentsOf(1, 2), '', /\[\.\.\.arguments\]/],
  ['empty arguments', () => argumentsOf(), '', /arguments object/],
  ['a generator', () => ({ rows: (function* () {})() }), '.rows', /an iterator\. Send what it yields/],
  ['an iterator of a Map', () => new Map().keys(), '', /an iterator/],
  ['a module', () => path, '', /a module|the function/],
  ['a formatter', () => new Intl.NumberFormat('en'), '', /Intl\.NumberFormat/],
  ['a function in a Map', () => new Map([['k', { cache: () => 1 }]]), '.get("k").cache', /the function cache/],
  ['a function as key of a Map', () => new Map([[() => 1, 1]]), '.keys()[0]', /a function/],
  ['a function in a Set', () => ({ s: new Set([1, () => 1]) }), '.s.values()[1]', /a function/],
  ['the cause of an error', () => new Error('x', { cause: { f: () => 1 } }), '.cause.f', /the function f/],
  [
    'a field of an instance',
    () =>
      new (class Job {
        run = () => 1;
      })(),
    '.run',
    /the function run/,
  ],
  ['a symbol in a box', () => Object(Symbol('boxed')), '', /a Symbol, which structured clone cannot copy/],
  ['a name of an array', () => Object.assign([1], { done: () => 1 }), '.done', /the function done/],
  ['detached memory', () => ({ data: detached }), '.data', /detached/],
  ['a port that is not moved', () => ({ port: openPort() }), '.port', /Name it in the transfer option/],
];

const ports: MessagePort[] = [];
after(() => {
  for (const port of ports) port.close();
});

function openPort(): MessagePort {
  const { port1 } = new MessageChannel();
  ports.push(port1);
  return port1;
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function argumentsOf(..._list: unknown[]): unknown {
  // biome-ignore lint/complexity/noArguments: it is what is refused.
  return arguments;
}

for (const [name, make, where, message] of cases) {
  test(`refuses ${name}`, () => {
    const value = make();
    const ways: (() => unknown)[] = [
      () => encodeRows([1, 'x', value], { firstIndex: 10 }),
      () => encodeRows([{ id: 1 }, value, { id: 2 }], { encoder: 'records', firstIndex: 11 }),
      () => encodeRows(new Array(600).fill(0).map((_, i) => (i === 12 ? value : { id: i }))),
      () => encodeRows([0, 0, value, 0], { from: 2, firstIndex: 12 }),
    ];
    for (const way of ways) {
      const error = refused(way);
      assert.equal(error.path, where);
      assert.equal(error.index, 12);
      assert.match(error.message, message);
      assert.ok(error.message.startsWith('Item 12'), error.message);
    }
    for (const way of [() => encodeValue(value), () => encodeRow(value)]) {
      const error = refused(way);
      assert.equal(error.path, where);
      assert.equal(error.index, undefined);
    }
  });
}

test('structured clone refuses the same values', () => {
  for (const [name, make] of cases) {
    const value = make();
    assert.throws(
      () => structuredClone(value),
      (error: unknown) => error instanceof Error,
      name,
    );
  }
});

test('proxies of objects and arrays inside rows of one shape are found', () => {
  const row = (i: number) => ({ id: i, at: { x: i }, tags: ['a', 'b'] });
  for (const [name, wrap] of [
    ['at', () => ({ ...row(12), at: new Proxy({ x: 1 }, {}) })],
    ['tags', () => ({ ...row(12), tags: new Proxy(['a', 'b'], {}) })],
  ] as const) {
    const rows = Array.from({ length: 400 }, (_, i) => (i === 13 ? wrap() : row(i)));
    const error = refused(() => encodeRows(rows));
    assert.equal(error.path, `.${name}`);
    assert.equal(error.index, 13);
  }
});

test('an error while a value is read is the cause', () => {
  const reason = new Error('not now');
  const value = {
    inner: {
      get late(): number {
        throw reason;
      },
    },
  };
  const error = refused(() => encodeRows([value]));
  assert.equal(error.path, '.inner.late');
  assert.equal(error.cause, reason);
  assert.match(error.message, /not now/);
});

test('what only threads share is refused on request, and in frames', () => {
  const apart: EncodeOptions = { sharedMemory: false };
  const port1 = openPort();
  const key = createSecretKey(Buffer.from('secret'));
  const shared = new SharedArrayBuffer(8);
  const values: readonly [unknown, string][] = [
    [{ a: shared }, '.a'],
    [[new Uint8Array(shared)], '[0]'],
    [new Map([[1, key]]), '.get(1)'],
    [{ port: port1 }, '.port'],
  ];
  for (const [value, where] of values) {
    const error = refused(() => encodeRows([value], { ...apart, move: [port1] }));
    assert.equal(error.path, where);
    assert.match(error.message, /between threads of one process only/);
    assert.match(refused(() => toBytes(encodeRows([value], { move: [port1] }))).message, /between threads/);
  }
});

test('a long path is shown without its middle', () => {
  let value: object = { last: () => 1 };
  for (let i = 0; i < 200; i++) value = { next: value };
  const error = refused(() => encodeRows([value]));
  assert.match(error.path, /^(\.next){10}…(\.next){9}\.last$/);
});
