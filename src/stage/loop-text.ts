/** The code of the loop that a chain of operators comes to (`loop.ts`). */
import type { Shape } from '../exchange/number-rows.js';
import type { Ending, LoopOp } from './loop.js';

/** What the text of a loop is given. */
export const given = ['f', 'sink', 'names', 'located', 'arrays', 'refusePair'];

/**
 * What is known of a row besides its value. A row that is kept for an error has to be made, where most need not be: so what a row can be
 * made of again is kept in its place. `first`: it is the batch's own, of numbers. `met`: it comes of a join.
 */
type Known = 'first' | 'met' | undefined;

/**
 * @param shape of the rows of batches that are numbers as they lie in memory
 * @param leaves no function changes a row
 */
export function textOf(ops: readonly LoopOp[], ending: Ending, leaves: boolean, shape?: Shape): string {
  const headOf = (op: LoopOp, i: number): string =>
    `const f${i} = f[${i}];${op.kind === 'meet' ? ` const { index: t${i}, values: w${i}, dense: d${i} } = f${i};` : ''}`;
  const heads = ops.map(headOf).join(' ');
  const isPausing = ending === 'pausing';
  const parts: Partial<Record<Ending, string>> = {
    pairs: 'index, states, add',
    keys: 'index, states, add',
    sum: 'total',
  };
  const tail = parts[ending] === undefined ? '' : `const { ${parts[ending]} } = sink;`;
  const open = ops.flatMap(({ kind }, i) => (mayBeOpen(kind) ? [`g${i}`] : [])).reverse();
  const areOpen = open.map((name) => `${name} !== undefined`).join(' || ');
  const closing = (how: string): string => (open.length === 0 ? '' : `if (${areOpen}) arrays.${how}([${open}]);`);
  const columns = Array.from({ length: shape?.columns ?? 0 }, (_, at) => `c${at} = batch.columns[${at}]`);
  const [first, again] = shape === undefined ? ['batch[i]', ''] : [shape.text, ` : row === first ? ${shape.text}`];
  // What is kept for an error is a loop's turn's own: were it the loop's, every turn would have to make it.
  return `"use strict"; ${heads} ${tail} const met = {}, pair = {}, first = {};
return ${isPausing ? 'function* (batch, from = 0, to = batch.length)' : '(batch, from, to) =>'} {
  ${columns.length === 0 ? '' : `const ${columns.join(', ')};`}
  for (let i = from; i < to; i++) {
    let at = 0, row, k, a, b, p, q${open.map((name) => `, ${name}`).join('')};
    try {
      const v0 = ${first};
      ${bodyOf(ops, 0, ending, leaves, shape === undefined ? undefined : 'first')}
    } catch (error) {
      ${closing('drop')}
      throw located(names[at], row === met ? [k, [a, b]] : row === pair ? [p, q]${again} : row, error);
    } ${isPausing ? `finally { ${closing('end')} }` : ''}
  }
};`;
}

function bodyOf(ops: readonly LoopOp[], i: number, ending: Ending, leaves: boolean, known: Known): string {
  const op = ops[i];
  const call = `at = ${i}; row = ${known ?? `v${i}`};`;
  const pair = known === 'met' ? call : `${call} if (!Array.isArray(v${i})) refusePair(names[${i}], v${i});`;
  if (op === undefined) return endOf(ending, `v${i}`, call, known);
  const next = `v${i + 1}`;
  const rest = (of?: Known): string => bodyOf(ops, i + 1, ending, leaves, of);
  switch (op.kind) {
    case 'filter':
      return `${call} const t${i} = f${i}(v${i}); if (typeof t${i} === 'object') arrays.refusePromise(t${i});
      if (t${i}) { const ${next} = v${i}; ${rest(leaves ? known : undefined)} }`;
    case 'ofKey':
    case 'sample':
      return `${call} if (f${i}(v${i})) { const ${next} = v${i}; ${rest(known)} }`;
    case 'map':
    case 'index':
      return `${call} const ${next} = f${i}(v${i}); ${rest()}`;
    case 'keyBy':
      return `${call} const ${next} = [f${i}(v${i}), v${i}]; ${rest()}`;
    case 'mapValues':
      return `${pair} const ${next} = [v${i}[0], f${i}(v${i}[1])]; ${rest()}`;
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
        ${rest('met')}
      }`;
    }
    case 'keys':
      return `${pair} const ${next} = v${i}[0]; ${rest()}`;
    case 'values':
      return `${pair} const ${next} = v${i}[1]; ${rest()}`;
    case 'flatMap':
    case 'words':
      return each(i, `f${i}(v${i})`, call, ending, `const ${next} = a${i}[j${i}]; ${rest()}`);
    case 'flatMapValues':
      return pair + each(i, `f${i}(v${i}[1])`, call, ending, `const ${next} = [v${i}[0], a${i}[j${i}]]; ${rest()}`);
  }
}

function endOf(ending: Ending, row: string, call: string, known: Known): string {
  if (ending === 'function') return `${call} sink(${row});`;
  if (ending === 'pausing') return `${call} if (sink(${row})) yield;`;
  if (ending === 'sum') return `${call} if (typeof ${row} !== 'number') sink.refuse(${row}); total[0] += ${row};`;
  const put = `const slot = index.slotOf(key);
      if (slot === states.length) sink.begin(key, value); else states[slot] = add(states[slot], value);`;
  if (ending === 'keys') return `${call} const key = ${row}, value = undefined; ${put}`;
  const kept =
    known === undefined ? `if (${row}.length === 2) { row = pair; p = key; q = value; } else row = ${row};` : '';
  return `if (!Array.isArray(${row})) { ${call} refusePair(names[at], ${row}); }
      ${known === undefined ? call.slice(0, call.indexOf(';') + 1) : call} const key = ${row}[0], value = ${row}[1]; ${kept} ${put}`;
}

/** What an operator's function gives may be an iterable that is still open when something behind the operator fails. */
function mayBeOpen(kind: LoopOp['kind']): boolean {
  return kind === 'flatMap' || kind === 'flatMapValues' || kind === 'words';
}

/** A loop over what a function gave: an array as it is, another iterable some hundred items at a time. */
function each(i: number, made: string, call: string, ending: Ending, body: string): string {
  const first = ending === 'pausing' ? ', 1' : '';
  return `${call}
    let a${i} = ${made};
    g${i} = undefined;
    if (!Array.isArray(a${i})) { g${i} = arrays(a${i}, names[${i}]${first}); a${i} = g${i}(); }
    do {
      for (let j${i} = 0; j${i} < a${i}.length; j${i}++) { ${body} }
      if (g${i} !== undefined) { ${call} }
    } while (g${i} !== undefined && (a${i} = g${i}()).length > 0);`;
}
