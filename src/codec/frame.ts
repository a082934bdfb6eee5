/** Blocks as single runs of bytes, for pipes and files. */
import { Buffer } from 'node:buffer';
import { types } from 'node:util';
import { MessagePort } from 'node:worker_threads';
import { ValueError } from '../errors.js';
import type { Attachment, Block } from './block.js';
import { damaged } from './bytes.js';
import { copyMemory } from './memory.js';
import { className, threadsOnly } from './refusal.js';

/**
 * What of `block.attached` must be in the transfer list when the block is posted: its buffers, which are moved or were copied for it
 * alone, and ports. Shared memory travels by itself.
 */
export function attachmentsOf(block: Block): (ArrayBuffer | MessagePort)[] {
  const list: (ArrayBuffer | MessagePort)[] = [];
  for (const item of block.attached ?? []) {
    if (types.isArrayBuffer(item) || item instanceof MessagePort) list.push(item);
  }
  return list;
}

/** The block once more, for a message that takes its memory away: with bytes and buffers of its own. Shared memory stays the same. */
export function copyBlock({ rows, bytes, attached }: Block): Block {
  const copies = { rows, bytes: new Uint8Array(bytes) };
  return attached === undefined ? copies : { ...copies, attached: copyAttached(attached) };
}

/** Buffers of a block once more: they become part of what is decoded from it. */
export function copyAttached(attached: readonly Attachment[]): Attachment[] {
  return attached.map((one) => (types.isArrayBuffer(one) ? copyMemory(one) : one));
}

/*
 * A frame: u32 magic, u32 rows, u32 count of buffers, u32 zero; of each buffer f64 length and f64 maximum length (-1: fixed); then the
 * block's bytes to the multiple of 8 (their f64 length comes first), then the buffers, each padded likewise. Little-endian. Eight-byte
 * places keep columns of numbers readable where they lie.
 */
const MAGIC = 0x31424853;
const HEADER = 24;
const PER_BUFFER = 16;

/** The block and its attached buffers as one frame. Throws `ValueError` for what only threads share. */
export function toBytes(block: Block): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.allocUnsafeSlow(frameSize(block));
  writeFrame(block, bytes);
  return new Uint8Array(bytes.buffer);
}

/** How many bytes the frame of a block has. Throws as {@link toBytes} does. */
export function frameSize(block: Block): number {
  const buffers = buffersOf(block);
  const start = HEADER + buffers.length * PER_BUFFER;
  return buffers.reduce((sum, { byteLength }) => sum + padded(byteLength), start + padded(block.bytes.length));
}

function buffersOf({ attached = [] }: Block): ArrayBuffer[] {
  return attached.map((item) => {
    if (types.isArrayBuffer(item)) return item;
    throw new ValueError(`A row cannot be sent: it holds ${threadsOnly(`a ${className(item)}`)}`);
  });
}

/** Writes the frame of a block to where it is to lie, as large as {@link frameSize} says. */
export function writeFrame(block: Block, bytes: Buffer): void {
  const buffers = buffersOf(block);
  const start = HEADER + buffers.length * PER_BUFFER;
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt32LE(block.rows, 4);
  bytes.writeUInt32LE(buffers.length, 8);
  bytes.writeUInt32LE(0, 12);
  bytes.writeDoubleLE(block.bytes.length, 16);
  bytes.set(block.bytes, start);
  let at = pad(bytes, start + block.bytes.length);
  buffers.forEach((buffer, i) => {
    const { resizable, maxByteLength } = buffer as { resizable?: boolean; maxByteLength?: number };
    bytes.writeDoubleLE(buffer.byteLength, HEADER + i * PER_BUFFER);
    bytes.writeDoubleLE(resizable === true ? maxByteLength! : -1, HEADER + i * PER_BUFFER + 8);
    bytes.set(new Uint8Array(buffer), at);
    at = pad(bytes, at + buffer.byteLength);
  });
}

/** The block of a frame. Its bytes are a view of the frame, its buffers copies. Throws `ExchangeError` for damaged frames. */
export function fromBytes(frame: Uint8Array<ArrayBuffer>): Block {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.byteLength < HEADER || view.getUint32(0, true) !== MAGIC) throw damaged('it does not begin as one');
  const rows = view.getUint32(4, true);
  const count = view.getUint32(8, true);
  const start = HEADER + count * PER_BUFFER;
  const size = view.getFloat64(16, true);
  const bytes = part(frame, start, size);
  let at = start + padded(size);
  const attached: ArrayBuffer[] = [];
  for (let i = 0; i < count; i++) {
    const length = view.getFloat64(HEADER + i * PER_BUFFER, true);
    const maximum = view.getFloat64(HEADER + i * PER_BUFFER + 8, true);
    const source = part(frame, at, length);
    attached.push(maximum < 0 ? copyOf(source) : resizable(source, maximum));
    at += padded(length);
  }
  if (at !== frame.byteLength) throw damaged('it is longer or shorter than it says');
  return count === 0 ? { rows, bytes } : { rows, bytes, attached };
}

function part(frame: Uint8Array<ArrayBuffer>, at: number, length: number): Uint8Array<ArrayBuffer> {
  if (!(length >= 0 && at + length <= frame.byteLength)) throw damaged('it ends too early');
  return frame.subarray(at, at + length);
}

/** `slice()` would fill the new memory with zeros first. */
function copyOf(source: Uint8Array): ArrayBuffer {
  const { buffer } = Buffer.allocUnsafeSlow(source.length);
  new Uint8Array(buffer).set(source);
  return buffer as ArrayBuffer;
}

function resizable(source: Uint8Array, maxByteLength: number): ArrayBuffer {
  if (!(maxByteLength >= source.length)) throw damaged('a buffer in it exceeds its own maximum');
  const buffer = Reflect.construct(ArrayBuffer, [source.length, { maxByteLength }]) as ArrayBuffer;
  new Uint8Array(buffer).set(source);
  return buffer;
}

function padded(length: number): number {
  return Math.ceil(length / 8) * 8;
}

function pad(bytes: Buffer, at: number): number {
  const end = padded(at);
  bytes.fill(0, at, end);
  return end;
}
