/** What functions do with typed arrays, as their text tells. A yes has to be certain: each way to keep an array, or to see its memory, is a no. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CaptureError } from '../../src/errors.js';
import { arrayUse } from '../../src/function/arrays.js';
import { capture } from '../../src/function/capture.js';
import * as exported from './exported-arrays.js';

type Fn = (xs: Float64Array, index: number) => unknown;
/** Takes any expression, so that what types forbid can be tried. */

const factor = 3;

const looking: Readonly<Record<string, Fn>> = {
  sum(xs) {
    let total = 0;
    for (let i = 0; i < xs.length; i++) total += xs[i]!;
    return total;
  },
  'an arrow': (xs) => xs[0]! + xs[xs.length - 1]!,
  of: (xs) => {
    let max = -Infinity;
    for (const x of xs) if (x > max) max = x;
    return max;
  },
  'a reduction': (xs) => xs.reduce((a, b) => a + b, 0),
  'its index': (xs, index) => xs[index]! * factor,
  'a literal': (xs) => ({ n: xs.length, ends: [xs[0], xs.at(-1)] }),
  'Math, and labels': (xs) => {
    let n = 0;
    outer: for (let i = 0; i < xs.length; i += 2) {
      for (let j = i; j < i + 2; j++) if (Math.abs(xs[j]!) > Math.PI) continue outer;
      n++;
    }
    return n % 2 === 0 ? n : `${n}`;
  },
  'a histogram': (xs) => {
    const counts = new Uint32Array(16);
    for (let i = 0; i < xs.length; i++) counts[xs[i]! & 15]!++;
    return counts[3]! + counts[5]!;
  },
  'an error of its own': (xs) => {
    if (xs.length === 0) throw new RangeError(`none of ${xs.length}`);
    return xs.indexOf(2);
  },
  'writes that nobody sees': (xs) => {
    xs.sort();
    xs[0] = 1;
    return xs[1];
  },
  'by an alias': (xs) => {
    const ys = xs;
    return ys[0];
  },
  'by a condition': (xs) => {
    let ys: Float64Array = xs;
    if (xs.length > 3) ys = new Float64Array(3);
    return ys[0];
  },
};

const making: Readonly<Record<string, Fn>> = {
  doubled(xs) {
    const out = new Float64Array(xs.length);
    for (let i = 0; i < xs.length; i++) out[i] = xs[i]! * 2;
    return out;
  },
  'a map': (xs) => xs.map((x, i) => x * i),
  'a slice, sorted': (xs) => xs.slice(1, 5).sort((a, b) => b - a),
  'a filter inside of a literal': (xs) => ({ some: xs.filter((x) => x > 1), n: xs.length }),
};

const giving: Readonly<Record<string, Fn>> = {
  scale(xs) {
    for (let i = 0; i < xs.length; i++) xs[i] = xs[i]! * 2;
    return xs;
  },
  'one of two': (xs) => (xs.length > 2 ? xs : new Float64Array(1)),
  'inside of a literal': (xs) => [xs, xs.length],
  'what a method gives': (xs) => xs.fill(1),
  'by an alias': (xs) => {
    let ys: Float64Array = new Float64Array(1);
    if (xs[0] === 1) ys = xs;
    return { ys };
  },
};

