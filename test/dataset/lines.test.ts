/** Lines of text that are sorted by themselves stay bytes: nobody may be able to tell. The oracle is the same sort by a key that is asked for. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { Dataset, inline, local } from 'sheaf';
import { aPath } from './paths.js';

const engines = {
  inline: inline(),
  threads: local({ workers: 2 }),
  'threads, by files': local({ workers: 2, exchange: 'file' }),
  'processes, in little memory': local({ workers: 2, isolation: 'process', memory: '16MB' }),
};
after(() => Promise.all(Object.values(engines).map((engine) => engine.close())));

type Engine = (typeof engines)[keyof typeof engines];

interface Options {
  readonly partitions: number;
  readonly descending: boolean;
}

/** Characters around all places where the order of bytes and that of strings part. */
const character = fc.constantFrom(
  ...['', '\0', '\u0001', ' ', 'a', 'b', '\x7f', '\x80', 'é', '\u07ff', '\u0800', '\ud7ff', '\ue000', '\ufeff'],
  ...['\uffff', '\u{10000}', '\u{1f600}', '\u{10ffff}', '\r', '\ufffd'],
);
const text = fc.oneof(
  { weight: 4, arbitrary: fc.array(character, { maxLength: 12 }).map((some) => some.join('')) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme' }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('common beginning 1', 'common beginning 2', 'common beginning', 'x'.repeat(700)),
  },
);
const valid = text.map((line) => Buffer.from(line));
const anything = fc.oneof({ weight: 9, arbitrary: valid }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 8 }) });
const lineEnd = fc.constantFrom('\n', '\n', '\r\n');

/** Files of lines; some pools are small, so that lines meet themselves. */
const file = (line: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Buffer> =>
  fc
    .record({
      pool: fc.array(line, { minLength: 1, maxLength: 40 }),
      picks: fc.array(fc.nat(), { maxLength: 150 }),
      ends: fc.array(lineEnd, { minLength: 1, maxLength: 3 }),
      last: fc.boolean(),
    })
    .map(({ pool, picks, ends, last }) =>
      Buffer.concat([
        ...picks.flatMap((pick, i) => [pool[pick % pool.length]!, Buffer.from(ends[i % ends.length]!)]),
        last ? Buffer.from('z') : Buffer.alloc(0),
      ]),
    );

const options = fc.record({ partitions: fc.integer({ min: 1, max: 7 }), descending: fc.boolean() });

function put(bytes: Uint8Array): string {
  const path = aPath();
  writeFileSync(path, bytes);
  return path;
}

const lines = (path: string, engine: Engine, partitions: number): Dataset<string> =>
  Dataset.text(path, { engine, partitions });
const raw = (path: string, engine: Engine, { partitions, descending }: Options): Dataset<string> =>
  lines(path, engine, partitions).sortBy((line) => line, { descending });
const usual = (path: string, engine: Engine, { partitions, descending }: Options): Dataset<string> =>
  lines(path, engine, partitions).sortBy((line) => line.slice(0), { descending });

/** The files that a write leaves, or what it says: where tasks run at the same time, any of them may be the first to meet a row that it refuses. */
async function written(rows: Dataset<string>, alone = true): Promise<unknown> {
  const dir = aPath();
  try {
    await rows.write.text(dir);
  } catch (error) {
    const which = alone ? /Row \d+ of partition \d+/ : /Row \d+ of partition \d+, ".*"/s;
    return (error as Error).message.replaceAll(dir, '').replace(which, 'Row');
  }
  const names = readdirSync(dir).filter((name) => name.startsWith('part-'));
  return names.sort().map((name) => readFileSync(join(dir, name)).toString('latin1'));
}

for (const [name, engine] of Object.entries(engines)) {
  describe(`lines as bytes, ${name}`, () => {
    const numRuns = name === 'inline' ? 200 : 20;

    test('files are the same, byte by byte, partition by partition', async () => {
      await fc.assert(
        fc.asyncProperty(file(fc.oneof(valid, anything)), options, async (bytes, how) => {
          const path = put(bytes);
          const alone = name === 'inline';
          assert.deepEqual(
            await written(raw(path, engine, how), alone),
            await written(usual(path, engine, how), alone),
          );
        }),
        { numRuns },
      );
    });

    test('rows that are not written are strings in their order', async () => {
      await fc.assert(
        fc.asyncProperty(file(anything), options, async (bytes, how) => {
          const path = put(bytes);
          const rows = await lines(path, engine, how.partitions).collect();
          const expected = rows.toSorted((a, b) => (a < b ? -1 : Number(a > b)) * (how.descending ? -1 : 1));
          assert.deepEqual(await raw(path, engine, how).collect(), expected);
          const lengths = await raw(path, engine, how)
            .map((line) => line.length)
            .collect();
          assert.deepEqual(
            lengths,
            expected.map((line) => line.length),
          );
        }),
        { numRuns },
      );
    });

    test('many lines, more than are worked on at once, and one that is very long', async () => {
      const some: string[] = [];
      for (let i = 0, state = 1; i < 150_000; i++) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        const end = i % 7 === 0 ? String.fromCodePoint(0xd000 + (state % 0x700), 0x10000 + (state % 99)) : '';
        some.push(`${i % 3 === 0 ? 'the same beginning ' : ''}${state % 20_000}${end}${' '.repeat(state % 90)}`);
      }
      some[75_000] = `long ${'é'.repeat(2_000_000)}`;
      const path = put(Buffer.from(some.join('\n')));
      for (const how of [
        { partitions: 1, descending: false },
        { partitions: 4, descending: true },
      ]) {
        const files = (await written(raw(path, engine, how))) as string[];
        const expected = some.toSorted((a, b) => (a < b ? -1 : Number(a > b)) * (how.descending ? -1 : 1));
        assert.equal(files.length, how.partitions);
        assert.ok(Buffer.from(files.join(''), 'latin1').equals(Buffer.from(`${expected.join('\n')}\n`)));
      }
    });
  });
}

