/**
 * Operators that look at one row at a time, as one loop. The loop's code is generated for each chain, so that the engine inlines the
 * user's functions into it; where code may not be generated, the same is done by closures, a few times slower.
 */
import { refusePair } from './keyed.js';
import type { MeetOp } from './meet.js';
import type { RowOp } from './spec.js';
import { located } from './where.js';

/** An operator that can be part of a loop. */
export type LoopOp = RowOp | MeetOp;

/** What an operator calls, in the order of the operators; `undefined` where it calls nothing. */
export type Calls = readonly ((row: unknown) => unknown)[];

/** Passes the rows of a batch, from `from` up to before `to`, through the chain. */
export type Loop = (batch: readonly unknown[], from: number, to: number) => void;

/** Makes the loop of a chain that hands what comes out to `sink`. `last` names whoever is behind `sink`, in messages. */
export type LoopMaker = (calls: Calls, sink: Sink) => Loop;

/** Where rows go: to a function, or into states by key. */
export type Sink = ((row: unknown) => void) | Gathering;

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
export type Ending = 'function' | Gathering['of'] | 'pausing';

/** A loop that stops whenever its sink says so, for operators that may make very many rows of one. */
export type PausingMaker = (calls: Calls, sink: (row: unknown) => boolean) => PausingLoop;
export type PausingLoop = (batch: readonly unknown[]) => Iterator<void>;

/** The loop as one that stops when its sink gives true; `undefined` where no code may be generated. */
export function pausingLoopOf(ops: readonly LoopOp[]): PausingMaker | undefined {
  const names = [...ops.map((op) => op.name), ''];
  try {
    const text = `/* ${loops++} */ ${textOf(ops, 'pausing')}`;
    const make = new Function(...given, text) as (...parts: unknown[]) => PausingLoop;
    return (calls, sink) => make(calls, sink, names, located, arrays, refusePair);
  } catch {
    return undefined;
  }
}

export function endingOf(sink: Sink): Ending {
  return typeof sink === 'function' ? 'function' : sink.of;
}

let loops = 0;
/** What the text of a loop is given. */
const given = ['f', 'sink', 'names', 'located', 'arrays', 'refusePair'];

/** @param ending of all sinks that the loop will be given */
export function loopOf(ops: readonly LoopOp[], last: string, ending: Ending): LoopMaker {
  const names = [...ops.map((op) => op.name), last];
  let make: (...parts: unknown[]) => Loop;
  try {
    // A text of its own for each chain: functions of one text share what the engine learns of them.
    const text = `/* ${loops++} */ ${textOf(ops, ending)}`;
    make = new Function(...given, text) as typeof make;
  } catch {
    return (calls, sink) => closures(ops, names, calls, functionOf(sink, last));
  }
  return (calls, sink) => make(calls, sink, names, located, arrays, refusePair);
}

function textOf(ops: readonly LoopOp[], ending: Ending): string {
  const headOf = (op: LoopOp, i: number): string =>
    `const f${i} = f[${i}];${op.kind === 'meet' ? ` const { index: t${i}, values: w${i}, dense: d${i} } = f${i};` : ''}`;
  const heads = ops.map(headOf).join(' ');
  const isPausing = ending === 'pausing';
  const tail = ending === 'function' || isPausing ? '' : 'const { index, states, add } = sink;';
  // Rows of two that nothing but a message might need are put together for it: a row that is kept for one has to be made.
  return `"use strict"; ${heads} ${tail} const met = {}, pair = {};
return ${isPausing ? 'function* (batch, from = 0, to = batch.length)' : '(batch, from, to) =>'} {
  let at = 0, row, k, a, b;
  try {
    for (let i = from; i < to; i++) {
      const v0 = batch[i];
      ${bodyOf(ops, 0, ending)}
    }
  } catch (error) { throw located(names[at], row === met ? [k, [a, b]] : row === pair ? [k, a] : row, error); }
};`;
}