/** As text, since most of it is nothing that one should write. `has` are variables around it. */
const has = `const kept = [], state = {}, key = 'buffer', helper = (x) => x;`;
const unclear: Readonly<Record<string, string>> = {
  'its memory': '(xs) => xs.buffer',
  'its memory, by a string': `(xs) => xs['buffer']`,
  'its memory, by a captured string': '(xs) => xs[key]',
  'its memory, by a concatenation': `(xs) => xs['buf' + 'fer'].byteLength`,
  'its memory, by a template': `(xs) => xs[\`buffer\`]`,
  'by a variable that is a string once': `(xs) => { let k = 0; for (let i = 0; i < 2; i++) { if (xs[k] === 5) return 1; k = 'buffer'; } }`,
  'by a variable that is a string at the end of a chain': `(xs) => {
    let a = 0, b = 0, c = 0;
    for (let i = 0; i < 9; i++) { if (xs[c] === 5) return 1; c = b; b = a; a = 'buffer'; }
  }`,
  'by a variable without a value': '(xs) => { let k; return xs[k]; }',
  'by a sum of a number and a string': '(xs) => xs[0 + key]',
  'by an element, which may be nothing': '(xs) => xs[xs[0]]',
  'by a symbol': '(xs) => xs[Symbol.iterator]',
  'by a boolean': '(xs) => xs[xs.length > 1]',
  'by a logical choice': '(xs, i) => xs[i || key]',
  'by a variable assigned by a logical choice': `(xs, i) => { let k = i; k &&= 'buffer'; return xs[k]; }`,
  'by a parameter that is assigned': `(xs, i) => { const it = xs[i]; i = 'buffer'; return it; }`,
  'by what a callback gets': '(xs) => xs.reduce((a, b) => xs[a], key)',
  'its place': '(xs) => xs.byteOffset',
  'its class': '(xs) => xs.constructor',
  'its class, tried': '(xs) => xs instanceof Float64Array',
  'a part of it': '(xs) => xs.subarray(1)',
  'an iterator': '(xs) => xs.values()',
  'a method that is not called': '(xs) => xs.map',
  'a spread': '(xs) => [...xs]',
  'a spread in an object': '(xs) => ({ ...xs })',
  'a spread in a call': '(xs) => Math.max(...xs)',
  'taken apart': '(xs) => { const [a] = xs; return a; }',
  'taken apart by name': '(xs) => { const { buffer } = xs; return 1; }',
  'parameters taken apart': '([a]) => a',
  'a default': '(xs, n = 1) => xs[n]',
  'the rest': '(...all) => all[0]',
  'a third parameter': '(xs, a, b) => xs[0]',
  'its arguments': 'function (xs) { return xs[0] + arguments.length; }',
  'kept in a captured array': '(xs) => kept.push(xs)',
  'kept in a captured object': '(xs) => { state.last = xs; return 1; }',
  'kept by a global': '(xs) => { globalThis.kept = xs; return 1; }',
  'a captured object, or a new array, which is moved': '(xs, i) => (i > 0 ? xs.slice() : kept)',
  'given to a captured function': '(xs) => helper(xs)',
  'a captured function, given a number': '(xs) => helper(xs[0])',
  'given to a global': '(xs) => structuredClone(xs)',
  'given to a class': '(xs) => new DataView(xs).byteLength',
  'a copy by its class': '(xs) => new Float64Array(xs).length',
  'an array on memory': '(xs, i) => new Float64Array(i, 8)',
  'a class of no arrays': '() => new Map()',
  'a function that sees it': '(xs) => () => xs[0]',
  'a callback that gets it': '(xs) => xs.map((x, i, all) => all[0])',
  'a reduction that gets it': '(xs) => xs.reduce((a, x, i, all) => all[0])',
  'a callback that gives it': '(xs) => xs.find(() => xs)',
  'a reduction that gives it': '(xs) => xs.reduce(() => xs, 0)',
  'a reduction that begins with it': '(xs) => xs.reduce((a) => a, xs)',
  'a callback that is no arrow': '(xs) => xs.map(function () { return this.last; }, state)',
  'a callback from elsewhere': '(xs) => xs.map(helper)',
  'a callback that waits': '(xs) => xs.some(async (x) => x)',
  converted: '(xs) => `a${' + 'xs}`',
  added: '(xs) => xs + 1',
  compared: '(xs, i) => xs == i',
  negated: '(xs) => -xs',
  'asked for a key': `(xs) => 'buffer' in xs`,
  deleted: '(xs) => delete xs[0]',
  optional: '(xs) => xs?.[0]',
  this: 'function (xs) { return this ?? xs[0]; }',
  'new.target': 'function (xs) { return new.target ?? xs[0]; }',
  'var, which is there before': '(xs) => { if (xs[i] === 1) return 1; var i = 0; return xs[i]; }',
  'a variable of an inner block, from outside':
    '(xs) => { { const name = 1; if (xs[name] === 0) return 0; } return xs[name]; }',
  'a name that means two variables': `(xs) => { const i = 0; if (xs[i] === 0) { const i = 'buffer'; return xs[i]; } return 1; }`,
  'a name that is captured, too': `(xs) => { { const key = 1; if (xs[key] === 0) return 0; } return xs[key]; }`,
  'its own name': 'function own(xs) { return xs.length > 0 ? own : 0; }',
  'a function inside': '(xs) => { function f() {} return xs[0]; }',
  eval: `(xs) => eval('xs')`,
  'a try': '(xs) => { try { return xs[0]; } catch (error) { return error; } }',
  thrown: '(xs) => { throw xs; }',
  'thrown inside of an error': `(xs) => { throw new Error('x', { cause: xs }); }`,
  'an error of another class': `(xs) => { throw new AggregateError('x'); }`,
  'a getter': '(xs) => ({ get it() { return xs; } })',
  'a method': '(xs) => ({ it() { return xs; } })',
  'a computed key': '(xs) => ({ [xs]: 1 })',
  'a template with a tag': '(xs) => String.raw`a`',
  'a property of a literal': '(xs) => { const one = { xs }; return one.xs; }',
  'an element of a literal': '(xs) => { const one = [xs]; return one[0]; }',
  'an assignment to a property': '(xs) => { xs.extra = 1; return 1; }',
  'an assignment to its length': '(xs) => { xs.length = 1; return 1; }',
  'an assignment to a captured variable': '(xs) => { kept = xs; return 1; }',
  'an assignment to a global': '(xs) => { other = xs; return 1; }',
  'assigned by a pattern': '(xs) => { let a; [a] = xs; return a; }',
  'assigned by a loop': '(xs) => { let a; for (a of xs); return a; }',
  'a loop over keys': '(xs) => { for (const key in xs) return key; }',
  'a loop over something else': '(xs) => { for (const x of kept) return x; }',
  'a class of it': '(xs) => class extends xs {}',
  'Math itself': '() => Math',
  'a member of Math that is none': '() => Math.constructor',
  'Math under another name': '(xs) => { const Math = { abs: (x) => x }; return Math.abs(xs); }',
  'Math with an array': '(xs) => Math.abs(xs)',
  'a function of Math that takes what can be iterated': '(xs) => Math.sumPrecise(`a`)',
  'a promise': 'async (xs) => xs[0]',
  'a generator': 'function* (xs) { yield xs[0]; }',
  'an array put in an array': '(xs) => { const out = new Float64Array(1); out[0] = xs; return out; }',
  'an array of another program': '(xs) => { const out = new Other(1); return out; }',
  'a class that is shadowed': '(xs) => { const Float64Array = helper; return new Float64Array(1); }',
  'a regular expression': '(xs) => /a/',
  'an import': `(xs) => import('node:fs')`,
  'a debugger': '(xs) => { debugger; return xs[0]; }',
};