describe('lines as bytes', () => {
  const { inline: engine } = engines;

  test('several files of which some hold no UTF-8', async () => {
    const dir = aPath();
    mkdirSync(dir);
    writeFileSync(join(dir, 'a'), Buffer.from('b\n\xff\n\u{10000}\n', 'latin1'));
    writeFileSync(join(dir, 'b'), Buffer.from('\u{10000}\n\uffff\nb\n'));
    for (const partitions of [1, 2, 3]) {
      const how = { partitions, descending: false };
      const path = join(dir, '*');
      assert.deepEqual(await written(raw(path, engine, how)), await written(usual(path, engine, how)));
    }
  });

  test('runs that are lost are made again just as they were', async () => {
    const scratch = aPath();
    const engine = local({ workers: 1, exchange: 'file', scratch });
    // Of all lengths, and odd in number, so that there is padding everywhere; other lines went through the same memory before.
    // In order already, so that most partitions read nothing of the run that is lost.
    const linesOf = (count: number, seed: number): string[] =>
      Array.from({ length: count }, (_, i) => ((i * seed) % 99_991).toString(36).repeat(1 + (i % 7))).sort();
    const paths = [linesOf(5_003, 7919), linesOf(9_001, 104_729)].map((some) => put(Buffer.from(some.join('\n'))));
    const how = { partitions: 6, descending: false };
    try {
      const expected = await written(usual(paths[1]!, engine, how));
      await written(raw(paths[0]!, engine, how));
      let damaged = false;
      let again = 0;
      let reads = 0;
      const stop = engine.events!.listen((event) => {
        if (event.kind === 'recomputed') again++;
        if (event.kind === 'exchange-read' && event.partition === 0) reads++;
        if (damaged || event.kind !== 'stage-ended') return;
        damaged = true;
        const files = readdirSync(scratch, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
        assert.equal(files.length, how.partitions);
        // The first partition that is written reads nothing of it, and another run went through the same memory since.
        const one = files
          .map(({ parentPath, name }) => join(parentPath, name))
          .sort()
          .at(-2)!;
        rmSync(one);
      });
      const files = await written(raw(paths[1]!, engine, how));
      stop();
      assert.deepEqual(files, expected);
      assert.ok(again > 0);
      // Had the second try given other bytes, tasks that were done would have run again, too.
      assert.equal(reads, 1);
    } finally {
      await engine.close();
    }
  });

  test('a row that would come back as another is refused as ever', async () => {
    const path = put(Buffer.from('b\r\r\na\n'));
    const how = { partitions: 1, descending: false };
    await assert.rejects(async () => raw(path, engine, how).write.text(aPath()), /carriage return/);
  });

  test('functions that look like one that gives back its argument', async () => {
    const path = put(Buffer.from('b\nab\nc\n'));
    const rows = Dataset.text(path, { engine, partitions: 2 });
    const line = 'outer';
    assert.deepEqual(await rows.sortBy(() => line).collect(), ['b', 'ab', 'c']);
    assert.deepEqual(await rows.sortBy(([line]) => line).collect(), ['ab', 'b', 'c']);
    assert.deepEqual(await rows.sortBy((_row) => line).collect(), ['b', 'ab', 'c']);
    assert.deepEqual(
      await rows
        .sortBy((line) => {
          return line;
        })
        .collect(),
      ['ab', 'b', 'c'],
    );
  });
});
