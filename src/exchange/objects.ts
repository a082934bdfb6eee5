/**
 * Bytes that a worker leaves for other workers in the store of a cluster, so that they do not pass through the driver. A worker that has
 * such a store has a file more than others, over which it asks for one thing after the other; `engine/ray/python/sheaf_shelf.py` has the
 * other side. What belongs together is an object: a name, and pieces of one size, the last of which is shorter.
 */
import { readSync, writeSync } from 'node:fs';

/** Where the pieces of an object lie: `name.0`, `name.1` and so on. The name begins with a group and a slash; groups are dropped whole. */
export interface ObjectPlace {
  readonly name: string;
  readonly size: number;
  readonly piece: number;
}

/** Fewer bytes take the way through the driver, which is shorter. */
export const leastObject = 64 * 1024;
/** Large enough that the way there matters little, and small enough that a reader of a part gets little that it does not need. */
const pieceBytes = 8 * 2 ** 20;

const PUT = 1;
const GET = 2;
const WANT = 3;
const GONE = 1;
const requestBytes = 21;
const answerBytes = 9;
/** Puts that wait for their answers at once. */
const ahead = 4;

/** Whether this worker has a store. */
export function hasObjects(): boolean {
  return fileOf() !== undefined;
}

/** Leaves bytes under a name that nothing else has. */
export function putObject(name: string, bytes: Uint8Array): ObjectPlace {
  const fd = fileOf()!;
  // As even as may be: a few bytes more are no object of their own.
  const size = Math.ceil(bytes.length / Math.max(1, Math.round(bytes.length / pieceBytes)));
  const place = { name, size: bytes.length, piece: size };
  let waiting = 0;
  for (let at = 0, piece = 0; at < bytes.length; at += size, piece++) {
    const data = bytes.subarray(at, at + size);
    ask(fd, PUT, `${name}.${piece}`, data.length, 0);
    write(fd, data);
    if (++waiting > ahead) {
      read(fd, new Uint8Array(answerBytes));
      waiting--;
    }
  }
  for (; waiting > 0; waiting--) read(fd, new Uint8Array(answerBytes));
  return place;
}

/** Tells that these stretches of objects will be read, so that they can be on their way. */
export function wantObjects(stretches: Iterable<readonly [place: ObjectPlace, offset: number, length: number]>): void {
  const fd = fileOf();
  if (fd === undefined) return;
  const names = new Set<string>();
  for (const [{ name, piece }, offset, length] of stretches)
    for (let at = Math.floor(offset / piece); at * piece < offset + length; at++) names.add(`${name}.${at}`);
  if (names.size > 0) ask(fd, WANT, JSON.stringify([...names]), 0, 0);
}

/** Fills `into` from `at` on with bytes of an object. Throws where they are gone. */
export function getObject({ name, size, piece }: ObjectPlace, offset: number, into: Uint8Array): void {
  const fd = fileOf();
  if (fd === undefined) throw new Error('this worker has no way to the store of the cluster');
  if (offset + into.length > size) throw new Error('it ends too early');
  for (let done = 0; done < into.length; ) {
    const number = Math.floor((offset + done) / piece);
    const start = offset + done - number * piece;
    const length = Math.min(into.length - done, piece - start);
    ask(fd, GET, `${name}.${number}`, start, length);
    const answer = Buffer.alloc(answerBytes);
    read(fd, answer);
    const size = Number(answer.readBigUInt64LE(1));
    if (answer[0] === GONE) throw new Error(read(fd, Buffer.alloc(size)).toString());
    if (size !== length) throw new Error('it ends too early');
    read(fd, into.subarray(done, done + length));
    done += length;
  }
}

function fileOf(): number | undefined {
  const [, , , file] = process.env.SHEAF_FDS?.split(',') ?? [];
  return file === undefined ? undefined : Number(file);
}

function ask(fd: number, op: number, name: string, first: number, second: number): void {
  const words = Buffer.from(name);
  const request = Buffer.alloc(requestBytes + words.length);
  request[0] = op;
  request.writeUInt32LE(words.length, 1);
  request.writeBigUInt64LE(BigInt(first), 5);
  request.writeBigUInt64LE(BigInt(second), 13);
  request.set(words, requestBytes);
  write(fd, request);
}

function write(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

function read<B extends Uint8Array>(fd: number, bytes: B): B {
  for (let at = 0; at < bytes.length; ) {
    const count = readSync(fd, bytes, at, bytes.length - at, null);
    if (count === 0) throw new Error('the store of the cluster does not answer any more');
    at += count;
  }
  return bytes;
}