/** A function made of a text. */
const made = (text: string): Fn => new Function(`${has} return (${text});`)();

const useOf = (fn: unknown) => arrayUse(capture(fn as Fn));

for (const [name, fn] of Object.entries(looking)) {
  test(`only looks: ${name}`, () => {
    const use = useOf(fn);
    assert.deepEqual([use?.givesFirst, use?.givesFresh], [false, false]);
  });
}
for (const [name, fn] of Object.entries(making)) {
  test(`makes an array: ${name}`, () => {
    const use = useOf(fn);
    assert.deepEqual([use?.givesFirst, use?.givesFresh], [false, true]);
  });
}
for (const [name, fn] of Object.entries(giving))
  test(`gives it back: ${name}`, () => assert.equal(useOf(fn)?.givesFirst, true));
for (const [name, text] of Object.entries(unclear)) {
  test(`cannot be followed: ${name}`, () => {
    let portable: ReturnType<typeof capture>;
    try {
      portable = capture(made(text));
    } catch (error) {
      assert.ok(error instanceof CaptureError); // it does not travel at all
      return;
    }
    assert.equal(arrayUse(portable), undefined);
  });
}

test('of exported functions, the text is to be compared', () => {
  const use = useOf(exported.sum);
  assert.equal(use?.text, exported.sum.toString());
  assert.deepEqual([use?.givesFirst, use?.givesFresh], [false, false]);
});

test('exported functions that use a variable of their module cannot be followed', () => {
  assert.equal(useOf(exported.weighed), undefined);
  assert.equal(useOf(exported.shadowed), undefined);
});
