/**
 * Operators that look at one row at a time, as one loop. The loop's code is generated for each chain, so that the engine inlines the
 * user's functions into it; where code may not be generated, the same is done by closures, a few times slower.
 */
import { NumberRows } from '../exchange/number-rows.js';
import { type Rows, resultOf } from './batches.js';
import { refusePair } from './keyed.js';
import { given, textOf } from './loop-text.js';
import type { MeetOp } from './meet.js';
import type { RowOp } from './spec.js';
import { located } from './where.js';

/** An operator that can be part of a loop. */
export type LoopOp = RowOp | MeetOp;

/** What an operator calls, in the order of the operators; `undefined` where it calls nothing. */
export type Calls = readonly ((row: unknown) => unknown)[];

/** Passes the rows of a batch, from `from` up to before `to`, through the chain. */
export type Loop = (batch: Rows, from: number, to: number) => void;

/** Makes the loop of a chain that hands what comes out to `sink`. `last` names whoever is behind `sink`, in messages. */
export type LoopMaker = (calls: Calls, sink: Sink) => Loop;

/** Where rows go: to a function, into states by key, or into a sum. */
export type Sink = ((row: unknown) => void) | Gathering | Summing;

/** The sum of rows that have to be numbers. */
export interface Summing {
  readonly of: 'sum';
  /** The sum so far; in an array, since what a loop does after its last row would be compiled before anything is known of it. */
  readonly total: Float64Array;
  /** Throws for a row that is none. */
  refuse(row: unknown): never;
}

/** States by key; putting a value to its state is part of the loop, so that the user's function is inlined there, too. */
export interface Gathering {
  /** Rows are pairs of key and value; or they are keys, without values. */
  readonly of: 'pairs' | 'keys';
  /** Gives each key its place in `states`: a new one that behind the last. */
  readonly index: { slotOf(key: unknown): number };
  /** Always the same array. */
  readonly states: unknown[];
  add(state: unknown, value: unknown): unknown;
  /** Puts the state of a new key to the others. */
  begin(key: unknown, value: unknown): void;
}

/** What a loop ends in. */
export type Ending = 'function' | Gathering['of'] | 'sum' | 'pausing';

/** A loop that stops whenever its sink says so, for operators that may make very many rows of one. */
export type PausingMaker = (calls: Calls, sink: (row: unknown) => boolean) => PausingLoop;
export type PausingLoop = (batch: readonly unknown[]) => Iterator<void>;

type Make<Made> = (...parts: unknown[]) => Made;

/** The loop as one that stops when its sink gives true; `undefined` where no code may be generated. */
export function pausingLoopOf(ops: readonly LoopOp[], leaves: boolean): PausingMaker | undefined {
  const names = [...ops.map((op) => op.name), ''];
  const make = compiled<PausingLoop>(textOf(ops, 'pausing', leaves));
  return make && ((calls, sink) => make(calls, sink, names, located, arrays, refusePair));
}

export function endingOf(sink: Sink): Ending {
  return typeof sink === 'function' ? 'function' : sink.of;
}

let loops = 0;

/** Makes a loop of its text; `undefined` where no code may be generated. */
function compiled<Made>(text: string): Make<Made> | undefined {
  try {
    // A text of its own for each chain: functions of one text share what the engine learns of them.
    return new Function(...given, `/* ${loops++} */ ${text}`) as Make<Made>;
  } catch {
    return undefined;
  }
}

/** Shapes of rows that have a loop of their own: making one takes as long as thousands of rows do. */
const mostShapes = 8;

/**
 * @param ending of all sinks that the loop will be given
 * @param leaves no function changes a row
 */
export function loopOf(ops: readonly LoopOp[], last: string, ending: Ending, leaves: boolean): LoopMaker {
  const names = [...ops.map((op) => op.name), last];
  const make = compiled<Loop>(textOf(ops, ending, leaves));
  if (make === undefined) return (calls, sink) => unpacking(closures(ops, names, calls, functionOf(sink, last)));
  /** By the shape of rows that are numbers as they lie in memory. */
  const makers = new Map<string, Make<Loop>>();
  return (calls, sink) => {
    const parts = [calls, sink, names, located, arrays, refusePair];
    const loops = new Map<string, Loop>();
    let known: Loop | undefined;
    const plain: Loop = (batch, from, to) => {
      known ??= make(...parts);
      known(batch, from, to);
    };
    const unpacked = unpacking(plain);
    return (batch, from, to) => {
      if (!(batch instanceof NumberRows)) return plain(batch, from, to);
      const { shape } = batch;
      let loop = loops.get(shape.id);
      if (loop === undefined) {
        let maker = makers.get(shape.id);
        if (maker === undefined) {
          if (makers.size >= mostShapes) return unpacked(batch, from, to);
          maker = compiled<Loop>(textOf(ops, ending, leaves, shape))!;
          makers.set(shape.id, maker);
        }
        loop = maker(...parts);
        loops.set(shape.id, loop);
      }
      loop(batch, from, to);
    };
  };
}

/** A loop over arrays, which are made where they are numbers in memory. */
function unpacking(loop: (rows: unknown[], from: number, to: number) => void): Loop {
  let last: Rows | undefined;
  let rows: unknown[] = [];
  return (batch, from, to) => {
    if (batch !== last) rows = batch instanceof NumberRows ? batch.rows() : batch;
    last = batch;
    loop(rows, from, to);
  };
}

