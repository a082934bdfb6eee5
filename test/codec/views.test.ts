/** Views are encoded as what they are, whatever a program has put in front of what they say of themselves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeRows, encodeRows } from '../../src/codec/index.js';
import { weightOf } from '../../src/exchange/weigh.js';
import { difference } from '../support/deep-same.js';

class Longer extends Float64Array {
  override get byteLength(): number {
    return 800;
  }
  override get byteOffset(): number {
    return 16;
  }
}

class Elsewhere extends Uint8Array {
  override get buffer(): ArrayBuffer {
    throw new Error('nobody asks for this');
  }
}

class Shifted extends (DataView as new (...given: unknown[]) => object) {
  get byteOffset(): number {
    return 3;
  }
  get byteLength(): number {
    throw new Error('nobody asks for this');
  }
}

const own = (view: ArrayBufferView, key: string, value: unknown): ArrayBufferView =>
  Object.defineProperty(view, key, { value });
const bytes = (): ArrayBuffer => Uint8Array.from({ length: 64 }, (_, i) => i).buffer;

const views: Readonly<Record<string, () => ArrayBufferView>> = {
  'a class with a length and a start of its own': () => new Longer([1, 2, 3]),
  'a class without memory': () => new Elsewhere([1, 2, 3]),
  'a DataView of such a class': () => new Shifted(bytes(), 8, 24) as DataView,
  'its own byteLength': () => own(new Int16Array([1, 2, 3]), 'byteLength', 1000),
  'its own byteOffset': () => own(new Int16Array(bytes(), 4, 6), 'byteOffset', 40),
  'its own buffer': () => own(new Uint8Array([1, 2, 3]), 'buffer', new ArrayBuffer(1)),
  'its own length': () => own(new Float32Array([1, 2, 3]), 'length', 1),
  'a DataView with its own buffer': () => own(new DataView(bytes(), 8), 'buffer', bytes().slice(1)),
  'another prototype': () => Object.setPrototypeOf(new DataView(bytes()), Float64Array.prototype) as DataView,
  'the prototype of a DataView': () => Object.setPrototypeOf(new Uint8Array([1, 2]), DataView.prototype) as Uint8Array,
  'no prototype': () => Object.setPrototypeOf(new Uint16Array([1, 2]), null) as Uint16Array,
};

for (const [name, make] of Object.entries(views)) {
  test(`${name}: arrives as a clone does, alone, among others, and within a row`, () => {
    const lots = [[make()], Array.from({ length: 40 }, make), [[make()], { at: make() }], [1, make(), 'a', make()]];
    for (const rows of lots) {
      const got = Array.from(decodeRows(encodeRows(rows)));
      assert.deepEqual(
        got.map((one, i) => difference(one, structuredClone(rows[i]))),
        rows.map(() => undefined),
      );
    }
  });

  test(`${name}: moves with its memory`, () => {
    const view = make();
    const copy = structuredClone(view);
    const [got] = Array.from(decodeRows(encodeRows([view], { move: [view] })));
    assert.equal(difference(got, copy), undefined);
  });

  test(`${name}: weighs what it holds`, () => {
    const view = make();
    assert.equal(weightOf(view), weightOf(structuredClone(view)));
  });
}
