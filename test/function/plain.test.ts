import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Analysis, analyze } from '../../src/function/analyze.js';
import { parseFunction } from '../../src/function/parse.js';
import { plainArrow } from '../../src/function/plain.js';

/** What the parser and the analysis say; `undefined` for a text that is no function. */
function oracle(text: string, kind: 'module' | 'script'): (Analysis & { readonly type: string }) | undefined {
  try {
    const { node, form, part } = parseFunction(text, kind);
    assert.deepEqual([form, part], ['expression', 'value']);
    return { ...analyze(node), type: node.type };
  } catch {
    return undefined;
  }
}

/** Whether a text is what the engine gives for some function, in strict code or in other code. */
function compiles(text: string, strict: boolean): boolean {
  try {
    const [fn, ...more]: unknown[] = new Function(`${strict ? '"use strict";' : ''} return [${text}\n];`)();
    return typeof fn === 'function' && more.length === 0 && fn.toString() === text;
  } catch {
    return false;
  }
}

function check(text: string): boolean {
  const plain = plainArrow(text);
  if (plain === undefined) return false;
  for (const strict of [false, true]) {
    if (!compiles(text, strict)) {
      // It cannot have come from there; but what is said to be the same in strict code must be possible there.
      assert.ok(!strict || !plain.anyMode || !compiles(text, false), text);
      continue;
    }
    const found = oracle(text, strict ? 'module' : 'script');
    if (found === undefined) {
      // The engine lets calls be assigned to, which throws then; the parser does not.
      assert.ok(!plain.anyMode, `no function: ${text}`);
      continue;
    }
    const { type, ...analysis } = found;
    assert.equal(type, plain.parsed.node.type, text);
    assert.deepEqual(plain.analysis, analysis, text);
  }
  return true;
}

const plainOnes = [
  '() => {}',
  'x => x',
  '(x) => x * x + 1.5',
  'async (a, b) => {\n  return a.length > b ? "yes" : \'no\';\n}',
  'async x => x',
  'async(x) => x',
  '($a, _b) => { if ($a === null) return [_b, ...$a]; else return { "k": $a.for.of?.in } }',
  '(x) => (x) => x',
  '(x) => typeof x',
];

const others = [
  'x => y',
  'x => [...y]',
  'x => x ? y : x',
  'x => ({ y: x })',
  'x => this',
  '() => arguments',
  'x => new x()',
  'x => /x/',
  'x => x // y',
  'x => `x`',
  'x => x <!-- x\n',
  'x => "\\x41"',
  'x => x.#x',
  'x => import("x")',
  'async x => await x',
  'async => async',
  '(x = 1) => x',
  '({ x }) => x',
  '(...x) => x',
  'function (x) { return x }',
  'x(y) { return y }',
  'x => 010',
  'x => 1n',
  'x => é',
  'package => package',
  'x => delete x.y',
];

test('functions of plain tokens are told from their text', () => {
  for (const text of plainOnes) assert.ok(check(text), text);
  for (const text of others) assert.equal(plainArrow(text), undefined, text);
});

test('what assigns is not the same in strict code', () => {
  for (const text of [
    'x => x.y = 1',
    'x => { x += 1 }',
    'x => x.y++',
    'x => --x',
    'x => x.y ??= x',
    'x => x = (x) => x',
  ])
    assert.equal(plainArrow(text)?.anyMode, false, text);
  for (const text of ['x => x == 1', 'x => x <= -1', 'x => x !== !x', 'x => x >= x', '(x) => (x) => x === x'])
    assert.equal(plainArrow(text)?.anyMode, true, text);
});

test('whatever is told so is what parser and analysis say', () => {
  const tokens =
    'x y z . ... ?. , ; : ? ( ) [ ] { } + - * % & | ! ~ < > = == === => += ++ -- ?? ** 1 0.5 "a" \'b\' return typeof void if else true null'
      .split(' ')
      .concat([
        ' ',
        '\n',
        ' ',
        'x',
        'x',
        '(x)',
        'x.y',
        '[x]',
        '=>',
        'this',
        'async ',
        'let ',
        'of',
        '/',
        '//',
        '`',
        '<!--',
        '-->',
        'get ',
        'yield',
      ]);
  const head = fc.constantFrom(
    'x =>',
    '(x) =>',
    '(x, y) =>',
    '() =>',
    'async x =>',
    'async (y) =>',
    '(let) =>',
    'yield =>',
  );
  const word = fc.array(fc.constantFrom(...tokens), { maxLength: 9 }).map((all) => all.join(''));
  const spaced = fc.array(fc.constantFrom(...tokens), { maxLength: 7 }).map((all) => all.join(' '));
  const body = fc.oneof(
    word,
    spaced,
    word.map((text) => `{${text}}`),
    spaced.map((text) => `(${text})`),
  );
  let told = 0;
  fc.assert(
    fc.property(head, body, (start, rest) => {
      const text = `${start}${rest}`;
      // Only what is a function can be asked about.
      if (!compiles(text, false) && !compiles(text, true)) return;
      if (check(text)) told++;
    }),
    { numRuns: 20_000 },
  );
  assert.ok(told > 50, `${told}`);
});
