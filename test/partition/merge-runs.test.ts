import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { argsort } from '../../src/partition/argsort.js';
import { mergeRuns, RunMerger } from '../../src/partition/merge-runs.js';
import { keys } from './arbitrary.js';

const runsOf = (of: fc.Arbitrary<unknown>) => fc.array(fc.array(of, { maxLength: 30 }), { maxLength: 9 });

test('merging the sorted parts of a list is a stable sort of the list', () => {
  const some = fc.oneof(runsOf(keys), runsOf(fc.integer({ min: 0, max: 9 })), runsOf(fc.string({ maxLength: 1 })));
  fc.assert(
    fc.property(
      some,
      fc.boolean(),
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 50 }),
      (parts, descending, piece, limit) => {
        let from = 0;
        const runs = parts.map((part) => {
          const rows = [...argsort(part, descending)].map((place) => ({ key: part[place], place: from + place }));
          from += part.length;
          return rows;
        });
        const list = parts.flat();
        const expected = [...argsort(list, descending)];
        const merged = [
          ...mergeRuns(
            runs.map((rows) => inPieces(rows, piece)),
            descending,
            limit,
          ),
        ];
        assert.deepEqual(
          merged.flatMap(({ rows }) => rows.map(({ place }) => place)),
          expected,
        );
        assert.deepEqual(
          merged.flatMap((batch) => batch.keys),
          expected.map((place) => list[place]),
        );
        for (const batch of merged) assert.ok(batch.rows.length > 0 && batch.rows.length <= limit);
      },
    ),
    { numRuns: 500 },
  );
});

function* inPieces<R extends { key: unknown }>(rows: readonly R[], size: number) {
  for (let from = 0; from < rows.length; from += size) {
    const piece = rows.slice(from, from + size);
    yield { keys: piece.map(({ key }) => key), rows: piece };
    if (from % 2 === 0) yield { keys: [], rows: [] };
  }
}

test('a run is read only when its rows are used up', () => {
  const merger = new RunMerger<string>(2, false);
  assert.deepEqual(merger.next(10), { kind: 'needs', run: 0 });
  merger.feed(0, { keys: [1, 4], rows: ['a', 'd'] });
  assert.deepEqual(merger.next(10), { kind: 'needs', run: 1 });
  assert.throws(() => merger.feed(0, { keys: [5], rows: ['e'] }), /Run 0 was fed/);
});

test('pieces are checked, and fed in turn', () => {
  const merger = new RunMerger<string>(2, false);
  assert.throws(() => merger.feed(0, { keys: [1], rows: [] }), RangeError);
  merger.feed(0, { keys: [1, 4], rows: ['a', 'd'] });
  merger.feed(1, { keys: [2, 3], rows: ['b', 'c'] });
  assert.deepEqual(merger.next(10), { kind: 'batch', keys: [1, 2, 3], rows: ['a', 'b', 'c'] });
  assert.deepEqual(merger.next(10), { kind: 'needs', run: 1 });
  merger.end(1);
  assert.deepEqual(merger.next(10), { kind: 'batch', keys: [4], rows: ['d'] });
  merger.end(0);
  assert.deepEqual(merger.next(10), { kind: 'done' });
});
