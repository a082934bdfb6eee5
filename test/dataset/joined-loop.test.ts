/** Joins with one row a key, which are a step of the loop around them: their answers and errors are those of any join. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { Dataset, inline, local, taskOf } from 'sheaf';

const engines = { inline: inline(), threads: local({ workers: 2 }) };
after(() => Promise.all(Object.values(engines).map((engine) => engine.close())));

type Key = number | string | boolean | null | bigint;

const key: fc.Arbitrary<Key> = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 12 }) },
  fc.constantFrom(-0, NaN, 2.5, -1, 2 ** 32, 2 ** 31, 40, 'a', '1', true, null, 1n),
);
const whole = fc.integer({ min: 0, max: 12 });

interface Input {
  readonly many: readonly (readonly [Key, number])[];
  readonly few: readonly (readonly [Key, string])[];
}

const inputOf = (keys: fc.Arbitrary<Key>): fc.Arbitrary<Input> =>
  fc.record({
    many: fc.array(fc.tuple(keys, fc.integer({ min: 0, max: 99 })), { maxLength: 60 }),
    few: fc.uniqueArray(fc.tuple(keys, fc.string({ maxLength: 3 })), {
      maxLength: 13,
      // As a `Map` compares.
      comparator: (a, b) => a === b || Object.is(a, b),
      selector: ([one]) => one,
    }),
  });

const text = (key: Key, left: unknown, right: unknown): string =>
  `${typeof key}:${Object.is(key, -0) ? 0 : String(key)} ${String(left)} ${String(right)}`;

/** What comes out, by a Map, behind the operators before and after the join. */
function expected({ many, few }: Input, keeps: boolean, swapped: boolean): string[] {
  const byKey = new Map(few);
  const rows = many.filter(([, n]) => n % 7 !== 0).map(([k, n]) => [k, n + 1] as const);
  return rows
    .filter(([k]) => keeps || byKey.has(k))
    .map(([k, n]) => (swapped ? text(k, byKey.get(k), n) : text(k, n, byKey.get(k))))
    .filter((row) => row.length % 5 !== 0)
    .sort();
}

describe('a join with one row a key', () => {
  for (const [name, engine] of Object.entries(engines)) {
    test(`gives the rows that a Map gives, whatever keys are (${name})`, async () => {
      const property = fc.asyncProperty(
        fc.oneof(inputOf(key), inputOf(whole)),
        fc.nat(2),
        async (input, partitions) => {
          const options = { engine, partitions: partitions + 1 };
          // Weighed by their encoding, these are the larger side.
          const pad = Array.from({ length: 400 }, (_, i) => [i % 13, (i % 14) * 7] as const);
          const all = { ...input, many: [...input.many, ...pad] };
          const many = Dataset.of(all.many, options)
            .filter(([, n]) => n % 7 !== 0)
            .mapValues((n) => n + 1);
          const few = Dataset.of(all.few, options);
          const short = (row: string): boolean => row.length % 5 !== 0;
          const inner = many.join(few).map(([k, [n, s]]) => text(k, n, s));
          const left = many.leftJoin(few).map(([k, [n, s]]) => text(k, n, s));
          const right = few.rightJoin(many).map(([k, [s, n]]) => text(k, s, n));
          assert.deepEqual((await inner.filter(short).collect()).sort(), expected(all, false, false));
          assert.deepEqual((await left.filter(short).collect()).sort(), expected(all, true, false));
          assert.deepEqual((await right.filter(short).collect()).sort(), expected(all, true, true));
          const counts = await many
            .join(few)
            .mapValues(([n]) => n)
            .reduceByKey((a, b) => a + b)
            .collect();
          const sums = new Map<Key, number>();
          const names = new Map(all.few);
          for (const [k, n] of all.many) if (n % 7 !== 0 && names.has(k)) sums.set(k, (sums.get(k) ?? 0) + n + 1);
          assert.deepEqual(new Map(counts), sums);
        },
      );
      await fc.assert(property, { numRuns: 25 });
    });

    test(`says which operator failed, and at which row (${name})`, async () => {
      const many = Dataset.range(0, 1000, 1, { engine }).map((i) => [i % 10, i] as const);
      const few = Dataset.of([[3, 'three'] as const, [4, 'four'] as const], { engine });
      const behind = many.join(few).map(([, [i, s]]) => {
        if (i === 503) throw new RangeError(`no ${s}`);
        return i;
      });
      const failed = (operator: string | undefined, item: string) => (error: unknown) => {
        const told = taskOf(error);
        assert.equal(told?.item, item);
        // Where rows move before they meet, whatever moves them finds it first.
        if (operator === undefined) assert.match(told?.operator ?? '', /join/i);
        else assert.equal(told?.operator, operator);
        return true;
      };
      await assert.rejects(behind.sum(), failed('map', "[ 3, [ 503, 'three' ] ]"));
      const combined = many
        .join(few)
        .values()
        .map(([i, s]) => [s, i] as const)
        .reduceByKey((a, b) => {
          if (b === 503) throw new RangeError('no such sum');
          return a + b;
        });
      await assert.rejects(combined.collect(), failed('reduceByKey', "[ 'three', 503 ]"));
      const growing = many
        .join(few)
        .flatMap(function* ([, [i, s]]) {
          for (let j = 0; j < 600; j++) yield [j % 7, j] as const;
          if (i === 503) throw new RangeError(`no ${s}`);
        })
        .reduceByKey((a, b) => a + b);
      await assert.rejects(growing.collect(), failed('flatMap', "[ 3, [ 503, 'three' ] ]"));
      const odd = many.map((pair) => (pair[1] === 77 ? (77 as unknown as typeof pair) : pair)).join(few);
      await assert.rejects(odd.count(), failed(undefined, '77'));
      const unkeyed = many.map(([k, i]) => [i === 77 ? (Symbol('key') as unknown as number) : k, i] as const).join(few);
      await assert.rejects(unkeyed.map(([k]) => k).count(), failed(undefined, '[ Symbol(key), 77 ]'));
    });
  }
});
