import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { createSecretKey, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import {
  attachmentsOf,
  type Block,
  decodeInto,
  decodeRows,
  decodeValue,
  encodeRow,
  encodeRows,
  encodeValue,
  fromBytes,
  packRows,
  toBytes,
} from '../../src/codec/index.js';
import { ExchangeError } from '../../src/errors.js';
import { assertSame, difference } from '../support/deep-same.js';

const LARGE = 1 << 17;

function overChannel(block: Block): Block {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(block, attachmentsOf(block));
  const { message } = receiveMessageOnPort(port2) as { message: Block };
  port1.close();
  return message;
}

test('numbers arrive as a view, and go into typed arrays without a detour', () => {
  const rows = Array.from({ length: 1000 }, (_, i) => (i === 7 ? -0 : i / 3));
  const block = encodeRows(rows);
  const decoded = decodeRows(block);
  assert.ok(decoded instanceof Float64Array);
  assert.equal(decoded.buffer, block.bytes.buffer);
  const floats = new Float64Array(1002);
  decodeInto(block, floats, 1);
  assert.deepEqual([...floats.subarray(1, 1001)], rows);
  assert.equal(floats[1001], 0);
  const integers = new Int32Array(1000);
  decodeInto(block, integers, 0);
  assert.deepEqual(
    [...integers],
    rows.map((row) => Math.trunc(row) + 0),
  );
  const fromTyped = decodeRows(encodeRows(Int16Array.from([1, -2, 3, 4]), { from: 1, to: 3 }));
  assert.deepEqual([...(fromTyped as Float64Array)], [-2, 3]);
  const misplaced = Buffer.concat([Buffer.alloc(3), block.bytes]);
  const bytes = new Uint8Array(
    misplaced.buffer,
    misplaced.byteOffset + 3,
    block.bytes.length,
  ) as Uint8Array<ArrayBuffer>;
  assert.deepEqual([...(decodeRows({ rows: 1000, bytes }) as Float64Array)], rows);
});

test('what a typed array refuses to store is no damage', () => {
  assert.throws(() => decodeInto(encodeRows([1n]), new Float64Array(1), 0), TypeError);
});

test('own properties of built-in objects do not mislead', () => {
  const values = [
    Object.assign(new Number(3), { valueOf: 4 }),
    Object.defineProperty(/a/g, 'source', { value: 'b' }),
    Object.defineProperty(new Map([[1, 2]]), 'forEach', { value: 1 }),
    Object.defineProperty(new Date(5), 'getTime', { value: 1 }),
  ];
  values.forEach((value, i) => {
    assertSame(decodeValue(encodeValue(value)), structuredClone(value), `${i}`);
  });
});

test('strings that repeat travel once, also where the first few rows did not show it', () => {
  const rows = (count: number, of: string): object[] =>
    Array.from({ length: count }, (_, i) => ({
      [`name of ${of}`]: `a long enough word ${i % 12}`,
      words: [`word number ${i % 12}`],
    }));
  const weight = (block: Block): number => block.bytes.length / block.rows;
  const fresh = encodeRows(rows(2000, 'a fresh one'));
  encodeRows(rows(13, 'a known one'));
  const known = encodeRows(rows(2000, 'a known one'));
  assertSame(decodeRows(known), rows(2000, 'a known one'));
  assert.ok(weight(known) < weight(fresh) * 1.1, `${weight(known)} bytes a row instead of ${weight(fresh)}`);
  assert.ok(weight(known) < 10, `${weight(known)} bytes a row`);
});

test('what objects inherit does not travel, and does not stand in for what they lack', () => {
  function Old(this: { a: number; b: string }, i: number) {
    this.a = i;
    this.b = `b${i}`;
  }
  Old.prototype.c = 1;
  Old.prototype.greet = () => 'hello';
  const make = Old as unknown as new (i: number) => { a?: number; b?: string; c?: number };
  const rows = Array.from({ length: 400 }, (_, i) => new make(i));
  const plain = rows.map(({ a, b }) => ({ a, b }));
  const block = encodeRows(rows);
  assertSame(decodeRows(block), plain);
  assert.ok(
    block.bytes.length < 400 * 16,
    `${block.bytes.length} bytes: inherited properties are no reason for another encoding`,
  );
  // Keys in the right order, of which the last is inherited; one more of its own; one that hides what is inherited.
  const odd = Array.from({ length: 400 }, (_, i) => new make(i));
  for (const row of odd) row.c = 5;
  delete odd[200]!.c;
  (odd[300] as Record<string, unknown>).greet = 'own';
  assertSame(
    decodeRows(encodeRows(odd)),
    odd.map((row) => structuredClone(row)),
  );
});

test('rows that are one object arrive as two, and so does memory they share', () => {
  const memory = new ArrayBuffer(64);
  const row = { view: new Uint8Array(memory), again: new Uint16Array(memory) };
  const [first, second] = decodeRows(encodeRows([row, row])) as unknown as (typeof row)[];
  assert.notEqual(first, second);
  assert.equal(first!.view.buffer, first!.again.buffer);
  assert.notEqual(first!.view.buffer, second!.view.buffer);
  const moved = new Float64Array(LARGE);
  const [one, other] = decodeRows(encodeRows([[moved], [moved]], { move: [moved] })) as unknown as Float64Array[][];
  assert.notEqual(one![0]!.buffer, other![0]!.buffer);
  assert.equal(moved.length, 0);
});

test('a Buffer brings its own bytes, and what shares memory goes on to share it', () => {
  const pooled = Buffer.from('some words of a pool');
  assert.ok(pooled.buffer.byteLength > pooled.length);
  for (const value of [pooled, [pooled], { a: pooled }]) {
    const block = encodeRows([value]);
    assert.ok(block.bytes.length < 200);
    const [decoded] = [decodeRows(block)[0]].flatMap((row) =>
      Buffer.isBuffer(row) ? row : Object.values(row as object),
    );
    assert.ok(Buffer.isBuffer(decoded) && decoded.equals(pooled));
    assert.equal(decoded.buffer.byteLength, pooled.length);
  }
  const [words, part] = decodeValue(encodeValue([pooled, pooled.subarray(5, 10)])) as [Buffer, Buffer];
  part.fill('W');
  assert.equal(words.toString(), 'some WWWWW of a pool');
  const [, whole] = decodeValue(encodeValue([pooled, pooled.buffer])) as [Buffer, ArrayBuffer];
  assert.equal(whole.byteLength, pooled.buffer.byteLength);
});

test('large memory travels beside the bytes, copied once, or moved if asked', () => {
  const array = Float64Array.from({ length: LARGE }, (_, i) => i);
  const copied = encodeRows([array]);
  assert.ok(copied.bytes.length < 100);
  assert.equal(copied.attached?.length, 1);
  assert.notEqual(copied.attached[0], array.buffer);
  assert.equal(array.length, LARGE);
  const [attachment] = copied.attached;
  assert.equal((decodeRows(copied)[0] as Float64Array).buffer, attachment);
  for (const options of [{ move: [array] }, { moveFresh: true }]) {
    const source = array.slice();
    const block = encodeRows([source], 'move' in options ? { move: [source.buffer] } : options);
    assert.equal(source.length, 0, 'detached');
    assertSame(decodeRows(overChannel(block))[0], array);
  }
  for (const wrap of [(small: Uint8Array) => ({ small }), (small: Uint8Array) => small]) {
    const small = new Uint8Array([1, 2, 3]);
    const block = encodeRows([wrap(small)], { move: [small] });
    assert.equal(small.length, 0);
    assertSame(decodeRows(overChannel(block))[0], wrap(new Uint8Array([1, 2, 3])));
  }
});

test('nothing is moved when a later row is refused', () => {
  const array = new Float64Array(LARGE);
  assert.throws(() => encodeRows([array, () => 1], { moveFresh: true, move: [array] }));
  assert.equal(array.length, LARGE);
});

test('memory that cannot be moved is copied', () => {
  // The type library leaves WebAssembly to browsers.
  const { Memory } = Reflect.get(globalThis, 'WebAssembly') as {
    Memory: new (size: { initial: number }) => { buffer: ArrayBuffer };
  };
  const { buffer } = new Memory({ initial: 2 });
  new Uint8Array(buffer)[5] = 9;
  const [decoded] = decodeRows(
    overChannel(encodeRows([buffer], { moveFresh: true, move: [buffer] })),
  ) as unknown as ArrayBuffer[];
  assert.equal(new Uint8Array(decoded!)[5], 9);
  assert.equal(buffer.byteLength, 131072);
});

test('shared memory, ports and handles of Node travel as themselves', () => {
  const shared = new Int32Array(new SharedArrayBuffer(16));
  const { port1, port2 } = new MessageChannel();
  const key = createSecretKey(Buffer.from('secret'));
  const block = encodeRows([{ shared, port: port1, key }, shared], { move: [port1] });
  const [row, again] = decodeRows(overChannel(block)) as unknown as [
    { shared: Int32Array; port: MessagePort; key: KeyObject },
    Int32Array,
  ];
  row.shared[1] = 5;
  assert.equal(shared[1], 5);
  assert.equal(again[1], 5);
  assert.ok(row.key.equals(key));
  row.port.postMessage('hello');
  assert.deepEqual(receiveMessageOnPort(port2), { message: 'hello' });
  row.port.close();
});

test('getters run once', () => {
  let runs = 0;
  const row = () => ({
    id: 1,
    get next(): number {
      return ++runs;
    },
  });
  for (const encode of [() => encodeRows([row()]), () => encodeRows([row(), row()]), () => encodeValue(row())]) {
    runs = 0;
    const block = encode();
    assert.equal(runs, block.rows);
    assert.equal((decodeRows(block)[0] as { next: number }).next, 1);
  }
  runs = 0;
  packRows([encodeRow(row())]);
  assert.equal(runs, 1);
});

test('a getter may encode something itself', () => {
  const inner = { list: [1, { a: 2 }] };
  const row = (i: number) => ({
    i,
    get nested(): unknown {
      return decodeRows(encodeRows([inner, inner]))[1];
    },
    last: 'x',
  });
  const rows = Array.from({ length: 30 }, (_, i) => row(i));
  const decoded = decodeRows(encodeRows(rows));
  for (let i = 0; i < 30; i++) assertSame(decoded[i], { i, nested: inner, last: 'x' });
  assertSame(decodeRows(packRows(rows.map((item) => encodeRow(item))))[3], { i: 3, nested: inner, last: 'x' });
});

test('lists far longer than the stack is deep', () => {
  let list: { next: unknown; i: number } | null = null;
  for (let i = 0; i < 50_000; i++) list = { next: list, i };
  let walked = 0;
  for (let at = decodeValue(encodeValue(list)) as typeof list; at !== null; at = at.next as typeof list) walked++;
  assert.equal(walked, 50_000);
});

test('a snapshot does not follow its original', () => {
  const rows = [1, 'x', { a: [1, { b: 2 }] }, [3, 4], new Map([[1, { c: 1 }]]), new Uint8Array([5]), undefined];
  const expected = structuredClone(rows);
  const snapshots = rows.map((row) => encodeRow(row));
  const [, , object, array, map, view] = rows as [
    number,
    string,
    { a: [number, { b: number }] },
    number[],
    Map<number, { c: number }>,
    Uint8Array,
  ];
  object.a[1].b = 9;
  array.push(5);
  map.get(1)!.c = 9;
  view[0] = 9;
  const decoded = decodeRows(packRows(snapshots));
  expected.forEach((row, i) => {
    assertSame(decoded[i], row, `row ${i}`);
  });
  assert.ok(decodeRows(packRows([1, 2, 3].map((row) => encodeRow(row)))) instanceof Float64Array);
  assert.equal(packRows([]).rows, 0);
});

const samples: Record<string, unknown[]> = {
  numbers: [1, 2.5, -0],
  constants: [true, null, undefined],
  strings: ['a', 'b\u0416', 'x'.repeat(300)],
  views: [new Uint16Array([1, 2]), new Uint16Array(3)],
  records: Array.from({ length: 12 }, (_, i) => ({
    id: i,
    name: `user-${i}`,
    kind: i % 2 ? 'a' : 'b',
    tags: ['x', `${i}`],
    at: i % 3 ? { x: 1 } : null,
  })),
  general: [
    new Map<unknown, unknown>([[1, 'a']]),
    [1, 2, 3, 4],
    { a: { b: [new Date(5), /x/g, 10n, new Error('e')] } },
    new DataView(new ArrayBuffer(9)),
  ],
};
samples.groups = [...samples.records!, 1, 2, ...samples.general!];

for (const [name, rows] of Object.entries(samples)) {
  test(`damaged bytes are noticed, or read as other values, but nothing else (${name})`, () => {
    const block = encodeRows(rows);
    const read = (bytes: Uint8Array<ArrayBuffer>, count = block.rows) => decodeRows({ ...block, rows: count, bytes });
    for (let length = 0; length < block.bytes.length; length++) {
      assert.throws(() => read(block.bytes.slice(0, length)), ExchangeError, `cut at ${length}`);
    }
    assert.throws(() => read(block.bytes, block.rows + 1), ExchangeError);
    assert.throws(() => read(block.bytes, block.rows - 1), ExchangeError);
    assert.throws(() => read(Uint8Array.from([...block.bytes, 0])), ExchangeError);
    for (let at = 0; at < block.bytes.length; at++) {
      for (const flip of [1, 0x80, 0xff]) {
        const bytes = block.bytes.slice();
        bytes[at]! ^= flip;
        try {
          read(bytes);
        } catch (error) {
          assert.ok(error instanceof ExchangeError, `byte ${at}: ${error}`);
        }
      }
    }
  });
}

test('a frame holds several large buffers, whatever their sizes, and is the same bytes each time', () => {
  const rows = [1, 3, 7, 8].map((more) => new Uint8Array(LARGE + more).fill(more));
  const encode = (): Block => encodeRows(rows);
  assert.equal(encode().attached?.length, rows.length);
  const frame = toBytes(encode());
  assert.deepEqual(Array.from(decodeRows(fromBytes(frame))), rows);
  // What lies between them is no memory of somebody else's, and its checksum says something.
  for (let i = 0; i < 20; i++) {
    Buffer.allocUnsafeSlow(frame.length).fill(255);
    assert.equal(Buffer.compare(toBytes(encode()), frame), 0);
  }
});

test('a large buffer that can be resized still can after a frame, up to its own maximum', () => {
  const buffer = Reflect.construct(ArrayBuffer, [LARGE, { maxByteLength: 3 * LARGE }]) as ArrayBuffer;
  new Uint8Array(buffer).fill(7);
  const [got] = Array.from(decodeRows(fromBytes(toBytes(encodeRows([buffer])))));
  assert.equal(difference(got, structuredClone(buffer)), undefined);
  assert.equal((got as { maxByteLength?: number }).maxByteLength, 3 * LARGE);
});

function withOneMore(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const more = new Uint8Array(bytes.length + 1);
  more.set(bytes);
  return more;
}

test('frames notice damage too', () => {
  const frame = toBytes(encodeRows([new Float64Array(LARGE), { a: 1 }]));
  assertSame(decodeRows(fromBytes(frame))[1], { a: 1 });
  for (const length of [0, 4, 23, 24, 40, 100, frame.length - 8, frame.length - 1]) {
    assert.throws(() => decodeRows(fromBytes(frame.slice(0, length))), ExchangeError, `cut at ${length}`);
  }
  assert.throws(() => fromBytes(new Uint8Array(64)), ExchangeError);
  assert.throws(() => fromBytes(withOneMore(frame)), ExchangeError, 'one byte more');
});

test('attached memory that got lost is noticed', () => {
  const { attached: _, ...rest } = encodeRows([new Float64Array(LARGE)]);
  assert.throws(() => decodeRows(rest), ExchangeError);
});
