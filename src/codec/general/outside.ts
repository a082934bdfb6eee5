/** Writes what lies outside of the values: memory, and objects that travel as themselves. */
import { MessagePort } from 'node:worker_threads';
import type { Attachment } from '../block.js';
import { followsLength, isBuffer, isDetached, MemoryWriter } from '../memory.js';
import type { EncodeOptions } from '../options.js';
import { className, DETACHED, NOT_MOVED, OUT_OF_BOUNDS, threadsOnly } from '../refusal.js';
import { Tag } from '../tags.js';
import { bufferOf, sizeOf, startOf, viewClass, viewLength } from '../views.js';
import type { Place } from './place.js';
import type { ValueOutput } from './value-output.js';

export class OutsideWriter {
  readonly #out: ValueOutput;
  readonly #place: Place;
  #options: EncodeOptions = {};
  /** Made when it is needed: most blocks have no memory. */
  #memory: MemoryWriter | undefined;

  constructor(out: ValueOutput, place: Place) {
    this.#out = out;
    this.#place = place;
  }

  startBlock(options: EncodeOptions): void {
    this.#options = options;
    this.#memory = undefined;
  }

  startRow(): void {
    this.#memory?.startRow();
  }

  memory(value: ArrayBuffer | SharedArrayBuffer): void {
    this.#out.byte(Tag.memory);
    this.#use(value, 0, value.byteLength, value);
  }

  view(value: ArrayBufferView): void {
    const buffer = bufferOf(value);
    const start = startOf(value);
    const follows = followsLength(value);
    if (follows === undefined) throw this.#place.refuse(value, OUT_OF_BOUNDS);
    this.#out.byte(Tag.view);
    this.#out.byte(viewClass(value));
    if (isBuffer(value)) this.#use(buffer, start, start + sizeOf(value), value);
    else this.#use(buffer, 0, buffer.byteLength, value);
    this.#out.varint(start);
    // One more than the length, or 0 for a view that follows its buffer.
    this.#out.varint(follows ? 0 : 1 + viewLength(value));
  }

  #use(memory: ArrayBuffer | SharedArrayBuffer, low: number, high: number, value: object): void {
    if (isDetached(memory)) throw this.#place.refuse(value, DETACHED);
    if (memory instanceof SharedArrayBuffer) this.#requireThreads(value, 'shared memory');
    this.#out.varint(this.#table().use(memory, low, high));
  }

  /** An object of the runtime that structured clone carries. */
  host(value: object): void {
    const name = className(value);
    if (name === 'DOMException') {
      const exception = value as Error;
      this.#out.byte(Tag.domException);
      this.#out.string(exception.message);
      this.#out.string(exception.name);
      this.#out.primitive(exception.stack);
    } else {
      this.#requireThreads(value, `a ${name}`);
      this.#attach(value);
    }
  }

  /** What structured clone refuses, unless it is a port that is moved. */
  refused(value: object): void {
    if (!(value instanceof MessagePort)) throw this.#place.refuse(value);
    this.#requireThreads(value, 'a MessagePort');
    if (!this.#table().isMoved(value)) throw this.#place.refuse(value, NOT_MOVED);
    this.#attach(value);
  }

  #requireThreads(value: object, what: string): void {
    if (this.#options.sharedMemory === false) throw this.#place.refuse(value, threadsOnly(what));
  }

  #attach(value: object): void {
    this.#out.byte(Tag.attached);
    this.#out.varint(this.#table().attach(value));
  }

  #table(): MemoryWriter {
    this.#memory ??= new MemoryWriter(this.#options);
    return this.#memory;
  }

  /** Writes the table of memory, moving what is moved, and gives what travels beside the bytes. */
  finish(): readonly Attachment[] {
    if (this.#memory === undefined) {
      this.#out.varint(0);
      return [];
    }
    this.#memory.write(this.#out);
    return this.#memory.attached;
  }
}
