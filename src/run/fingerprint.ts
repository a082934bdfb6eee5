/** A hash of all that decides what rows a plan gives: its operators, their functions and what they capture, and its sources. */
import { createHash, type Hash } from 'node:crypto';
import { statSync } from 'node:fs';
import { encodeRows, toBytes } from '../codec/index.js';
import { bytesOf } from '../codec/views.js';
import { findFiles } from '../files/plan.js';
import { inputsOf, type PlanNode } from '../plan/node.js';

/** Each node is hashed once, after those that it is made of: plans may be deep, and use a node again and again. */
export function fingerprintOf(plan: PlanNode): string {
  const known = new Map<PlanNode, string>();
  const waiting = [plan];
  for (let node = waiting.at(-1); node !== undefined; node = waiting.at(-1)) {
    const missing = inputsOf(node).filter((input) => !known.has(input));
    if (missing.length > 0) {
      waiting.push(...missing);
      continue;
    }
    waiting.pop();
    if (known.has(node)) continue;
    const hash = createHash('sha256');
    new Putter(hash, known).putObject(node);
    known.set(node, hash.digest('hex'));
  }
  return known.get(plan)!;
}

class Putter {
  readonly #hash: Hash;
  readonly #known: ReadonlyMap<object, string>;

  constructor(hash: Hash, known: ReadonlyMap<object, string>) {
    this.#hash = hash;
    this.#known = known;
  }

  put(value: unknown): void {
    const hash = this.#hash;
    const known = this.#known.get(value as object);
    if (known !== undefined) hash.update(`node:${known};`);
    else if (ArrayBuffer.isView(value)) hash.update(bytesOf(value));
    else if (Array.isArray(value)) {
      hash.update(`[${value.length}`);
      for (const item of value) this.put(item);
    } else if (typeof value === 'object' && value !== null) this.putObject(value);
    else hash.update(`${typeof value}:${String(value)};`);
  }

  putObject(object: object): void {
    const hash = this.#hash;
    if ('code' in object && 'traits' in object) {
      hash.update((object.code as { hash: string }).hash);
      this.put(((object as { values?: unknown }).values as { bytes?: Uint8Array } | undefined)?.bytes);
      return;
    }
    const of = object as Record<string, unknown>;
    if (of.kind === 'items') {
      // Rows may be anything, and have properties of any name.
      hash
        .update('items')
        .update(toBytes(encodeRows(of.items as readonly unknown[], { encoder: 'general', sharedMemory: false })));
      return;
    }
    if (of.kind === 'files') this.#putFiles((of.source as { globs?: readonly string[] }).globs ?? []);
    for (const [name, value] of Object.entries(of)) {
      // How many partitions there are does not change the rows.
      if (name === 'partitions' || name === 'partitioner') continue;
      hash.update(`${name}=`);
      this.put(value);
    }
  }

  #putFiles(globs: readonly string[]): void {
    for (const { file } of findFiles(globs, process.cwd())) {
      const { size, mtimeMs } = statSync(file);
      this.#hash.update(`${file}:${size}:${mtimeMs};`);
    }
  }
}
