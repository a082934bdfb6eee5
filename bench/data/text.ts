/** Text whose words are as unequally frequent as those of a language. */
import { seeded } from '../random.js';
import { made, type Output } from './made.js';

const allWords = 200_000;
const wordsInLine = 12;
/** Each word by its frequency: as many places as its share of these. */
const places = 1 << 22;

/** At least so many bytes of lines of 12 words: Zipf(1.0) over 200,000 words, or so many, of 2 to 11 letters. */
export const zipfText = (bytes: number, words = allWords): string =>
  made(`zipf-${words === allWords ? '' : `${words}-`}${bytes}.txt`, (output) => write(output, bytes, words));

function write(output: Output, bytes: number, words: number): void {
  const random = seeded(7);
  const vocabulary = vocabularyOf(random, words).map((word) => Buffer.from(`${word} `));
  const table = tableOf(words);
  const line = Buffer.alloc(wordsInLine * 12);
  while (output.bytes < bytes) {
    let used = 0;
    for (let i = 0; i < wordsInLine; i++) {
      const word = vocabulary[table[Math.floor(random() * places)]!]!;
      line.set(word, used);
      used += word.length;
    }
    line[used - 1] = 10;
    output.put(line.subarray(0, used));
  }
}

/** Different words; the frequent ones are not the short ones only. */
function vocabularyOf(random: () => number, words: number): string[] {
  const found = new Set<string>();
  while (found.size < words) {
    const length = 2 + Math.floor(random() * 10);
    let word = '';
    for (let i = 0; i < length; i++) word += String.fromCharCode(97 + Math.floor(random() * 26));
    found.add(word);
  }
  return [...found];
}

function tableOf(words: number): Uint32Array {
  let total = 0;
  for (let rank = 1; rank <= words; rank++) total += 1 / rank;
  const table = new Uint32Array(places);
  let sum = 0;
  let at = 0;
  for (let rank = 1; rank <= words; rank++) {
    sum += 1 / rank;
    const end = Math.round((sum / total) * places);
    for (; at < end; at++) table[at] = rank - 1;
  }
  return table;
}
