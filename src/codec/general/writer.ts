/**
 * The general encoding: writes every value that structured clone carries, in one pass (getters run once), each row by itself.
 * Objects write their keys once a block (a shape), arrays of numbers are written as such.
 */
import { types } from 'node:util';
import { ValueError } from '../../errors.js';
import type { Block } from '../block.js';
import { kindOf } from '../classify.js';
import { hasNames, isIndex } from '../names.js';
import type { EncodeOptions } from '../options.js';
import { joinParts } from '../parts.js';
import { SKIPPED, TOO_DEEP } from '../refusal.js';
import { Encoding, errorClasses, Row, Tag } from '../tags.js';
import { ObjectNumbers } from './object-numbers.js';
import { OutsideWriter } from './outside.js';
import { Place } from './place.js';
import { NEW_SHAPE, ShapeTable } from './shapes.js';
import { ValueOutput } from './value-output.js';

/**
 * Objects nested deeper (linked lists) are written after the rest of their row, so that neither side runs out of stack. What cannot
 * wait, such as keys of a Map, is refused past MAX_DEPTH.
 */
const DEFER_DEPTH = 300;
const MAX_DEPTH = 900;
/** Shorter arrays of numbers are not worth a look of their own. */
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
  readonly #out = new ValueOutput();
  readonly #place = new Place();
  readonly #outside = new OutsideWriter(this.#out, this.#place);
  #shapes = new ShapeTable();
  // Of the current row:
  readonly #objects = new ObjectNumbers();
  #deferred: object[] = [];
  #flagAt = 0;

  /** Encodes rows `from` to `to`. `firstIndex` is the place of `from` for errors, `undefined` for values that are no items. */
  encode(
    rows: ArrayLike<unknown>,
    from: number,
    to: number,
    firstIndex: number | undefined,
    options: EncodeOptions,
  ): Block {
    this.#outside.startBlock(options);
    try {
      for (let i = from; i < to; i++) this.#row(rows[i], firstIndex === undefined ? undefined : firstIndex + i - from);
      return this.#finish(to - from);
    } finally {
      this.#out.clear();
      if (this.#shapes.size > 0) this.#shapes = new ShapeTable();
      this.#outside.startBlock({});
      this.#startRow(undefined);
      this.#place.clear();
    }
  }

  #finish(rows: number): Block {
    const bodyLength = this.#out.length;
    const attached = this.#outside.finish();
    const written = this.#out.written();
    const body = written.subarray(0, bodyLength);
    const bytes = joinParts(Encoding.general, body, written.subarray(bodyLength), this.#out.texts.join(''));
    return attached.length > 0 ? { rows, bytes, attached } : { rows, bytes };
  }

  #startRow(index: number | undefined): void {
    this.#place.start(index);
    this.#outside.startRow();
    this.#objects.clear();
    if (this.#deferred.length > 0) this.#deferred = [];
  }

  #row(value: unknown, index: number | undefined): void {
    this.#flagAt = this.#out.length;
    this.#out.byte(Row.tree);
    if (this.#out.primitive(value)) return;
    this.#startRow(index);
    try {
      this.#value(value);
      for (let i = 0; i < this.#deferred.length; i++) {
        this.#place.depth = 0;
        this.#place.enter(SKIPPED);
        this.#object(this.#deferred[i]!);
      }
    } catch (error) {
      throw error instanceof ValueError ? error : this.#place.unreadable(error);
    }
  }

  #value(value: unknown): void {
    if (this.#out.primitive(value)) return;
    if (typeof value !== 'object' || value === null) throw this.#place.refuse(value);
    this.#object(value);
  }

  #object(value: object): void {
    const number = this.#objects.find(value);
    if (number >= 0) {
      this.#out.setByte(this.#flagAt, Row.references);
      this.#out.byte(Tag.reference);
      this.#out.varint(number);
      return;
    }
    if (this.#place.depth >= MAX_DEPTH) throw this.#place.refuse(value, TOO_DEEP);
    switch (kindOf(value)) {
      case 'plain':
        this.#plain(value as Record<string, unknown>);
        break;
      case 'array':
        this.#array(value as unknown[]);
        break;
      case 'map':
        this.#map(value as Map<unknown, unknown>);
        break;
      case 'set':
        this.#set(value as Set<unknown>);
        break;
      case 'date':
        this.#out.byte(Tag.date);
        this.#out.float64(dateValue.call(value));
        break;
      case 'regexp':
        this.#out.byte(Tag.regexp);
        this.#out.string(Reflect.get(RegExp.prototype, 'source', value));
        this.#out.string(Reflect.get(RegExp.prototype, 'flags', value));
        break;
      case 'error':
        this.#error(value as Error);
        break;
      case 'boxed':
        this.#out.byte(Tag.boxed);
        this.#out.primitive(unbox(value));
        break;
      case 'memory':
        this.#outside.memory(value as ArrayBuffer | SharedArrayBuffer);
        break;
      case 'view':
        this.#outside.view(value as ArrayBufferView);
        break;
      case 'host':
        this.#outside.host(value);
        break;
      case 'refused':
        this.#outside.refused(value);
        break;
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
      for (const key of keys) out.string(key);
    }
    for (let i = 0; i < keys.length; i++) this.#property(value, keys[i]!);
  }

  #property(owner: Record<string, unknown>, key: string): void {
    this.#place.enter(key);
    const value = owner[key];
    // A getter may have deleted the property since the keys were listed.
    if (value === undefined && !hasOwn(owner, key)) this.#out.byte(Tag.hole);
    else this.#child(value);
    this.#place.depth--;
  }

  /** A value that the reader can put into its place later. */
  #child(value: unknown): void {
    if (this.#place.depth >= DEFER_DEPTH && typeof value === 'object' && value !== null) {
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
    if (!named && length >= MIN_DOUBLES && out.doubles(value)) return;
    out.byte(named ? Tag.arrayWithNames : Tag.array);
    out.varint(length);
    for (let i = 0; i < length; i++) {
      this.#place.enter(i);
      const item = value[i];
      if (item === undefined && !hasOwn(value, i)) out.byte(Tag.hole);
      else this.#child(item);
      this.#place.depth--;
    }
    if (!named) return;
    const names = Object.keys(value).filter((key) => !isIndex(key));
    this.#entries(value, names);
  }

  #entries(owner: object, keys: string[]): void {
    this.#out.varint(keys.length);
    for (const key of keys) {
      this.#out.string(key);
      this.#property(owner as Record<string, unknown>, key);
    }
  }

  #map(value: Map<unknown, unknown>): void {
    const entries: unknown[] = [];
    mapForEach.call(value, (item, key) => entries.push(key, item));
    this.#out.byte(Tag.map);
    this.#out.varint(entries.length / 2);
    for (let i = 0; i < entries.length; i += 2) {
      this.#place.enter({ keyAt: i / 2 });
      this.#value(entries[i]);
      this.#place.depth--;
      this.#place.enter({ mapKey: entries[i] });
      this.#child(entries[i + 1]);
      this.#place.depth--;
    }
  }

  #set(value: Set<unknown>): void {
    const items: unknown[] = [];
    setForEach.call(value, (item) => items.push(item));
    this.#out.byte(Tag.set);
    this.#out.varint(items.length);
    for (let i = 0; i < items.length; i++) {
      this.#place.enter({ elementAt: i });
      this.#value(items[i]);
      this.#place.depth--;
    }
  }

  /** Name and stack as they read, message and cause only as own data: what structured clone looks at. */
  #error(value: Error): void {
    const message = Object.getOwnPropertyDescriptor(value, 'message');
    const cause = keepsCause ? Object.getOwnPropertyDescriptor(value, 'cause') : undefined;
    const name = `${value.name}`;
    this.#out.byte(Tag.error);
    this.#out.byte(Math.max(errorClasses.indexOf(name), 0));
    this.#out.primitive(message !== undefined && 'value' in message ? `${message.value}` : undefined);
    if (cause !== undefined && 'value' in cause) {
      this.#place.enter('cause');
      this.#value(cause.value);
      this.#place.depth--;
    } else {
      this.#out.byte(Tag.hole);
    }
    const { stack } = value;
    this.#out.primitive(typeof stack === 'string' ? stack : undefined);
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
