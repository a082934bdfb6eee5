/** Types of datasets: pair operators on pairs only, what joins give, literals that are reduced. Compiled, never run. */
import { Dataset, hash, range } from 'sheaf';
import { is } from './equal.js';

const numbers = Dataset.of([1, 2, 3]);
const pairs = Dataset.of([
  ['a', 1],
  ['b', 2],
] as [string, number][]);
const dates = Dataset.of([['a', new Date()]] as [string, Date][]);

// Rows.
is<Dataset<number>>()(numbers);
is<Dataset<string>>()(numbers.map((x) => x.toFixed()));
is<number[]>()(await numbers.collect());
is<number | undefined>()(await numbers.first());
is<Dataset<[number, number]>>()(numbers.zipWithIndex());
is<Dataset<[string, number]>>()(numbers.keyBy((x) => `${x}`));
is<Dataset<number | string>>()(numbers.union(Dataset.of(['a'])));
is<Dataset<[number, string]>>()(numbers.cartesian(Dataset.of(['a'])));
is<Map<number, number>>()(await numbers.countByValue());
is<Dataset<'a'>>()(Dataset.of(['a', 'b'] as ('a' | 'b')[]).filter((x): x is 'a' => x === 'a'));
for await (const x of numbers) is<number>()(x);

// Pairs.
is<Dataset<string>>()(pairs.keys());
is<Dataset<number>>()(pairs.values());
is<Dataset<[string, boolean]>>()(pairs.mapValues((x) => x > 1));
is<Dataset<[string, string]>>()(pairs.flatMapValues((x) => [`${x}`]));
is<Dataset<[string, number[]]>>()(pairs.groupByKey());
is<Dataset<[string, number]>>()(pairs.reduceByKey((a, b) => a + b));
is<Dataset<[string, number]>>()(pairs.countByKey());
is<number[]>()(await pairs.lookup('a'));

// A partitioner says nothing about the keys' type.
is<Dataset<[string, number]>>()(pairs.partitionBy(hash(3)));
is<Dataset<[string, number[]]>>()(pairs.groupByKey(hash(3)));
is<Dataset<[string, number]>>()(pairs.reduceByKey((a, b) => a + b, range(['k'])));
is<Dataset<[string, [number, Date]]>>()(pairs.join(dates, hash(2)));

// Joins give the missing side as undefined.
is<Dataset<[string, [number, Date]]>>()(pairs.join(dates));
is<Dataset<[string, [number, Date | undefined]]>>()(pairs.leftJoin(dates));
is<Dataset<[string, [number | undefined, Date]]>>()(pairs.rightJoin(dates));
is<Dataset<[string, [number, Date] | [number, undefined] | [undefined, Date]]>>()(pairs.fullJoin(dates));
is<Dataset<[string, [number[], Date[]]]>>()(pairs.cogroup(dates));

// Literals widen when they are reduced.
const ones = Dataset.of(['a', 'b']).map((word) => [word, 1] as const);
is<Dataset<[string, number]>>()(ones.reduceByKey((a, b) => a + b));
is<[string, number][]>()(
  await ones
    .reduceByKey((a, b) => a + b)
    .sortBy(([, n]) => -n)
    .take(10),
);
is<Dataset<[string, { n: number }]>>()(
  ones.aggregateByKey(
    { n: 0 },
    (state, x) => ({ n: state.n + x }),
    (a, b) => ({ n: a.n + b.n }),
  ),
);
is<number>()(
  await numbers.aggregate(
    0,
    (sum, x) => sum + x,
    (a, b) => a + b,
  ),
);

// @ts-expect-error no pairs
numbers.reduceByKey((a, b) => a + b);
// @ts-expect-error no pairs
numbers.groupByKey();
// @ts-expect-error no pairs
numbers.join(pairs);
// @ts-expect-error no pairs
numbers.keys();
// @ts-expect-error no numbers
pairs.sum();
// @ts-expect-error no numbers
pairs.histogram(3);
// @ts-expect-error no text
numbers.words();
// @ts-expect-error keys of other types never meet
pairs.join(Dataset.of([[1, 'x']] as [number, string][]));
