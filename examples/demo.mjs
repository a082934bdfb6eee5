// Which genre does a text sound like? It compresses best with the help of texts of its own kind, so the guess is the genre whose
// sample makes it smallest. 500 texts, 15 genres: first in a plain loop, then on every core. And which words tell genres apart?
import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { deflateRawSync } from 'node:zlib';
import { Dataset, Pool } from 'sheaf';
import { readBrown } from './brown.mjs';

const corpus = readBrown();
const genres = [...new Set(corpus.map(({ genre }) => genre))];
const samples = new Map(genres.map((genre) => [genre, sampleOf(genre)]));

/** Pages of the first four texts of a genre, together as much as the compressor can look back on. */
function sampleOf(genre) {
  const first = corpus.filter((text) => text.genre === genre && text.number <= 4);
  return Buffer.from(first.map(({ text }) => text.slice(0, 8000)).join(' '));
}

// An ordinary function: it captures `genres` and `samples`, and `deflateRawSync` is imported.
function guessGenre({ text }) {
  const sizes = genres.map((genre) => deflateRawSync(text, { dictionary: samples.get(genre), level: 9 }).length);
  return genres[sizes.indexOf(Math.min(...sizes))];
}

console.log(`Which of ${genres.length} genres does each of ${corpus.length} texts sound like?\n`);

process.stdout.write('plain loop  ');
const loopStart = performance.now();
const expected = corpus.map((text) => guessGenre(text));
const loopSeconds = (performance.now() - loopStart) / 1000;
console.log(`${loopSeconds.toFixed(2)} s`);

const poolStart = performance.now();
const pool = new Pool();
const guesses = await pool.map(corpus, guessGenre, { label: 'guessGenre', progress: true });
const poolSeconds = (performance.now() - poolStart) / 1000;
await pool.close();
console.log(
  `pool.map    ${poolSeconds.toFixed(2)} s on ${availableParallelism()} cores, the start of the workers included\n`,
);

assert.deepEqual(guesses, expected);
console.log(`The same ${guesses.length} answers, ${(loopSeconds / poolSeconds).toFixed(2)} times as fast.`);

const unseen = corpus.map((text, i) => ({ ...text, guess: guesses[i] })).filter(({ number }) => number > 4);
const right = unseen.filter(({ genre, guess }) => guess === genre).length;
console.log(
  `Of the ${unseen.length} texts that no sample is made of, ${right} are recognised; a blind guess would get ${Math.round(unseen.length / genres.length)}.`,
);

// Words by genre: a dataset of all texts, counted by pairs of genre and word. A genre's own words are those that it says far more often
// than others do.
const datasetStart = performance.now();
const counts = Dataset.of(corpus, { partitions: 8 })
  .flatMap(({ genre, text }) => (text.match(/\b[a-z]+\b/g) ?? []).map((word) => [[genre, word], 1]))
  .reduceByKey((a, b) => a + b);
const own = await counts
  .map(([[genre, word], n]) => [word, [genre, n]])
  .groupByKey()
  .flatMap(([word, uses]) => {
    const total = uses.reduce((sum, [, n]) => sum + n, 0);
    return uses.filter(([, n]) => n >= 25 && n > 0.6 * total).map(([genre, n]) => [genre, [word, n]]);
  })
  .groupByKey()
  .mapValues((words) =>
    words
      .sort(([, a], [, b]) => b - a)
      .slice(0, 4)
      .map(([word]) => word),
  )
  .sortByKey()
  .collect();
const datasetSeconds = (performance.now() - datasetStart) / 1000;
console.log(`\nDataset     ${datasetSeconds.toFixed(2)} s for the words that are a genre's own:\n`);
for (const [genre, words] of own) console.log(`  ${genre.padEnd(16)} ${words.join(', ')}`);
