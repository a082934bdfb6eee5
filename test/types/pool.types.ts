/** Types of pools, calls, contexts, engines and errors. Compiled, never run. */
import {
  CancelledError,
  CaptureError,
  context,
  type Engine,
  inline,
  local,
  Pool,
  run,
  SheafError,
  type SheafErrorCode,
  shared,
  type TaskInfo,
  TimeoutError,
  taskOf,
  WorkerLostError,
} from 'sheaf';
import { is } from './equal.js';

// Opening and closing.
new Pool();
new Pool({ workers: 4, isolation: 'process', allocation: 'locality', maxTasksPerWorker: 100 });
new Pool({ resourceLimits: { maxOldGenerationSizeMb: 512 }, setup: async () => 1 });
new Pool({ engine: inline() });
new Pool({ engine: local({ workers: 2, isolation: 'thread', allocation: 'round-robin' }) });
is<Engine>()(local());
await using pool = new Pool();
is<void>()(await pool.close());
is<void>()(await pool.terminate());
// @ts-expect-error: threads or processes
new Pool({ isolation: 'fiber' });
// @ts-expect-error: a number of workers
new Pool({ workers: 'all' });
// @ts-expect-error: there is no such option
new Pool({ threads: 4 });
// @ts-expect-error: a pool is opened with new
Pool({ workers: 4 });

// One call: the arguments are those of the function, the result is awaited.
const add = (a: number, b: number) => a + b;
is<Promise<number>>()(pool.run(add, [1, 2]));
is<Promise<string>>()(pool.run(async (name: string, times: number = 2) => name.repeat(times), ['ab']));
is<Promise<number>>()(pool.run((a, b) => a * b, [1, 2]));
is<Promise<number>>()(pool.run(() => 7));
is<Promise<number>>()(run((...all: number[]) => all.length, [1, 2, 3]));
is<Promise<boolean>>()(run((a: { x: number }, b: Date | null) => a.x > Number(b), [{ x: 1 }, null]));
run(add, [1, 2], { timeoutMs: 100, retries: 2, signal: new AbortController().signal, priority: 3, label: 'add' });
pool.run((buffer: ArrayBuffer) => buffer.byteLength, [new ArrayBuffer(8)], { transfer: [new ArrayBuffer(8)] });
// @ts-expect-error: an argument is missing
pool.run(add, [1]);
// @ts-expect-error: one too many
pool.run(add, [1, 2, 3]);
// @ts-expect-error: the second is a number
pool.run(add, [1, '2']);
// @ts-expect-error: it takes arguments
pool.run(add);
// @ts-expect-error: arguments come as a list
pool.run(add, 1, 2);
// @ts-expect-error: results come one by one; there is nothing to order
pool.run(add, [1, 2], { ordered: false });

// The context of a task, and what setup left there.
interface Model {
  readonly weights: Float64Array;
}
pool.map([1], (x) => {
  const { signal, attempt, worker, setup } = context<Model>();
  is<AbortSignal>()(signal);
  is<number>()(attempt);
  is<number>()(worker);
  is<Float64Array>()(setup.weights);
  // @ts-expect-error: the model has no such member
  setup.bias;
  return x;
});
pool.map([1], () => {
  is<unknown>()(context().setup);
  // @ts-expect-error: without a type, what setup left is unknown
  return context().setup.weights;
});

// Shared memory keeps the class of the array.
is<Float64Array>()(shared(10));
is<Int32Array>()(shared(10, Int32Array));
is<Uint8Array>()(shared([1, 2], Uint8Array));
// @ts-expect-error: no class of typed arrays
shared(10, Array);

// Errors.
is<TaskInfo | undefined>()(taskOf(new Error()));
is<TaskInfo | undefined>()(taskOf('anything'));
try {
  await pool.map([1], (x) => x);
} catch (error) {
  if (error instanceof SheafError) is<SheafErrorCode>()(error.code);
  if (error instanceof TimeoutError) is<number>()(error.timeoutMs);
  if (error instanceof CaptureError) is<readonly string[]>()(error.path);
  if (error instanceof CancelledError) is<unknown>()(error.cause);
  if (error instanceof WorkerLostError) is<'exited' | 'killed' | 'memory' | 'crashed' | 'replaced'>()(error.exit.how);
}
// @ts-expect-error: the base of the errors is not made by itself
new SheafError('no');
