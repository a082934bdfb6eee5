import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capture } from '../../src/function/capture.js';
import { readsOnly } from '../../src/function/reads-only.js';

interface Row {
  n: number;
  list: number[];
  inner: { n: number };
}
type Fn = (...args: never[]) => unknown;

const weights = [1, 2];
const { max } = Math;
const helper = (row: Row): number => row.n * 2;
const changer = (row: Row): void => {
  row.n = 1;
};

/** Changes its first argument. */
const addTo = (g: number[], { list, n }: Row): number[] => {
  for (let k = 0; k < list.length; k++) g[k]! += n * list[k]!;
  return g;
};
function weigh(g: number[], { list }: Row, by: readonly number[]): number[] {
  for (let k = 0; k < list.length; k++) g[k]! += by[k]! * list[k]!;
  return g;
}
const putTo = (list: Row[], row: Row): void => {
  list.push(row);
};
const addTwice = (g: number[], row: Row): number[] => addTo(addTo(g, row), row);
const takeFrom = (list: Row[]): Row => list[0]!;
const rowOf = (_: Row, row: Row): Row => row;
const bump = (row: Row): Row => {
  row.n++;
  return row;
};
const given = [bump];

const { assign } = Object;
const tools = { changer };

const reading: readonly Fn[] = [
  (a: number, b: number) => a + b,
  (row: Row) => ({ ...row, n: 1 }),
  ([key, value]: [string, number]) => [key, value + 1],
  (row: Row) => row.list.map((x, i) => x * weights[i]!).reduce((a, b) => a + b, 0),
  (row: Row) => helper(row),
  (row: Row) => max(...row.list, Number.MAX_SAFE_INTEGER),
  (row: Row) => Object.entries(row).map(([key, value]) => [key, String(value)]),
  (row: Row) => row.list.map(Number).filter(Boolean),
  (row: Row) => (row.n === undefined ? NaN : new Map([[row.n, row]]).get(row.n)),
  (row: Row) => {
    const copy = [...row.list];
    copy.sort();
    copy[0] = 1;
    return copy;
  },
  (row: Row) => {
    const copy: Row = { ...row };
    copy.n++;
    delete (copy as Partial<Row>).list;
    return copy;
  },
  (row: Row) => {
    let sum = 0;
    for (const x of row.list) sum += Math.exp(x);
    return sum;
  },
  function* (rows: Iterable<Row>) {
    let count = 0;
    for (const { n } of rows) count += n;
    yield count;
  },
];

const changing: readonly Fn[] = [
  (row: Row) => {
    row.n = 1;
    return row;
  },
  (row: Row) => row.n++,
  (row: Row) => delete (row as Partial<Row>).n,
  (row: Row) => row.list.sort(),
  (row: Row) => row.list.push(1),
  (row: Row) => Object.assign(row, { n: 1 }),
  (row: Row) => changer(row),
  (row: Row) => row.list.forEach(changer as never),
  ({ inner }: Row) => {
    inner.n = 1;
  },
  (row: Row) => {
    const copy = { ...row };
    copy.inner.n = 1;
  },
  (row: Row) => {
    const held = [row];
    for (const one of held) one.n = 1;
  },
  (row: Row) => {
    const same = row;
    same.n = 1;
  },
  (row: Row) => {
    [row.n] = [1];
  },
  (row: Row) => {
    for (row.n of [1, 2]);
  },
  (row: Row) => {
    const out: Row[] = [];
    {
      const out = row;
      out.n = 1;
    }
    return out;
  },
  (row: Row) => new Float64Array((row as unknown as { buffer: ArrayBuffer }).buffer).fill(1),
  (row: Row, change: (row: Row) => void) => change(row),
  (row: Row) => Reflect.set(row, 'n', 1),
  (row: Row) => [row, row].reduce(Object.assign),
  (row: Row) => [row, row].reduce(assign as never),
  (row: Row) => [row].forEach(tools.changer),
  (row: Row) => [row].map((Object as unknown as Record<string, never>)['free' + 'ze']!),
  (row: Row) => {
    const { list } = row;
    list[0] = 1;
  },
  (a: Row, b: Row) => {
    a.n += b.n;
    return a;
  },
];

test('functions that change nothing are told so', () => {
  for (const fn of reading) assert.equal(readsOnly(capture(fn)), true, String(fn));
});

test('no function that changes what it is given passes', () => {
  for (const fn of changing) assert.equal(readsOnly(capture(fn)), false, String(fn));
});

test('a state may be changed, but not what is inside of it, and it has to be the one that is given back', () => {
  const may: readonly Fn[] = [
    (g: number[], { list, n }: Row) => {
      for (let k = 0; k < 2; k++) g[k]! += n * list[k]!;
      return g;
    },
    (s: Row[], row: Row) => {
      s.push(row);
      return s;
    },
    (a: number[], b: number[]) => a.map((x, i) => x + b[i]!),
    (g: number[], row: Row) => addTo(g, row),
    (g: number[], row: Row) => weigh(g, row, weights),
    (s: Row[], row: Row) => {
      putTo(s, row);
      return s;
    },
    (g: number[], row: Row) => {
      const own: number[] = [];
      addTo(own, row);
      return addTo(g, row);
    },
    (s: Row) => bump(s),
  ];
  const mayNot: readonly Fn[] = [
    (s: Row[], row: Row) => {
      s.push(row);
      s[0]!.n++;
      return s;
    },
    (s: Row, row: Row) => {
      s.n++;
      return row;
    },
    (s: Row, row: Row) => {
      row.n++;
      return s;
    },
    (s: Row, row: Row) => {
      s.n++;
      return s.n > 3 ? row : s;
    },
    (_: Row, row: Row) => bump(row),
    (s: Row, row: Row) => {
      bump(row);
      return bump(s);
    },
    // What is given back is what is changed next.
    (s: Row, row: Row) => {
      bump(s);
      return rowOf(s, row);
    },
    (s: Row[], row: Row) => {
      putTo(s, row);
      const first = takeFrom(s);
      first.n++;
      return s;
    },
    (s: Row, row: Row) => {
      [row].forEach(bump);
      return bump(s);
    },
    (s: Row, row: Row) => {
      given[0]!(row);
      return bump(s);
    },
    (s: Row, row: Row) => bump(bump(row) && s),
    (s: number[], row: Row) => {
      const own = row as unknown as number[];
      addTo(own, row);
      return s;
    },
    (g: number[], row: Row) => addTwice(g, row).map(Number) && (row as unknown as number[]),
  ];
  for (const fn of may) assert.equal(readsOnly(capture(fn), true), true, String(fn));
  for (const fn of mayNot) assert.equal(readsOnly(capture(fn), true), false, String(fn));
});
