/**
 * The memory behind typed arrays: which of it travels among a block's bytes, which beside them, and which is moved. Values refer to
 * it by its place in a table that follows the rows, since only when a row is done is it known which part of a buffer it needs.
 */
import { Buffer } from 'node:buffer';
import { types } from 'node:util';
import type { Attachment } from './block.js';
import { type ByteReader, type ByteWriter, damaged } from './bytes.js';
import type { EncodeOptions } from './options.js';
import { bufferOf } from './views.js';

/** From this size a buffer travels beside the bytes, so that it is copied once and not a second time by whoever joins bytes. */
export const ATTACH_FROM = 64 * 1024;

type Memory = ArrayBuffer | SharedArrayBuffer;

interface Entry {
  readonly memory: Memory;
  /** The part that is needed. */
  low: number;
  high: number;
}

const INLINE = 0;
const INLINE_RESIZABLE = 1;
const ATTACHED = 2;

/** The table of one block while it is written. */
export class MemoryWriter {
  readonly attached: Attachment[] = [];
  readonly #entries: Entry[] = [];
  /** The last place of each buffer in the table. */
  readonly #places = new Map<Memory, number>();
  #rowStart = 0;
  readonly #moved: ReadonlySet<object>;
  readonly #moveFresh: boolean;
  readonly #borrow: boolean;
  readonly #memory: EncodeOptions['memory'];

  constructor(options: EncodeOptions) {
    this.#moved = new Set((options.move ?? []).map((item) => (ArrayBuffer.isView(item) ? bufferOf(item) : item)));
    this.#moveFresh = options.moveFresh ?? false;
    this.#borrow = options.borrow ?? false;
    this.#memory = options.memory;
  }

  /** From here on the same buffer is another one: each row arrives with memory of its own. */
  startRow(): void {
    this.#rowStart = this.#entries.length;
  }

  isMoved(value: object): boolean {
    return this.#moved.has(value);
  }

  /** Notes that the row needs this part of `memory`, and gives its place in the table. */
  use(memory: Memory, low: number, high: number): number {
    const known = this.#places.get(memory);
    if (known === undefined || known < this.#rowStart) {
      const place = this.#entries.push({ memory, low, high }) - 1;
      this.#places.set(memory, place);
      return place;
    }
    const entry = this.#entries[known]!;
    if (low < entry.low) entry.low = low;
    if (high > entry.high) entry.high = high;
    return known;
  }

  /** A place beside the bytes for something that travels as itself. */
  attach(value: object): number {
    const at = this.attached.indexOf(value);
    return at >= 0 ? at : this.attached.push(value) - 1;
  }

