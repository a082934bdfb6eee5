/** Lines that are only split, and whose parts are counted, stay bytes: nobody may be able to tell. The oracle is the language. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { Dataset, hash, inline, local } from 'sheaf';
import { aPath } from './paths.js';

const engines = {
  inline: inline(),
  threads: local({ workers: 2 }),
  'processes, in little memory': local({ workers: 2, isolation: 'process', memory: '16MB' }),
};
after(() => Promise.all(Object.values(engines).map((engine) => engine.close())));

const character = fc.constantFrom(
  ...['\0', '\u001f', ' ', ' ', ' ', ',', ',', ';', '\t', '\v', '\n', '\n', '\r', '\r\n', 'a', 'b', 'c', '\x7f'],
  ...['\x80', '\x85', '\xa0', '\xac', 'é', '\u0800', '\u1680', '\u2000', '\u2028', '\u202c', '\u3000', '\ufeff'],
  ...['\ufffd', '\u{1f600}', 'abcdefghij', 'abcdefghijk', 'abcdefghijkl', 'x'.repeat(40)],
);
const part = fc.oneof(
  { weight: 8, arbitrary: fc.array(character, { maxLength: 16 }).map((some) => Buffer.from(some.join(''))) },
  { weight: 4, arbitrary: fc.stringMatching(/^[a-c]{0,13}[ ,\n]$/).map((text) => Buffer.from(text)) },
  // Surrogates, and the beginnings and ends of characters.
  { weight: 1, arbitrary: fc.constantFrom([0xed, 0xa0, 0x80], [0xe2, 0x80], [0xc2], [0xa0], [0xf0, 0x9f], [0xff]) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 8 }) },
);
const file = fc.oneof(
  fc.array(part, { maxLength: 60 }).map((parts) => Buffer.concat(parts.map((one) => Buffer.from(one)))),
  // All of it UTF-8; all of it ASCII.
  fc.array(character, { maxLength: 200 }).map((some) => Buffer.from(some.join(''))),
  fc.stringMatching(/^([a-c]{0,13}[ ,\n]{1,3}){0,80}[a-c]{0,13}$/).map((text) => Buffer.from(text)),
);

function put(bytes: Uint8Array): string {
  const path = aPath();
  writeFileSync(path, bytes);
  return path;
}

type Split = (line: string) => string[];

/** Functions that are told from their text. */
const splits: Record<string, Split> = {
  space: (line) => line.split(' '),
  comma: (line) => line.split(','),
  tab: (line) => line.split('\t'),
  NUL: (line) => line.split('\0'),
  // biome-ignore lint/complexity/useArrowFunction: functions are told, too
  function: function (text) {
    return text.split(' ');
  },
  'white space': (line) => line.split(/\s+/),
  'white space, trimmed': (line) => line.trim().split(/\s+/),
  'space, filtered': (line) => line.split(' ').filter((word) => word),
  'comma, filtered': (line) => line.split(',').filter((word) => word !== ''),
  'white space, filtered': (line) => line.split(/\s+/).filter(Boolean),
  'white space, trimmed and filtered': (line) => {
    return line
      .trim()
      .split(/\s+/)
      .filter((word) => word.length > 0)
      .filter((word) => !!word);
  },
};

/** Functions that look alike, and are not the same. */
const others: Record<string, Split> = {
  'two characters': (line) => line.split(', '),
  'no character': (line) => line.split(''),
  'line feed': (line) => line.split('\n'),
  'carriage return': (line) => line.split('\r'),
  'beyond ASCII': (line) => line.split('é'),
  'a limit': (line) => line.split(' ', 2),
  'each white space': (line) => line.split(/\s/),
  'white space that is kept': (line) => line.split(/(\s+)/),
  'spaces and more': (line) => line.split(/ +/),
  'another case': (line) => line.toUpperCase().split(' '),
  'trimmed at one end': (line) => line.trimEnd().split(/\s+/),
  'trimmed before a space': (line) => line.trim().split(' '),
  'long words': (line) => line.split(' ').filter((word) => word.length > 1),
  'empty words': (line) => line.split(' ').filter((word) => !word),
  'words that begin': (line) => line.split(' ').filter((_, i) => i),
};

const everywhere = ['space', 'white space', 'white space, trimmed', 'comma, filtered'];

