import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { barLine, displayWidth, endLine } from '../../src/observe/bar.js';

const pace = { elapsedMs: 2000, perSecond: 125, ended: false };

test('a bar shows done, rate, time left and failures', () => {
  assert.equal(
    barLine('fit', { done: 248, failed: 2, total: 500 }, pace, 80, false),
    'fit ━━━━━━━━━━━━━━━━──────────────── 250/500  125/s  2 s left  2 failed',
  );
});

test('without a total it counts', () => {
  assert.equal(barLine('lines', { done: 1234567, failed: 0 }, pace, 80, false), 'lines 1,234,567 done  125/s  2 s');
});

test('an ended job shows the time it took', () => {
  const ended = { elapsedMs: 187_400, perSecond: 3.4, ended: true };
  assert.equal(
    barLine('fit', { done: 640, failed: 0, total: 640 }, ended, 60, false),
    `fit ${'━'.repeat(32)} 640/640  3.4/s  in 3:07`,
  );
});

test('nothing done yet: no rate and no guess of the time left', () => {
  const start = { elapsedMs: 100, perSecond: 0, ended: false };
  assert.equal(barLine('fit', { done: 0, failed: 0, total: 7 }, start, 40, false), `fit ${'─'.repeat(32)} 0/7`);
});

test('an empty job is a full bar', () => {
  const ended = { elapsedMs: 3, perSecond: 0, ended: true };
  assert.match(barLine('none', { done: 0, failed: 0, total: 0 }, ended, 80, false), /^none ━+ 0\/0 {2}in 0\.0 s$/);
});

test('a label cannot break the line', () => {
  const line = barLine('two\nlines\u001b[2J\tof it', { done: 1, failed: 0, total: 2 }, pace, 60, false);
  assert.match(line, /^two lines of it ━/);
});

test('colours are used only where asked for, and change no text', () => {
  const progress = { done: 1, failed: 1, total: 2 };
  const colored = barLine('fit', progress, pace, 60, true);
  assert.ok(colored.includes('\u001b[31m1 failed'));
  assert.equal(stripVTControlCharacters(colored), barLine('fit', progress, pace, 60, false));
});

test('a line is never wider than the terminal, whatever the label and the numbers', () => {
  const label = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('日本語のラベル', 'é́́', '👩‍👩‍👧 family', ''));
  const count = fc.nat({ max: 2 ** 31 - 1 });
  fc.assert(
    fc.property(
      label,
      count,
      count,
      fc.option(count, { nil: undefined }),
      fc.integer({ min: 1, max: 200 }),
      fc.boolean(),
      (text, done, failed, total, columns, colors) => {
        const line = barLine(text, { done, failed, total }, { ...pace, perSecond: done / 7 }, columns, colors);
        assert.ok(displayWidth(line) <= columns, `${displayWidth(line)} of ${columns}: ${line}`);
        assert.ok(!/[\r\n]/.test(line));
      },
    ),
    { numRuns: 2000 },
  );
});

test('the line for a log', () => {
  assert.equal(
    endLine('fit', { done: 500, failed: 2, total: 500 }, 12_300),
    'fit: 500 of 500 done in 12.3 s (41/s), 2 failed',
  );
  assert.equal(endLine('fit', { done: 7_000_000, failed: 0 }, 3_661_000), 'fit: 7,000,000 done in 1:01:01 (1,912/s)');
});