/** The same, where no code may be generated. */
function functionOf(sink: Sink, name: string): (row: unknown) => void {
  if (typeof sink === 'function') return sink;
  if (sink.of === 'sum')
    return (row) => {
      sink.total[0]! += typeof row === 'number' ? row : sink.refuse(row);
    };
  const { index, states } = sink;
  return (row) => {
    if (sink.of === 'pairs' && !Array.isArray(row)) refusePair(name, row);
    const key = sink.of === 'pairs' ? (row as Pair)[0] : row;
    const value = sink.of === 'pairs' ? (row as Pair)[1] : undefined;
    const slot = index.slotOf(key);
    if (slot === states.length) sink.begin(key, value);
    else states[slot] = sink.add(states[slot], value);
  };
}

/** Items of an iterable that are read ahead of who takes them. */
const mostItems = 512;

/** Items of an iterable, some hundred at a time; an empty array after the last. */
interface Items {
  (): unknown[];
  /** No more of them are wanted. */
  end(): void;
}

/** @param first so many items are read at first, then twice as many each time: where a reader may stop, no dear item is made for nothing */
function arrays(items: unknown, name: string, first = mostItems): Items {
  if (items === null || items === undefined || typeof (items as Iterable<unknown>)[Symbol.iterator] !== 'function')
    throw new TypeError(
      `${name}: the function must give an array or another iterable, not ${items === null ? 'null' : typeof items}.`,
    );
  const iterator = (items as Iterable<unknown>)[Symbol.iterator]();
  let ended = false;
  let most = first;
  const next = (): unknown[] => {
    const some: unknown[] = [];
    while (!ended && some.length < most) {
      // One that fails is done, and need not be told so.
      ended = true;
      const { done, value } = resultOf(iterator.next());
      if (done === true) break;
      ended = false;
      some.push(value);
    }
    most = Math.min(mostItems, 2 * most);
    return some;
  };
  const end = (): void => {
    if (ended) return;
    ended = true;
    iterator.return?.();
  };
  return Object.assign(next, { end });
}

type OpenItems = readonly (Items | undefined)[];

/** No more is wanted of any of these, the innermost first. */
arrays.end = ([first, ...others]: OpenItems): void => {
  try {
    first?.end();
  } catch (error) {
    arrays.drop(others);
    throw error;
  }
  if (others.length > 0) arrays.end(others);
};

/** The same after an error, which is the one that counts. */
arrays.drop = (open: OpenItems): void => {
  for (const items of open) {
    try {
      items?.end();
    } catch {
      // What came first is told.
    }
  }
};

arrays.refusePromise = refusePromise;

/** Functions of a dataset answer at once; a promise would be taken for a yes, and its error would be lost. */
export function refusePromise(value: unknown): void {
  if (typeof (value as PromiseLike<unknown> | null)?.then !== 'function') return;
  void Promise.resolve(value).catch(() => {});
  throw new TypeError('The function gave a promise. Functions of a dataset answer at once.');
}

function closures(
  ops: readonly LoopOp[],
  names: readonly string[],
  calls: Calls,
  sink: (row: unknown) => void,
): (batch: readonly unknown[], from: number, to: number) => void {
  let next = guarded(names.at(-1)!, sink);
  for (let i = ops.length - 1; i >= 0; i--) next = guarded(names[i]!, step(ops[i]!, calls[i]!, next));
  const first = next;
  return (batch, from, to) => {
    for (let i = from; i < to; i++) first(batch[i]);
  };
}

function guarded(name: string, step: (row: unknown) => void): (row: unknown) => void {
  return (row) => {
    try {
      step(row);
    } catch (error) {
      throw located(name, row, error);
    }
  };
}

type Pair = readonly [unknown, unknown];

function asPair(op: LoopOp, row: unknown): Pair {
  return Array.isArray(row) ? (row as unknown as Pair) : refusePair(op.name, row);
}

function step(op: LoopOp, f: (row: unknown) => unknown, next: (row: unknown) => void): (row: unknown) => void {
  const all = (items: unknown, use: (item: unknown) => void): void => {
    if (Array.isArray(items)) {
      for (let j = 0; j < items.length; j++) use(items[j]);
      return;
    }
    const more = arrays(items, op.name);
    try {
      for (let some = more(); some.length > 0; some = more()) for (const item of some) use(item);
    } catch (error) {
      arrays.drop([more]);
      throw error;
    }
  };
  switch (op.kind) {
    case 'filter':
    case 'ofKey':
    case 'sample':
      return (row) => {
        const answer = f(row);
        refusePromise(answer);
        if (answer) next(row);
      };
    case 'map':
    case 'index':
      return (row) => next(f(row));
    case 'meet':
      return (row) => {
        const out = f(row);
        if (out !== undefined) next(out);
      };
    case 'keyBy':
      return (row) => next([f(row), row]);
    case 'mapValues':
      return (row) => next([asPair(op, row)[0], f((row as Pair)[1])]);
    case 'keys':
      return (row) => next(asPair(op, row)[0]);
    case 'values':
      return (row) => next(asPair(op, row)[1]);
    case 'flatMap':
    case 'words':
      return (row) => all(f(row), next);
    case 'flatMapValues':
      return (row) => all(f(asPair(op, row)[1]), (item) => next([(row as Pair)[0], item]));
  }
}
