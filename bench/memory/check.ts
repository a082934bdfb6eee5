/**
 * Checks what an operation has written. A program of its own that knows nothing of Sheaf: it makes the rows again and compares how many lines
 * there should be, and their hashes, with those that there are. Its argument is the job, as JSON; it prints what it found.
 */
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Job } from './job.js';
import { rowOf, textOf } from './rows.js';

/** How many lines there are, and sums of their hashes: the same for the same lines, whatever their order. */
class Multiset {
  lines = 0;
  #a = 0;
  #b = 0;

  add(line: string): void {
    let a = -2128831035;
    let b = 0x1234567;
    for (let i = 0; i < line.length; i++) {
      a = Math.imul(a ^ line.charCodeAt(i), 16777619);
      b = Math.imul(b, 31) + line.charCodeAt(i);
    }
    this.#a = (this.#a + a) >>> 0;
    this.#b = (this.#b + Math.imul(b ^ (b >>> 15), 0x2c1b3c6d)) >>> 0;
    this.lines++;
  }

  toString(): string {
    return `${this.lines} lines, ${this.#a.toString(16)}:${this.#b.toString(16)}`;
  }
}

/** Throws where what is in the folder is not what it should be. */
function check(job: Job): string {
  const expected = new Multiset();
  expect(job, (line) => expected.add(line));
  const found = new Multiset();
  let before = '';
  for (const line of linesOf(job.out)) {
    found.add(line);
    if (job.operation !== 'sort') continue;
    const text = line.slice(0, 72);
    if (text < before) throw new Error(`${job.operation}: ${text} comes after ${before}.`);
    before = text;
  }
  if (String(found) !== String(expected))
    throw new Error(`${job.operation}: there are ${found}; there should be ${expected}.`);
  return String(found);
}

function expect({ operation, rows, keys }: Job, line: (line: string) => void): void {
  const skew = operation.startsWith('skewed');
  const counts = new Float64Array(keys);
  const sums = new Float64Array(keys);
  if (operation === 'distinct') {
    for (let id = 0; id < Math.floor(rows / 2); id++) line(textOf(id));
    return;
  }
  for (let id = 0; id < rows; id++) {
    const { key, text } = rowOf(id, keys, skew);
    if (operation === 'sort') line(`${text} ${id}`);
    else if (operation.endsWith('join')) {
      if (key % 2 === 0) line(`${key} ${id} ${text} k${key}`);
    } else {
      counts[key]!++;
      sums[key]! += id;
    }
  }
  if (operation === 'group' || operation === 'skewed-reduce') {
    for (let key = 0; key < keys; key++)
      if (counts[key]! > 0) line(operation === 'group' ? `${key} ${counts[key]} ${sums[key]}` : `${key} ${sums[key]}`);
  }
}

function* linesOf(folder: string): Generator<string> {
  const block = Buffer.allocUnsafe(1 << 20);
  for (const name of readdirSync(folder).sort()) {
    const fd = openSync(join(folder, name), 'r');
    let rest = '';
    for (let read = readSync(fd, block); read > 0; read = readSync(fd, block)) {
      const lines = (rest + block.latin1Slice(0, read)).split('\n');
      rest = lines.pop()!;
      yield* lines;
    }
    closeSync(fd);
    if (rest !== '') throw new Error(`${name} has a line without an end.`);
  }
}

if (process.argv[2]?.startsWith('{') === true) console.log(check(JSON.parse(process.argv[2]) as Job));
