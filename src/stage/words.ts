/** Words of text, combined without strings being made of them: only of each that is different, at the end. */
import { openBlocks } from '../files/blocks.js';
import type { TextTask } from '../files/task.js';
import type { Splitting } from '../function/splits.js';
import { SplitByByte } from '../partition/split-scan.js';
import { SplitBySpace, type WordScan, Words } from '../partition/word-scan.js';
import { WordTable } from '../partition/word-table.js';
import type { Combining } from './combine.js';
import type { Surroundings } from './surroundings.js';
import { located } from './where.js';

export interface CombiningWords {
  /** The operator, for messages. */
  readonly name: string;
  readonly how: Combining;
  /** The value of each word. */
  readonly value: unknown;
  /** States are this number, as often as the word is there. */
  readonly counts: number | undefined;
  /** How lines become words. */
  readonly split: Splitting;
  /** Takes a word and its state. */
  put(word: string, state: unknown): void;
}

/** What `words()` gives. */
export const theWords: Splitting = { by: 'space', trimmed: true, empties: false };

/** Words that become strings at once. */
const wordsAtOnce = 4096;
const newline = 10;

/** The table of a task that has ended: it has grown already, for the next one. One that is large is not kept. */
let spare: WordTable | undefined;
const spareWords = 2 ** 20;

export async function combinedWords(
  task: TextTask,
  combining: CombiningWords,
  surroundings: Surroundings,
): Promise<void> {
  const table = spare ?? new WordTable();
  spare = undefined;
  const states = combining.counts === undefined ? new Folded(combining, table) : new Counted(combining.counts);
  const scan = scanOf(combining.split, table);
  const input = openBlocks(task);
  let slots = new Int32Array(0);
  let most = 0;
  const flush = (): void => {
    most = Math.max(most, table.size);
    for (let from = 0; from < table.size; from += wordsAtOnce) {
      const words = table.words(from, Math.min(table.size, from + wordsAtOnce));
      for (let i = 0; i < words.length; i++) combining.put(words[i]!, states.of(from + i));
    }
    table.clear();
    states.clear();
  };
  try {
    for (;;) {
      const next = input.next();
      const block = next instanceof Promise ? await next : next;
      if (block === undefined) break;
      const { window, start, end } = block;
      const room = scan.most(end - start);
      if (slots.length < room) slots = new Int32Array(room);
      const before = scan.newlines;
      const count = scan.slotsOf(window.bytes, start, end, slots);
      surroundings.rowsIn += scan.newlines - before + (window.bytes[end - 1] === newline ? 0 : 1);
      states.add(slots, count);
      if (table.bytes > surroundings.store.work) flush();
    }
    flush();
    if (most <= spareWords) spare = table;
  } finally {
    input.close();
  }
}

function scanOf({ by, trimmed, empties }: Splitting, table: WordTable): WordScan {
  if (by !== 'space') return new SplitByByte(table, by, empties);
  return empties ? new SplitBySpace(table, trimmed) : new Words(table);
}

/** What has come of each slot's values. */
interface States {
  /** New slots follow each other. */
  add(slots: Int32Array, count: number): void;
  of(slot: number): unknown;
  clear(): void;
}

class Counted implements States {
  readonly #each: number;
  #counts = new Float64Array(4096);

  constructor(each: number) {
    this.#each = each;
  }

  add(slots: Int32Array, count: number): void {
    let counts = this.#counts;
    for (let i = 0; i < count; i++) {
      const slot = slots[i]!;
      if (slot >= counts.length) {
        const larger = new Float64Array(2 * slot);
        larger.set(counts);
        this.#counts = counts = larger;
      }
      counts[slot]!++;
    }
  }

  of(slot: number): number {
    return this.#counts[slot]! * this.#each;
  }

  clear(): void {
    this.#counts.fill(0);
  }
}

class Folded implements States {
  readonly #combining: CombiningWords;
  readonly #table: WordTable;
  readonly #states: unknown[] = [];

  constructor(combining: CombiningWords, table: WordTable) {
    this.#combining = combining;
    this.#table = table;
  }

  add(slots: Int32Array, count: number): void {
    const states = this.#states;
    const { how, value, name } = this.#combining;
    let slot = 0;
    try {
      for (let i = 0; i < count; i++) {
        slot = slots[i]!;
        if (slot === states.length) states.push(how.first(value));
        else states[slot] = how.add(states[slot], value);
      }
    } catch (error) {
      throw located(name, [...this.#table.words(slot, slot + 1), value], error);
    }
  }

  of(slot: number): unknown {
    return this.#states[slot];
  }

  clear(): void {
    this.#states.length = 0;
  }
}
