/** Types of `map` and of jobs. Compiled, never run. */
import { type Job, type JobProgress, map, Pool } from 'sheaf';
import { is } from './equal.js';

const pool = new Pool();
const numbers = [1, 2, 3];

// The function gets the item's type and its place; the job has the result's type.
pool.map(numbers, (x, i) => {
  is<number>()(x);
  is<number>()(i);
});
is<Job<string>>()(pool.map(numbers, (x) => x.toFixed(1)));
is<string[]>()(await pool.map(numbers, (x) => x.toFixed(1)));
is<{ id: number; tags: string[] }[]>()(await pool.map(numbers, (id) => ({ id, tags: ['a'] })));
is<(number | 'small')[]>()(await pool.map(numbers, (x) => (x > 1 ? x : 'small')));
is<string[]>()(await map(numbers, String));

// Any iterable, sync or async.
pool.map(new Set(['a']), (s) => is<string>()(s));
pool.map(new Map([['a', 1]]), (pair) => is<[string, number]>()(pair));
pool.map('text', (character) => is<string>()(character));
pool.map(new Float64Array(3), (x) => is<number>()(x));
pool.map(new BigInt64Array(3), (x) => is<bigint>()(x));
pool.map(
  (function* () {
    yield { a: 1 };
  })(),
  (row) => is<{ a: number }>()(row),
);
pool.map(
  (async function* () {
    yield new Date();
  })(),
  (date) => is<Date>()(date),
);
pool.map([[1, 'a'] as const], ([n, s]) => {
  is<1>()(n);
  is<'a'>()(s);
});

// Promises of results are awaited.
is<number[]>()(await pool.map(numbers, async (x) => x));
is<(number | 'now')[]>()(await pool.map(numbers, (x) => (x > 1 ? Promise.resolve(x) : 'now')));

// Functions with fewer parameters, and ones that take more than they get by default, fit.
pool.map(numbers, () => 1);
pool.map(numbers, (x: number | string, i?: number) => `${x}${i}`);
pool.map(numbers, (x = 7) => x);

// What a job can do.
const job = pool.map(numbers, (x) => x > 1, { label: 'big' });
for await (const big of job) is<boolean>()(big);
is<PromiseSettledResult<boolean>[]>()(await job.settled());
is<void>()(job.cancel());
is<void>()(job.cancel(new Error('enough')));
is<JobProgress>()(job.progress);
is<number | undefined>()(job.progress.total);
is<[boolean[]]>()(await Promise.all([job]));
is<number>()(await job.then((results) => results.length));

// A typed array for the results.
is<Float64Array<ArrayBuffer>>()(await pool.map(numbers, (x) => x / 2, { into: Float64Array }));
is<Uint8Array<ArrayBuffer>>()(await map(numbers, async (x) => x, { into: Uint8Array }));
is<BigInt64Array<ArrayBuffer>>()(await pool.map(numbers, (x) => BigInt(x), { into: BigInt64Array }));
for await (const half of pool.map(numbers, (x) => x / 2, { into: Float64Array })) is<number>()(half);
// @ts-expect-error: strings have no place in an array of numbers
pool.map(numbers, (x) => `${x}`, { into: Float64Array });
// @ts-expect-error: neither have numbers in an array of bigints
pool.map(numbers, (x) => x, { into: BigInt64Array });
// @ts-expect-error: no class of typed arrays
pool.map(numbers, (x) => x, { into: Array });

// Options that see items see their type.
pool.map(['a'], (s) => s, { cost: (s) => s.length, transfer: () => [] });
pool.map([new ArrayBuffer(8)], (buffer) => buffer.byteLength, { transfer: (buffer) => [buffer] });
pool.map(numbers, (x) => x, {
  signal: AbortSignal.timeout(1000),
  chunkSize: 10,
  ordered: false,
  timeoutMs: 50,
  concurrency: 8,
});
pool.map(numbers, (x) => x, {
  retries: 3,
  priority: 1,
  label: 'x',
  progress: true,
  inline: false,
  allocation: 'work-stealing',
});
pool.map(numbers, (x) => x, { retries: { times: 3, delayMs: 10, when: (error) => error instanceof TypeError } });
pool.map(numbers, (x) => x, { allocation: { name: 'first', place: (_task, workers) => workers[0]?.id } });
// @ts-expect-error: the cost of a string is not known for numbers
pool.map(numbers, (x) => x, { cost: (s: string) => s.length });
// @ts-expect-error: what is moved is a buffer or a port
pool.map(numbers, (x) => x, { transfer: (x) => [x] });
// @ts-expect-error: there is no such option
pool.map(numbers, (x) => x, { chunksize: 10 });
// @ts-expect-error: inlining can be forbidden, not forced
pool.map(numbers, (x) => x, { inline: true });
// @ts-expect-error: no such policy
pool.map(numbers, (x) => x, { allocation: 'random' });
// @ts-expect-error: a policy needs a number of times
pool.map(numbers, (x) => x, { retries: { delayMs: 10 } });
// @ts-expect-error: units last: milliseconds, and a number
pool.map(numbers, (x) => x, { timeoutMs: '50ms' });

// Misuse of the arguments.
// @ts-expect-error: the item is a number
pool.map(numbers, (s: string) => s);
// @ts-expect-error: it gets an item and its place, no third argument
pool.map(numbers, (x, i, all: number[]) => all.length + x + i);
// @ts-expect-error: the second argument is a place
pool.map(numbers, (x, key: string) => x + key);
// @ts-expect-error: a number has no such method
pool.map(numbers, (x) => x.toUpperCase());
// @ts-expect-error: not an iterable
pool.map(5, (x) => x);
// @ts-expect-error: an object is no iterable
pool.map({ a: 1 }, (x) => x);
// @ts-expect-error: a function is needed
pool.map(numbers);
// @ts-expect-error: source text is no function
pool.map(numbers, '(x) => x');
// @ts-expect-error: what comes out are strings
export const wrong: Job<number> = pool.map(numbers, (x) => `${x}`);
// @ts-expect-error: a job is no array; await it
pool.map(numbers, (x) => x).length;