function bodyOf(ops: readonly LoopOp[], i: number, ending: Ending): string {
  const op = ops[i];
  const isMet = ops[i - 1]?.kind === 'meet';
  const call = `at = ${i}; row = ${isMet ? 'met' : `v${i}`};`;
  const pair = isMet ? call : `${call} if (!Array.isArray(v${i})) refusePair(names[${i}], v${i});`;
  if (op === undefined) return endOf(ending, `v${i}`, call, isMet);
  const next = `v${i + 1}`;
  const rest = bodyOf(ops, i + 1, ending);
  switch (op.kind) {
    case 'filter':
      return `${call} const t${i} = f${i}(v${i}); if (typeof t${i} === 'object') arrays.refusePromise(t${i});
      if (t${i}) { const ${next} = v${i}; ${rest} }`;
    case 'ofKey':
    case 'sample':
      return `${call} if (f${i}(v${i})) { const ${next} = v${i}; ${rest} }`;
    case 'map':
    case 'index':
      return `${call} const ${next} = f${i}(v${i}); ${rest}`;
    case 'keyBy':
      return `${call} const ${next} = [f${i}(v${i}), v${i}]; ${rest}`;
    case 'mapValues':
      return `${pair} const ${next} = [v${i}[0], f${i}(v${i}[1])]; ${rest}`;
    case 'meet': {
      const value = `s${i} < 0 ? undefined : w${i}[s${i}]`;
      const [a, b] = op.buildLeft ? [value, `v${i}[1]`] : [`v${i}[1]`, value];
      return `if (!Array.isArray(v${i})) { ${call} refusePair('A join', v${i}); }
      const k${i} = v${i}[0];
      let s${i};
      if (typeof k${i} === 'number')
        s${i} = k${i} >>> 0 === k${i} && k${i} < d${i}.length ? d${i}[k${i}] - 1 : t${i}.find(k${i});
      else { ${call} s${i} = t${i}.find(k${i}); }
      if (${op.keeps ? 'true' : `s${i} >= 0`}) {
        const a${i} = ${a}, b${i} = ${b}, ${next} = [k${i}, [a${i}, b${i}]];
        k = k${i}; a = a${i}; b = b${i};
        ${rest}
      }`;
    }
    case 'keys':
      return `${pair} const ${next} = v${i}[0]; ${rest}`;
    case 'values':
      return `${pair} const ${next} = v${i}[1]; ${rest}`;
    case 'flatMap':
    case 'words':
      return each(i, `f${i}(v${i})`, `const ${next} = a${i}[j${i}]; ${rest}`, ending);
    case 'flatMapValues':
      return pair + each(i, `f${i}(v${i}[1])`, `const ${next} = [v${i}[0], a${i}[j${i}]]; ${rest}`, ending);
  }
}

function endOf(ending: Ending, row: string, call: string, isMet: boolean): string {
  if (ending === 'function') return `${call} sink(${row});`;
  if (ending === 'pausing') return `${call} if (sink(${row})) yield;`;
  const put = `const slot = index.slotOf(key);
      if (slot === states.length) sink.begin(key, value); else states[slot] = add(states[slot], value);`;
  if (ending === 'keys') return `${call} const key = ${row}, value = undefined; ${put}`;
  const kept = isMet ? '' : `if (${row}.length === 2) { row = pair; k = key; a = value; } else row = ${row};`;
  return `if (!Array.isArray(${row})) { ${call} refusePair(names[at], ${row}); }
      ${isMet ? call : call.slice(0, call.indexOf(';') + 1)} const key = ${row}[0], value = ${row}[1]; ${kept} ${put}`;
}

/** The same, where no code may be generated. */
function functionOf(sink: Sink, name: string): (row: unknown) => void {
  if (typeof sink === 'function') return sink;
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

/** A loop over what a function gave: an array as it is, another iterable some hundred items at a time. */
function each(i: number, call: string, body: string, ending: Ending): string {
  // Only loops that stop are left in the middle of an iterable.
  const [tried, after] =
    ending === 'pausing' ? ['try {', `} finally { if (g${i} !== undefined) g${i}.end(); }`] : ['', ''];
  return `at = ${i}; row = v${i};
    let a${i} = ${call}, g${i};
    if (!Array.isArray(a${i})) { g${i} = arrays(a${i}, names[${i}]); a${i} = g${i}(); }
    ${tried}
      do {
        for (let j${i} = 0; j${i} < a${i}.length; j${i}++) { ${body} }
        if (g${i} !== undefined) { at = ${i}; row = v${i}; }
      } while (g${i} !== undefined && (a${i} = g${i}()).length > 0);
    ${after}`;
}

/** Items of an iterable, some hundred at a time; an empty array after the last. */
function arrays(items: unknown, name: string): (() => unknown[]) & { end(): void } {
  if (items === null || items === undefined || typeof (items as Iterable<unknown>)[Symbol.iterator] !== 'function')
    throw new TypeError(
      `${name}: the function must give an array or another iterable, not ${items === null ? 'null' : typeof items}.`,
    );
  const iterator = (items as Iterable<unknown>)[Symbol.iterator]();
  let ended = false;
  const next = (): unknown[] => {
    const some: unknown[] = [];
    while (!ended && some.length < 512) {
      const { done, value } = iterator.next();
      if (done === true) ended = true;
      else some.push(value);
    }
    return some;
  };
  const end = (): void => {
    if (!ended) iterator.return?.();
    ended = true;
  };
  return Object.assign(next, { end });
}

arrays.refusePromise = refusePromise;

/** Functions of a dataset answer at once; a promise would be taken for a yes, and its error would be lost. */
export function refusePromise(value: unknown): void {
  if (typeof (value as PromiseLike<unknown> | null)?.then !== 'function') return;
  void Promise.resolve(value).catch(() => {});
  throw new TypeError('The function gave a promise. Functions of a dataset answer at once.');
}

function closures(ops: readonly LoopOp[], names: readonly string[], calls: Calls, sink: (row: unknown) => void): Loop {
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
    for (let some = more(); some.length > 0; some = more()) for (const item of some) use(item);
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