/** In order of first appearance, as the language has it. */
function counted(bytes: Uint8Array, split: Split): Map<string, number> {
  const lines = Buffer.from(bytes)
    .toString()
    .replace(/^\ufeff/, '')
    .split('\n');
  const last = lines.pop()!;
  const whole = lines.map((line) => line.replace(/\r$/, ''));
  const counts = new Map<string, number>();
  for (const line of last === '' ? whole : [...whole, last])
    for (const word of split(line)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

const isTold = (rows: Dataset<unknown>): boolean => /combined first as bytes/.test(rows.explain());

for (const [name, engine] of Object.entries(engines)) {
  describe(`lines that are split as bytes, ${name}`, () => {
    const numRuns = name === 'inline' ? 12 : 2;
    const some = Object.entries({ ...splits, ...others });
    for (const [which, split] of name === 'inline' ? some : some.filter(([which]) => everywhere.includes(which))) {
      test(`${which}: the same rows in the same order`, async () => {
        const rows = (path: string, partitions: number) => Dataset.text(path, { engine, partitions }).flatMap(split);
        await fc.assert(
          fc.asyncProperty(file, fc.integer({ min: 1, max: 4 }), async (bytes, partitions) => {
            const words = rows(put(bytes), partitions);
            const sums = words.map((word) => [word, 1] as const).reduceByKey((a, b) => a + b, hash(1));
            assert.equal(isTold(sums), which in splits);
            const expected = [...counted(bytes, split)];
            assert.deepEqual(await sums.collect(), expected);
            const odd = words.map((word) => [word, 3] as const);
            const folded = odd.reduceByKey((a, b) => ((a * 2 + b) % 1000) - 500, hash(2));
            const usual = words.map((word) => [`${word}`, 3] as const);
            const same = usual.reduceByKey((a, b) => ((a * 2 + b) % 1000) - 500, hash(2));
            assert.deepEqual(await folded.collect(), await same.collect());
            assert.deepEqual(
              await words.distinct().collect(),
              await words
                .map((word) => `${word}`)
                .distinct()
                .collect(),
            );
          }),
          { numRuns },
        );
      });
    }
  });
}

test('filters that leave empty strings out are told, in front of what counts', async () => {
  const bytes = Buffer.from(' a b  c\n\nb \r\nc,c');
  const words = Dataset.text(put(bytes), { engine: engines.threads, partitions: 2 }).flatMap((line) => line.split(' '));
  const expected = counted(bytes, (line) => line.split(' ').filter((word) => word !== ''));
  const told = [
    words.filter(Boolean),
    words.filter((word) => word),
    words.filter((word) => !!word),
    words.filter((word) => word.length),
    words.filter((word) => word.length > 0),
    words.filter((word) => word.length >= 1),
    words.filter((word) => word.length !== 0),
    words.filter((word) => word !== '').filter((word) => word !== ''),
  ];
  for (const rows of told) {
    const sums = rows.map((word) => [word, 1] as const).reduceByKey((a, b) => a + b);
    assert.ok(isTold(sums));
    assert.deepEqual(new Map(await sums.collect()), expected);
  }
  const untold = [
    words.filter((word) => word.length > 1),
    words.filter((word) => word !== 'a'),
    words.filter(() => true),
  ];
  for (const rows of untold) assert.ok(!isTold(rows.map((word) => [word, 1] as const).reduceByKey((a, b) => a + b)));
});

test('a name that stands for something else is not taken for what it usually is', async () => {
  // biome-ignore lint/suspicious/noShadowRestrictedNames: that is what is tested
  const Boolean = (word: string): boolean => word === 'a';
  const path = put(Buffer.from('a b a'));
  const words = Dataset.text(path, { engine: engines.threads }).flatMap((line) => line.split(' ').filter(Boolean));
  const sums = words.map((word) => [word, 1] as const).reduceByKey((a, b) => a + b);
  assert.ok(!isTold(sums));
  assert.deepEqual(await sums.collect(), [['a', 2]]);
});

const counts = (path: string, engine: (typeof engines)[keyof typeof engines], split: Split) =>
  Dataset.text(path, { engine, partitions: 1 })
    .flatMap(split)
    .map((word) => [word, 1] as const)
    .reduceByKey((a, b) => a + b)
    .collect();

/** What is called for the line "a b" in the place of what was there before. Whoever else calls it gets what it always gave. */
function instead(
  object: object,
  key: string | symbol,
  mine: unknown,
  isMeant: (self: unknown, given: unknown) => boolean,
) {
  const before = Object.getOwnPropertyDescriptor(object, key)!;
  const usual = before.value as (...given: unknown[]) => unknown;
  const { apply } = Reflect;
  function value(this: unknown, ...given: unknown[]): unknown {
    return isMeant(this, given[0]) ? mine : apply(usual, this, given);
  }
  Object.defineProperty(object, key, { ...before, value });
  return () => Object.defineProperty(object, key, before);
}

test('what the program puts in the place of split is called', async () => {
  const path = put(Buffer.from('a b'));
  const isLine = (self: unknown): boolean => String(self) === 'a b';
  const isRegex = (self: unknown): boolean => (self as RegExp).source === '\\s+';
  const changes: readonly (readonly [() => () => void, Split])[] = [
    [() => instead(String.prototype, 'split', ['mine'], (self, by) => isLine(self) && by === ' '), splits.space!],
    [() => instead(RegExp.prototype, Symbol.split, ['mine'], isRegex), splits['white space']!],
    [() => instead(RegExp.prototype, 'exec', null, isRegex), splits['white space']!],
    [() => instead(String.prototype, 'trim', 'mine', isLine), splits['white space, trimmed']!],
    [() => instead(Array.prototype, 'filter', ['mine'], (self) => `${self}` === 'a,b'), splits['space, filtered']!],
  ];
  for (const [change, split] of changes) {
    const undo = change();
    let found: unknown;
    let expected: unknown;
    try {
      expected = split('a b').map((word) => [word, 1]);
      found = await counts(path, engines.inline, split);
    } finally {
      undo();
    }
    assert.deepEqual(found, expected);
    assert.notDeepEqual(await counts(path, engines.inline, split), expected);
  }
});

test('what a worker has in the place of split is called', async () => {
  const engine = local({ workers: 1 });
  const path = put(Buffer.from('a b'));
  await Dataset.range(0, 1, { engine }).forEach(() => {
    const { split } = String.prototype;
    String.prototype.split = function (this: string, by: string): string[] {
      return by === ' ' ? ['mine'] : split.call(this, by as never);
    } as never;
  });
  assert.deepEqual(await counts(path, engine as never, splits.space!), [['mine', 1]]);
  await engine.close();
});
