/** Words that are counted stay bytes: nobody may be able to tell. The oracle is the same with functions that could be anything. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { Dataset, hash, inline, local, range, taskOf } from 'sheaf';
import { aPath } from './paths.js';

const engines = {
  inline: inline(),
  threads: local({ workers: 2 }),
  'threads, by files': local({ workers: 2, exchange: 'file' }),
  'processes, in little memory': local({ workers: 2, isolation: 'process', memory: '16MB' }),
};
after(() => Promise.all(Object.values(engines).map((engine) => engine.close())));

type Engine = (typeof engines)[keyof typeof engines];

/** All white space there is, what is taken for it, and characters whose bytes are like those of white space. */
const character = fc.constantFrom(
  ...['\0', '\u0001', '\u001f', ' ', ' ', '\t', '\n', '\v', '\f', '\r', '\r\n', 'a', 'b', 'c', '\x7f', '\x80', '\x85'],
  ...['\xa0', '\xa1', 'é', '\u07ff', '\u0800', '\u1680', '\u1681', '\u180e', '\u2000', '\u200a', '\u200b', '\u2019'],
  ...['\u2028', '\u2029', '\u202f', '\u205e', '\u205f', '\u3000', '\u3001', '\ufeff', '\ufefe', '\ufffd', '\u{1f600}'],
  ...['abcdefghij', 'abcdefghijk', 'abcdefghijkl', 'x'.repeat(40)],
);
const part = fc.oneof(
  { weight: 8, arbitrary: fc.array(character, { maxLength: 16 }).map((some) => Buffer.from(some.join(''))) },
  { weight: 4, arbitrary: fc.stringMatching(/^[a-c]{0,13}[ \n]$/).map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme' }).map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 8 }) },
);
const file = fc.array(part, { maxLength: 60 }).map((parts) => Buffer.concat(parts));
/** Blocks that are ASCII all through go another way. */
const plain = fc.stringMatching(/^([a-c]{0,13}[ \n\t\r]{1,3}){0,80}[a-c]{0,13}$/).map((text) => Buffer.from(text));

function put(bytes: Uint8Array, ending = ''): string {
  const path = `${aPath()}${ending}`;
  writeFileSync(path, bytes);
  return path;
}

const words = (path: string, engine: Engine, partitions = 3): Dataset<string> =>
  Dataset.text(path, { engine, partitions }).words();

/** Ways to combine words, each beside the same that is not told from its text. */
const ways: Record<string, (rows: Dataset<string>) => readonly [Dataset<unknown>, Dataset<unknown>]> = {
  'sums of ones': (rows) => [
    rows.map((word) => [word, 1] as const).reduceByKey((a, b) => a + b),
    rows.map((word) => [word.slice(0), 1] as const).reduceByKey((a, b) => a + b),
  ],
  'sums of others': (rows) => [
    rows.map((word) => [word, 2.5] as const).reduceByKey((a, b) => a + b),
    rows.map((word) => [word.slice(0), 2.5] as const).reduceByKey((a, b) => a + b),
  ],
  'no sums': (rows) => [
    rows.map((word) => [word, 3] as const).reduceByKey((a, b) => ((a * 2 + b) % 1000) - 500),
    rows.map((word) => [word.slice(0), 3] as const).reduceByKey((a, b) => ((a * 2 + b) % 1000) - 500),
  ],
  'never a number': (rows) => [
    rows.map((word) => [word, 0] as const).reduceByKey((a, b) => a / b),
    rows.map((word) => [word.slice(0), 0] as const).reduceByKey((a, b) => a / b),
  ],
  counts: (rows) => [
    rows.map((word) => [word, 7] as const).countByKey(),
    rows.map((word) => [word.slice(0), 7] as const).countByKey(),
  ],
  'counts by range': (rows) => [
    rows.keyBy((word) => word).countByKey(range(['a', 'b'])),
    rows.keyBy((word) => word.slice(0)).countByKey(range(['a', 'b'])),
  ],
  states: (rows) => [
    rows
      .map((word) => [word, 1] as const)
      .aggregateByKey(
        5,
        (sum, x) => sum * 2 + x,
        (a, b) => a - b,
        hash(2),
      ),
    rows
      .map((word) => [word.slice(0), 1] as const)
      .aggregateByKey(
        5,
        (sum, x) => sum * 2 + x,
        (a, b) => a - b,
        hash(2),
      ),
  ],
  'states that grow': (rows) => [
    rows
      .map((word) => [word, 1] as const)
      .aggregateByKey(
        [0],
        (list, x) => [...list, x].slice(-3),
        (a) => a,
      ),
    rows
      .map((word) => [word.slice(0), 1] as const)
      .aggregateByKey(
        [0],
        (list, x) => [...list, x].slice(-3),
        (a) => a,
      ),
  ],
  different: (rows) => [rows.distinct(), rows.map((word) => word.slice(0)).distinct()],
};

for (const [name, engine] of Object.entries(engines)) {
  describe(`words as bytes, ${name}`, () => {
    const numRuns = name === 'inline' ? 40 : 3;
    for (const [way, of] of Object.entries(ways)) {
      test(`${way}: the same rows in the same order`, async () => {
        await fc.assert(
          fc.asyncProperty(fc.oneof(file, plain), fc.integer({ min: 1, max: 4 }), async (bytes, partitions) => {
            const [fast, usual] = of(words(put(bytes), engine, partitions));
            assert.deepEqual(await fast.collect(), await usual.collect());
          }),
          { numRuns },
        );
      });
    }

    test('how often each word is there, by the text as a whole', async () => {
      await fc.assert(
        fc.asyncProperty(fc.oneof(file, plain), async (bytes) => {
          const expected = new Map<string, number>();
          for (const word of Buffer.from(bytes).toString().split(/\s+/))
            if (word !== '') expected.set(word, (expected.get(word) ?? 0) + 1);
          const counted = await words(put(bytes), engine).countByValue();
          assert.deepEqual(counted, expected);
          assert.deepEqual(await words(put(gzipSync(bytes), '.gz'), engine).countByValue(), expected);
        }),
        { numRuns: 2 * numRuns },
      );
    });
  });
}

test('more words than memory holds, of all lengths, counted right', async () => {
  const texts: string[] = [];
  for (let i = 0; i < 150_000; i++) texts.push(`${(i * 7919) % 150_001}${'y'.repeat(i % 19)}`);
  const path = put(Buffer.from(`${texts.join(' ')}\n${texts.join('\r\n')}`));
  for (const engine of Object.values(engines)) {
    const counts = await words(path, engine, 4)
      .map((word) => [word, 1] as const)
      .reduceByKey((a, b) => a + b)
      .collect();
    assert.equal(counts.length, texts.length);
    assert.ok(counts.every(([, count]) => count === 2));
    assert.deepEqual(new Set(counts.map(([word]) => word)), new Set(texts));
  }
});

test('an error of the function that combines names the word', async () => {
  for (const engine of Object.values(engines)) {
    const failing = words(put(Buffer.from('one two\nthree two')), engine, 2)
      .map((word) => [word, 1] as const)
      .reduceByKey((): number => {
        throw new RangeError('not these');
      }, hash(2));
    await assert.rejects(failing.collect(), (error: Error) => {
      assert.equal(error.name, 'RangeError');
      assert.match(String(taskOf(error)?.item), /'two', 1/);
      return true;
    });
  }
});

test('the events count lines, as for any text', async () => {
  const engine = local({ workers: 1 });
  const read: number[] = [];
  const stop = engine.events!.listen((event) => {
    if (event.kind === 'stage-ended') read.push(event.rowsIn);
  });
  await words(put(Buffer.from('a b\n\nc\r\nb')), engine, 2).countByValue();
  stop();
  await engine.close();
  assert.equal(read[0], 4);
});
