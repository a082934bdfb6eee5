/**
 * The general encoding: writes every value that structured clone carries, in one pass (getters run once), each row by itself.
 * Objects write their keys once a block (a shape), arrays of numbers are written as such.
 */
import { Buffer } from 'node:buffer';
import { types } from 'node:util';
import { MessagePort } from 'node:worker_threads';
import { ValueError } from '../errors.js';
import type { Block } from './block.js';
import { ByteWriter, isWide, MAX_POOLED_LENGTH } from './bytes.js';
import { kindOf } from './classify.js';
import { followsLength, isBuffer, isDetached, MemoryWriter } from './memory.js';
import { hasNames, isIndex } from './names.js';
import { ObjectNumbers } from './object-numbers.js';
import type { EncodeOptions } from './options.js';
import { joinParts } from './parts.js';
import {
  className,
  DETACHED,
  describeRefused,
  NOT_MOVED,
  OUT_OF_BOUNDS,
  type PathStep,
  refusal,
  SKIPPED,
  TOO_DEEP,
  threadsOnly,
  unreadable,
} from './refusal.js';
import { NEW_SHAPE, ShapeTable } from './shapes.js';
import { Encoding, errorClasses, Row, Tag } from './tags.js';
import { viewClass, viewLength } from './views.js';

/**
 * Objects nested deeper (linked lists) are written after the rest of their row, so that neither side runs out of stack. What cannot
 * wait, such as keys of a Map, is refused past MAX_DEPTH.
 */
const DEFER_DEPTH = 300;
const MAX_DEPTH = 900;
const MIN_DOUBLES = 4;
/** Arrays longer than this may be mostly holes. */
const MAX_DENSE_UNSEEN = 1024;

/** Whether structured clone keeps the cause of an error, which differs between runtimes. */
const keepsCause: boolean = 'cause' in structuredClone(new Error('', { cause: 1 }));

const dateValue = Date.prototype.getTime;
const mapForEach = Map.prototype.forEach;
const setForEach = Set.prototype.forEach;
const { hasOwn } = Object;

export class GeneralWriter {
  readonly #out = new ByteWriter();
  #shapes = new ShapeTable();
  #texts: string[] = [];
  #memory: MemoryWriter | undefined;
  #options: EncodeOptions = {};
  // Of the current row:
  #index: number | undefined;
  #depth = 0;
  readonly #path: PathStep[] = [];
  readonly #objects = new ObjectNumbers();
  #flagAt = 0;
  #deferred: object[] = [];

  /** Encodes rows `from` to `to`. `firstIndex` is the place of `from` for errors, `undefined` for values that are no items. */
  encode(
    rows: ArrayLike<unknown>,
    from: number,
    to: number,
    firstIndex: number | undefined,
    options: EncodeOptions,
  ): Block {
    this.#options = options;
    try {
      for (let i = from; i < to; i++) this.#row(rows[i], firstIndex === undefined ? undefined : firstIndex + i - from);
      return this.#finish(to - from);
    } finally {
      this.#out.clear();
      if (this.#texts.length > 0) this.#texts = [];
      if (this.#shapes.size > 0) this.#shapes = new ShapeTable();
      this.#memory = undefined;
      this.#options = {};
      this.#forgetRow();
    }
  }

  #forgetRow(): void {
    this.#depth = 0;
    this.#path.length = 0;
    this.#objects.clear();
    if (this.#deferred.length > 0) this.#deferred = [];
  }

  #row(value: unknown, index: number | undefined): void {
    this.#index = index;
    this.#flagAt = this.#out.length;
    this.#out.byte(Row.tree);
    if (typeof value !== 'object' || value === null) {
      this.#value(value);
      return;
    }
    this.#memory?.startRow();
    this.#forgetRow();
    try {
      this.#object(value);
      for (let i = 0; i < this.#deferred.length; i++) {
        this.#path[0] = SKIPPED;
        this.#depth = 1;
        this.#object(this.#deferred[i]!);
      }
    } catch (error) {
      if (error instanceof ValueError) throw error;
      throw unreadable(error, this.#path.slice(0, this.#depth), index);
    }
  }

  #value(value: unknown): void {
    const out = this.#out;
    switch (typeof value) {
      case 'string':
        this.#string(value);
        return;
      case 'number':
        if ((value | 0) === value && (value !== 0 || Object.is(value, 0))) {
          out.byte(Tag.integer);
          out.varint(((value << 1) ^ (value >> 31)) >>> 0);
        } else {
          out.byte(Tag.double);
          out.float64(value);
        }
        return;
      case 'boolean':
        out.byte(value ? Tag.true : Tag.false);
        return;
      case 'undefined':
        out.byte(Tag.undefined);
        return;
      case 'object':
        if (value === null) out.byte(Tag.null);
        else this.#object(value);
        return;
      case 'bigint':
        this.#bigint(value);
        return;
      default:
        throw this.#refuse(value);
    }
  }

  #refuse(value: unknown, detail?: string): ValueError {
    const isItem = this.#index !== undefined && this.#depth === 0;
    return refusal(detail ?? describeRefused(value, isItem), this.#path.slice(0, this.#depth), this.#index);
  }

  #string(text: string): void {
    const out = this.#out;
    if (text.length <= MAX_POOLED_LENGTH) {
      out.byte(Tag.pooled);
      out.varint(text.length);
      this.#texts.push(text);
    } else {
      const wide = isWide(text);
      out.byte(wide ? Tag.utf16 : Tag.latin1);
      out.varint(text.length);
      out.characters(text, wide);
    }
  }