  /** Writes the table. From here on moved buffers are detached, so nothing may fail after it. */
  write(to: ByteWriter): void {
    to.varint(this.#entries.length);
    for (let i = 0; i < this.#entries.length; i++) {
      const { memory, low, high } = this.#entries[i]!;
      if (types.isSharedArrayBuffer(memory)) {
        to.byte(ATTACHED);
        to.varint(this.attach(memory));
        to.varint(0);
        continue;
      }
      const size = high - low;
      const maximum = resizableMaximum(memory);
      const whole = size === memory.byteLength;
      const moved = whole && (this.#moved.has(memory) || (this.#moveFresh && size >= ATTACH_FROM));
      if (moved && this.#places.get(memory) === i) {
        this.#writeAttached(to, detach(memory) ?? copy(memory, low, high, maximum), low);
      } else if (size >= ATTACH_FROM || moved) {
        const borrowed = this.#borrow && whole && !moved && maximum === undefined;
        const used = borrowed || maximum !== undefined ? undefined : this.#memory?.(size);
        this.#writeAttached(to, borrowed ? memory : copy(memory, low, high, maximum, used), low);
      } else {
        to.byte(maximum === undefined ? INLINE : INLINE_RESIZABLE);
        if (maximum !== undefined) to.varint(maximum);
        to.varint(low);
        to.varint(size);
        to.raw(new Uint8Array(memory, low, size));
      }
    }
  }

  #writeAttached(to: ByteWriter, buffer: ArrayBuffer, low: number): void {
    to.byte(ATTACHED);
    to.varint(this.attached.push(buffer) - 1);
    to.varint(low);
  }
}

/** A buffer of the table, and how far its start lies behind the start of the original. */
export interface MemoryPart {
  readonly memory: Memory;
  readonly low: number;
}

export function readMemory(from: ByteReader, attached: readonly Attachment[]): MemoryPart[] {
  const parts: MemoryPart[] = [];
  for (let left = from.count(); left > 0; left--) {
    const kind = from.byte();
    if (kind === ATTACHED) {
      const memory = attached[from.varint()];
      if (!types.isAnyArrayBuffer(memory)) throw damaged('memory that belongs to it is missing');
      parts.push({ memory, low: from.varint() });
    } else if (kind === INLINE || kind === INLINE_RESIZABLE) {
      const maximum = kind === INLINE_RESIZABLE ? from.varint() : undefined;
      const low = from.varint();
      const bytes = from.raw(from.varint());
      if (maximum !== undefined && maximum < bytes.length) throw damaged('a buffer in it exceeds its own maximum');
      const memory = newBuffer(bytes.length, maximum);
      new Uint8Array(memory).set(bytes);
      parts.push({ memory, low });
    } else {
      throw damaged('a buffer in it is of an unknown kind');
    }
  }
  return parts;
}

// Resizable buffers are newer than the oldest type library this is compiled against.
interface MaybeResizable {
  readonly resizable?: boolean;
  readonly growable?: boolean;
  readonly maxByteLength?: number;
}

function resizableMaximum(memory: ArrayBuffer): number | undefined {
  const { resizable, maxByteLength } = memory as MaybeResizable;
  return resizable === true ? maxByteLength : undefined;
}

function newBuffer(size: number, maximum: number | undefined): ArrayBuffer {
  if (maximum === undefined) return new ArrayBuffer(size);
  return Reflect.construct(ArrayBuffer, [size, { maxByteLength: maximum }]) as ArrayBuffer;
}

/** @param into memory of that size, if there is some already */
function copy(
  memory: ArrayBuffer,
  low: number,
  high: number,
  maximum: number | undefined,
  into?: ArrayBuffer,
): ArrayBuffer {
  // `slice()` fills the new memory with zeros before it copies, which is half of the work again.
  const result =
    into ?? (maximum === undefined ? Buffer.allocUnsafeSlow(high - low).buffer : newBuffer(high - low, maximum));
  new Uint8Array(result).set(new Uint8Array(memory, low, high - low));
  return result;
}

/** The same memory once more. */
export function copyMemory(memory: ArrayBuffer): ArrayBuffer {
  return copy(memory, 0, memory.byteLength, resizableMaximum(memory));
}

/** Takes the memory away from its owner at once; `undefined` where that is not possible (memory of WebAssembly, pools). */
function detach(memory: ArrayBuffer): ArrayBuffer | undefined {
  try {
    return structuredClone(memory, { transfer: [memory] });
  } catch {
    return undefined;
  }
}

/** Whether the buffer is detached. Nothing can be done with it, and a view of it has no length. */
export function isDetached(memory: Memory): boolean {
  if (memory.byteLength > 0 || types.isSharedArrayBuffer(memory)) return false;
  try {
    new Uint8Array(memory);
    return false;
  } catch {
    return true;
  }
}

/**
 * Whether a view follows the length of its resizable buffer, which JavaScript cannot see: the runtime notes it in the last byte of
 * its own serialization. `undefined` for a view that lies outside of its shrunk buffer.
 */
export function followsLength(view: ArrayBufferView): boolean | undefined {
  const buffer = bufferOf(view);
  const { resizable, growable } = buffer as MaybeResizable;
  if (resizable !== true && growable !== true) return false;
  viewSerializer ??= makeViewSerializer();
  const serializer = new viewSerializer();
  serializer.writeHeader();
  try {
    if (types.isArrayBuffer(buffer)) serializer.transferArrayBuffer(0, buffer);
    serializer.writeValue(view);
  } catch {
    return undefined;
  }
  const bytes = serializer.releaseBuffer();
  return (bytes[bytes.length - 1]! & 1) === 1;
}

type ViewSerializer = new () => import('node:v8').Serializer;

let viewSerializer: ViewSerializer | undefined;

/** Writes references in place of buffers. Made when first needed: few programs have such views, and workers start without `node:v8`. */
function makeViewSerializer(): ViewSerializer {
  const { Serializer } = process.getBuiltinModule('node:v8');
  return class extends Serializer {
    _getSharedArrayBufferId(): number {
      return 0;
    }
  };
}

/** Whether only the bytes it shows travel with it: a Buffer is a part of a pool that belongs to others. */
export function isBuffer(view: ArrayBufferView): view is Buffer {
  return Buffer.isBuffer(view);
}
