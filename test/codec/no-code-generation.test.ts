import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { decodeRows, encodeRows, fromBytes, toBytes } from '../../src/codec/index.js';
import { assertSame } from '../support/deep-same.js';

const program = `
import { readFileSync } from 'node:fs';
import { decodeRows, encodeRows, fromBytes, toBytes } from ${JSON.stringify(new URL('../../src/codec/index.js', import.meta.url).href)};
let forbidden = false;
try { new Function(''); } catch { forbidden = true; }
if (!forbidden) throw new Error('code may be generated');
process.stdout.write(toBytes(encodeRows(decodeRows(fromBytes(new Uint8Array(readFileSync(0)))))));
`;

test('a process that forbids generating code reads and writes like rows all the same', () => {
  const rows = Array.from({ length: 100 }, (_, i) => ({
    id: i / 3,
    name: i === 50 ? 'long'.repeat(100) : `user-${i}`,
    kind: ['a', 'b'][i % 2],
    tags: ['x', `${i}`, 'y'].slice(i % 3),
    at: i % 3 === 0 ? null : { x: i, ok: i % 2 === 0 },
    mixed: [1, 'x', null, undefined, true][i % 5],
    pair: [{ a: i }, 'b'],
  }));
  const output = execFileSync(
    process.execPath,
    ['--disallow-code-generation-from-strings', '--input-type=module', '-e', program],
    { input: toBytes(encodeRows(rows)), maxBuffer: 1 << 24 },
  );
  const decoded = decodeRows(fromBytes(new Uint8Array(output)));
  rows.forEach((row, i) => {
    assertSame(decoded[i], row, `row ${i}`);
  });
});