  #bigint(value: bigint): void {
    const hex = (value < 0n ? -value : value).toString(16);
    const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
    this.#out.byte(value < 0n ? Tag.negativeBigint : Tag.bigint);
    this.#out.varint(bytes.length);
    this.#out.raw(bytes);
  }

  #object(value: object): void {
    const number = this.#objects.find(value);
    if (number >= 0) {
      this.#out.setByte(this.#flagAt, Row.references);
      this.#out.byte(Tag.reference);
      this.#out.varint(number);
      return;
    }
    if (this.#depth >= MAX_DEPTH) throw this.#refuse(value, TOO_DEEP);
    switch (kindOf(value)) {
      case 'plain':
        this.#plain(value as Record<string, unknown>);
        return;
      case 'array':
        this.#array(value as unknown[]);
        return;
      case 'map':
        this.#map(value as Map<unknown, unknown>);
        return;
      case 'set':
        this.#set(value as Set<unknown>);
        return;
      case 'date':
        this.#out.byte(Tag.date);
        this.#out.float64(dateValue.call(value));
        return;
      case 'regexp':
        this.#out.byte(Tag.regexp);
        this.#string(Reflect.get(RegExp.prototype, 'source', value));
        this.#string(Reflect.get(RegExp.prototype, 'flags', value));
        return;
      case 'error':
        this.#error(value as Error);
        return;
      case 'boxed':
        this.#out.byte(Tag.boxed);
        this.#value(unbox(value));
        return;
      case 'buffer':
      case 'shared':
        this.#out.byte(Tag.memory);
        this.#useMemory(value as ArrayBuffer, 0, (value as ArrayBuffer).byteLength, value);
        return;
      case 'view':
        this.#view(value as ArrayBufferView);
        return;
      case 'host':
        this.#host(value);
        return;
      case 'refused':
        this.#refusedObject(value);
    }
  }

  #plain(value: Record<string, unknown>): void {
    const out = this.#out;
    const keys = Object.keys(value);
    const known = this.#shapes.find(keys);
    if (known >= 0) {
      out.byte(Tag.object);
      out.varint(known);
    } else {
      out.byte(known === NEW_SHAPE ? Tag.newShape : Tag.loneShape);
      out.varint(keys.length);
      for (const key of keys) this.#string(key);
    }
    for (let i = 0; i < keys.length; i++) this.#property(value, keys[i]!);
  }

  #property(owner: Record<string, unknown>, key: string): void {
    this.#path[this.#depth++] = key;
    const value = owner[key];
    // A getter may have deleted the property since the keys were listed.
    if (value === undefined && !hasOwn(owner, key)) this.#out.byte(Tag.hole);
    else this.#child(value);
    this.#depth--;
  }

  /** A value that the reader can put into its place later. */
  #child(value: unknown): void {
    if (this.#depth >= DEFER_DEPTH && typeof value === 'object' && value !== null) {
      this.#out.byte(Tag.deferred);
      this.#deferred.push(value);
    } else {
      this.#value(value);
    }
  }

  #array(value: unknown[]): void {
    const out = this.#out;
    const { length } = value;
    if (length > MAX_DENSE_UNSEEN && isSparse(value)) {
      out.byte(Tag.sparseArray);
      out.varint(length);
      this.#entries(value, Object.keys(value));
      return;
    }
    const named = hasNames(value);
    if (!named && length >= MIN_DOUBLES && this.#doubles(value)) return;
    out.byte(named ? Tag.arrayWithNames : Tag.array);
    out.varint(length);
    for (let i = 0; i < length; i++) {
      this.#path[this.#depth++] = i;
      const item = value[i];
      if (item === undefined && !hasOwn(value, i)) out.byte(Tag.hole);
      else this.#child(item);
      this.#depth--;
    }
    if (named)
      this.#entries(
        value,
        Object.keys(value).filter((key) => !isIndex(key)),
      );
  }

  #entries(owner: object, keys: string[]): void {
    this.#out.varint(keys.length);
    for (const key of keys) {
      this.#string(key);
      this.#property(owner as Record<string, unknown>, key);
    }
  }

  #doubles(value: unknown[]): boolean {
    // Two passes over numbers cost less than tags for each.
    if (typeof value[0] !== 'number') return false;
    for (let i = 1; i < value.length; i++) if (typeof value[i] !== 'number') return false;
    this.#out.byte(Tag.doubles);
    this.#out.varint(value.length);
    for (let i = 0; i < value.length; i++) this.#out.float64(value[i] as number);
    return true;
  }

  #map(value: Map<unknown, unknown>): void {
    const entries: unknown[] = [];
    mapForEach.call(value, (item, key) => entries.push(key, item));
    this.#out.byte(Tag.map);
    this.#out.varint(entries.length / 2);
    for (let i = 0; i < entries.length; i += 2) {
      this.#path[this.#depth++] = { keyAt: i / 2 };
      this.#value(entries[i]);
      this.#path[this.#depth - 1] = { mapKey: entries[i] };
      this.#child(entries[i + 1]);
      this.#depth--;
    }
  }

  #set(value: Set<unknown>): void {
    const items: unknown[] = [];
    setForEach.call(value, (item) => items.push(item));
    this.#out.byte(Tag.set);
    this.#out.varint(items.length);
    for (let i = 0; i < items.length; i++) {
      this.#path[this.#depth++] = { elementAt: i };
      this.#value(items[i]);
      this.#depth--;
    }
  }

  #error(value: Error): void {
    const message = Object.getOwnPropertyDescriptor(value, 'message');
    const cause = keepsCause ? Object.getOwnPropertyDescriptor(value, 'cause') : undefined;
    const name = `${value.name}`;
    this.#out.byte(Tag.error);
    this.#out.byte(Math.max(errorClasses.indexOf(name), 0));
    this.#value(message !== undefined && 'value' in message ? `${message.value}` : undefined);
    if (cause !== undefined && 'value' in cause) {
      this.#path[this.#depth++] = 'cause';
      this.#value(cause.value);
      this.#depth--;
    } else {
      this.#out.byte(Tag.hole);
    }
    const { stack } = value;
    this.#value(typeof stack === 'string' ? stack : undefined);
  }

  #view(value: ArrayBufferView): void {
    const { buffer, byteOffset, byteLength } = value;
    const follows = followsLength(value);
    if (follows === undefined) throw this.#refuse(value, OUT_OF_BOUNDS);
    this.#out.byte(Tag.view);
    this.#out.byte(viewClass(value));
    if (isBuffer(value)) this.#useMemory(buffer, byteOffset, byteOffset + byteLength, value);
    else this.#useMemory(buffer, 0, buffer.byteLength, value);
    this.#out.varint(byteOffset);
    // One more than the length, or 0 for a view that follows its buffer.
    this.#out.varint(follows ? 0 : 1 + viewLength(value));
  }

  #useMemory(memory: ArrayBuffer | SharedArrayBuffer, low: number, high: number, value: object): void {
    if (isDetached(memory as ArrayBuffer)) throw this.#refuse(value, DETACHED);
    if (this.#options.sharedMemory === false && memory instanceof SharedArrayBuffer) {
      throw this.#refuse(value, threadsOnly('shared memory'));
    }
    this.#out.varint(this.#memoryTable().use(memory, low, high));
  }

  #host(value: object): void {
    if (className(value) === 'DOMException') {
      const { name, message, stack } = value as Error;
      this.#out.byte(Tag.domException);
      this.#string(message);
      this.#string(name);
      this.#value(stack);
      return;
    }
    if (this.#options.sharedMemory === false) throw this.#refuse(value, threadsOnly(`a ${className(value)}`));
    this.#attach(value);
  }

  #refusedObject(value: object): void {
    if (!(value instanceof MessagePort)) throw this.#refuse(value);
    if (this.#options.sharedMemory === false) throw this.#refuse(value, threadsOnly('a MessagePort'));
    if (!this.#memoryTable().isMoved(value)) throw this.#refuse(value, NOT_MOVED);
    this.#attach(value);
  }

  #attach(value: object): void {
    this.#out.byte(Tag.attached);
    this.#out.varint(this.#memoryTable().attach(value));
  }

  #memoryTable(): MemoryWriter {
    this.#memory ??= new MemoryWriter(this.#options);
    return this.#memory;
  }

  #finish(rows: number): Block {
    const bodyLength = this.#out.length;
    if (this.#memory === undefined) this.#out.varint(0);
    else this.#memory.write(this.#out);
    const written = this.#out.written();
    const bytes = joinParts(
      Encoding.general,
      written.subarray(0, bodyLength),
      written.subarray(bodyLength),
      this.#texts,
    );
    const attached = this.#memory?.attached ?? [];
    return attached.length > 0 ? { rows, bytes, attached } : { rows, bytes };
  }
}

/** The primitive in a box, whatever the box says itself. */
function unbox(box: object): unknown {
  if (types.isNumberObject(box)) return Number.prototype.valueOf.call(box);
  if (types.isStringObject(box)) return String.prototype.valueOf.call(box);
  return types.isBooleanObject(box) ? Boolean.prototype.valueOf.call(box) : BigInt.prototype.valueOf.call(box);
}

/** Whether most of a long array is holes. The keys are counted only where a few places suggest it. */
function isSparse(value: unknown[]): boolean {
  const { length } = value;
  let holes = 0;
  for (let i = 0; i < 16; i++) if (!hasOwn(value, Math.floor((i * length) / 16))) holes++;
  return holes >= 8 && Object.keys(value).length < length / 2;
}
