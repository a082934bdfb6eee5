/** Word counts by hand: ranges of a file are claimed from a counter, and each thread counts in a table of its own. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';

const rangeBytes = 8 << 20;
/** No line is longer. */
const overlap = 1 << 16;

interface Request {
  readonly task: 'split' | 'bytes';
  readonly argument: string;
  readonly claims: Int32Array;
}

/** Calls `use` for each range that this thread claims, with the bytes of the lines that begin in it. */
function eachRange(path: string, claims: Int32Array, use: (bytes: Buffer) => void): void {
  const fd = openSync(path, 'r');
  const { size } = fstatSync(fd);
  const buffer = Buffer.allocUnsafe(rangeBytes + overlap + 1);
  for (;;) {
    const from = Atomics.add(claims, 0, 1) * rangeBytes;
    if (from >= size) break;
    const before = Math.max(0, from - 1);
    const end = Math.min(size, from + rangeBytes);
    const read = readSync(fd, buffer, 0, Math.min(size, end + overlap) - before, before);
    const start = from === 0 ? 0 : buffer.indexOf(10) + 1;
    const last = end === size ? read : buffer.indexOf(10, end - before - 1) + 1;
    if (last > start) use(buffer.subarray(start, last));
  }
  closeSync(fd);
}

function countBySplitting(path: string, claims: Int32Array): Map<string, number> {
  const counts = new Map<string, number>();
  eachRange(path, claims, (bytes) => {
    for (const line of bytes.toString('latin1').split('\n'))
      for (const word of line.split(' ')) if (word !== '') counts.set(word, (counts.get(word) ?? 0) + 1);
  });
  return counts;
}

/** Words are hashed where they stand; the table holds where a copy of each is, and its count. */
function countBytes(path: string, claims: Int32Array): Map<string, number> {
  const mask = (1 << 20) - 1;
  const hashes = new Int32Array(mask + 1);
  const places = new Int32Array(mask + 1);
  const lengths = new Uint8Array(mask + 1);
  const counts = new Int32Array(mask + 1);
  const words = Buffer.allocUnsafe(1 << 24);
  let used = 0;
  eachRange(path, claims, (bytes) => {
    const { length } = bytes;
    for (let at = 0; at < length; ) {
      let hash = -2128831035;
      const start = at;
      let byte = bytes[at]!;
      while (byte > 32) {
        hash = Math.imul(hash ^ byte, 16777619);
        byte = ++at < length ? bytes[at]! : 10;
      }
      const size = at - start;
      at++;
      if (size === 0) continue;
      search: for (let slot = (hash ^ (hash >>> 15)) & mask; ; slot = (slot + 1) & mask) {
        if (counts[slot] === 0) {
          hashes[slot] = hash;
          places[slot] = used;
          lengths[slot] = size;
          counts[slot] = 1;
          for (let i = 0; i < size; i++) words[used++] = bytes[start + i]!;
          break;
        }
        if (hashes[slot] !== hash || lengths[slot] !== size) continue;
        const place = places[slot]!;
        for (let i = 0; i < size; i++) if (words[place + i] !== bytes[start + i]) continue search;
        counts[slot]!++;
        break;
      }
    }
  });
  const found = new Map<string, number>();
  for (let slot = 0; slot <= mask; slot++) {
    const place = places[slot]!;
    if (counts[slot]! > 0) found.set(words.latin1Slice(place, place + lengths[slot]!), counts[slot]!);
  }
  return found;
}

parentPort!.on('message', ({ task, argument, claims }: Request) => {
  parentPort!.postMessage(task === 'split' ? countBySplitting(argument, claims) : countBytes(argument, claims));
});
