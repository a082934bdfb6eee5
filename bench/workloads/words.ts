/** W7: how often each word of a text is in it. */
import type { Case, Metric } from '../case.js';
import { byHand, type Threads } from '../contenders/by-hand.js';
import { dataset } from '../contenders/dataset.js';
import { zipfText } from '../data/text.js';

type Counts = Iterable<readonly [string, number]>;

const megabytesPerSecond: Metric = { label: '', unit: 'MB/s', show: (ms, bytes) => bytes / ms / 1000 };

/** What the threads have counted, put together. */
async function together(threads: Threads, task: string, path: string): Promise<Counts> {
  const [first, ...rest] = await threads.run<Map<string, number>>(task, path);
  const counts = first!;
  for (const other of rest) for (const [word, count] of other) counts.set(word, (counts.get(word) ?? 0) + count);
  return counts;
}

/** Whatever the order. */
function digestCounts(counts: Counts): string {
  let words = 0;
  let total = 0;
  let sum = 0;
  for (const [word, count] of counts) {
    let hash = 7;
    for (let i = 0; i < word.length; i++) hash = (Math.imul(hash, 31) + word.charCodeAt(i)) | 0;
    sum = (sum + Math.imul(hash, count)) | 0;
    words++;
    total += count;
  }
  return `${words}:${total}:${sum}`;
}

const common = {
  size: { full: 256 << 20, quick: 8 << 20 },
  metrics: [megabytesPerSecond],
  input: (bytes: number) => zipfText(bytes),
  warm: () => zipfText(1 << 20),
  digest: digestCounts,
};

const splitByHand = byHand({
  name: 'two threads, split and Map',
  file: 'text',
  run: (threads, path: string) => together(threads, 'split', path),
});

const closures: Case<string, Counts> = {
  ...common,
  id: 'W7-closures',
  title: 'word count of 256 MiB of text, with functions of the program',
  contenders: [
    splitByHand,
    dataset({
      run: (path, { Dataset }, engine) =>
        Dataset.text(path, { engine })
          .flatMap((line) => line.split(' '))
          .map((word) => [word, 1] as const)
          .reduceByKey((a, b) => a + b)
          .collect(),
    }),
  ],
};

/** Nobody can tell from the text of the function what it does. */
const general: Case<string, Counts> = {
  ...common,
  id: 'W7-general',
  title: 'word count of 256 MiB of text, with functions that could be anything',
  contenders: [
    splitByHand,
    dataset({
      run: (path, { Dataset }, engine) =>
        Dataset.text(path, { engine })
          .flatMap((line) => {
            const found = line.split(' ');
            return found.filter((word) => word !== '');
          })
          .map((word) => [word, 1] as const)
          .reduceByKey((a, b) => a + b)
          .collect(),
    }),
  ],
};

const words: Case<string, Counts> = {
  ...common,
  id: 'W7-words',
  title: 'word count of 256 MiB of text, with words()',
  contenders: [
    byHand({ name: 'two threads, bytes', file: 'text', run: (threads, path) => together(threads, 'bytes', path) }),
    dataset({
      run: (path, { Dataset }, engine) =>
        Dataset.text(path, { engine })
          .words()
          .map((word) => [word, 1] as const)
          .countByKey()
          .collect(),
    }),
  ],
};

export default [closures, general, words];
