import { compareKeys, sameKey } from './keys.js';
import { deepest, kind, kindOf, refuseDepth, refused, refuseKey } from './kinds.js';
import { areAlike, sortedNames } from './names.js';
import { shortList } from './radix.js';
import { sortNumbers } from './sort-numbers.js';
import { sortStrings } from './sort-strings.js';

/**
 * The order of keys, as the places they have in the list: `order[0]` is the place of the first. Stable: keys that are the same stay in the
 * order of the list, with `descending` too. Throws a `TypeError` for what is no key; inside arrays and objects only for what it
 * comes to look at.
 *
 * Numbers, Dates and strings are not compared but sorted by their bits; arrays and objects so too, one element after the other.
 */
export function argsort(keys: readonly unknown[], descending: boolean): Uint32Array {
  return orderOf(keys, descending, 0);
}

function orderOf(keys: readonly unknown[], descending: boolean, depth: number): Uint32Array {
  if (depth > deepest) refuseDepth();
  const { groups, counts, hasBigInts } = grouped(keys);
  const present = [...counts.keys()].filter((group) => counts[group]! > 0);
  if (present.length <= 1) return orderOfGroup(present[0] ?? kind.undefined, keys, descending, hasBigInts, depth);

  // Each kind by itself, one after the other.
  const order = new Uint32Array(keys.length);
  let from = 0;
  for (const group of descending ? present.reverse() : present) {
    const places = new Uint32Array(counts[group]!);
    for (let i = 0, to = 0; to < places.length; i++) if (groups[i] === group) places[to++] = i;
    const some = at(keys, places);
    order.set(permuted(places, orderOfGroup(group, some, descending, hasBigInts, depth)), from);
    from += places.length;
  }
  return order;
}

/** The kinds of keys, numbers and bigints as one since they are mixed by value, and how many there are of each. */
function grouped(keys: readonly unknown[]): { groups: Uint8Array; counts: Uint32Array; hasBigInts: boolean } {
  const groups = new Uint8Array(keys.length);
  const counts = new Uint32Array(kind.object + 1);
  let hasBigInts = false;
  for (let i = 0; i < keys.length; i++) {
    let group = kindOf(keys[i]);
    if (group === refused) refuseKey(keys[i]);
    if (group === kind.bigint) {
      hasBigInts = true;
      group = kind.number;
    }
    groups[i] = group;
    counts[group]!++;
  }
  return { groups, counts, hasBigInts };
}

/** The order of keys that are all of one kind. */
function orderOfGroup(
  group: number,
  keys: readonly unknown[],
  descending: boolean,
  hasBigInts: boolean,
  depth: number,
): Uint32Array {
  const order = inOrder(keys.length);
  switch (group) {
    case kind.number:
      if (hasBigInts) compareSort(keys, order, descending);
      else sortNumbers(numbersOf(keys as readonly number[]), order, descending);
      break;
    case kind.boolean:
    case kind.date:
      sortNumbers(Float64Array.from(keys, Number), order, descending);
      break;
    case kind.string:
      sortStrings(keys as readonly string[], order, descending);
      break;
    case kind.array:
      sortArrays(keys as readonly (readonly unknown[])[], order, descending, depth);
      break;
    case kind.object:
      sortArrays(flattened(keys as readonly object[]), order, descending, depth);
      break;
  }
  return order;
}

function inOrder(length: number): Uint32Array {
  const order = new Uint32Array(length);
  for (let i = 0; i < length; i++) order[i] = i;
  return order;
}

function numbersOf(keys: readonly number[]): Float64Array {
  const numbers = new Float64Array(keys.length);
  for (let i = 0; i < keys.length; i++) numbers[i] = keys[i]!;
  return numbers;
}

/** Objects as arrays of the same order: their names and values in turn, in order of the names. Names that all have are left out. */
function flattened(keys: readonly object[]): unknown[][] {
  const names = sortedNames(keys[0]!);
  const sameNames = keys.every((key) => areAlike(sortedNames(key), names));
  return keys.map((key) => {
    const own = sameNames ? names : sortedNames(key);
    const flat: unknown[] = [];
    for (const name of own) {
      if (!sameNames) flat.push(name);
      flat.push((key as Readonly<Record<string, unknown>>)[name]);
    }
    return flat;
  });
}

function permuted(places: Uint32Array, order: Uint32Array): Uint32Array {
  const result = new Uint32Array(places.length);
  for (let i = 0; i < result.length; i++) result[i] = places[order[i]!]!;
  return result;
}

/** Sorts places by the arrays that stand there: by their first elements, then what is the same in those by the second ones, and so on. */
function sortArrays(
  arrays: readonly (readonly unknown[])[],
  order: Uint32Array,
  descending: boolean,
  depth: number,
): void {
  const work = [{ run: order, column: 0 }];
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const { run, column } = next;
    if (run.length <= shortList) {
      compareSort(arrays, run, descending);
      continue;
    }
    const others = endedApart(arrays, run, column, descending);
    const elements = at(arrays, others).map((array) => array[column]);
    const orderOfElements = orderOf(elements, descending, depth + 1);
    others.set(permuted(others, orderOfElements));
    for (let start = 0; start < others.length; ) {
      const element = elements[orderOfElements[start]!];
      let end = start + 1;
      while (end < others.length && sameKey(elements[orderOfElements[end]!], element)) end++;
      if (end - start > 1) work.push({ run: others.subarray(start, end), column: column + 1 });
      start = end;
    }
  }
}

/** Puts arrays that end before a column before all that go on, which are given back: a part of the run. */
function endedApart(
  arrays: readonly (readonly unknown[])[],
  run: Uint32Array,
  column: number,
  descending: boolean,
): Uint32Array {
  const ended = run.filter((place) => arrays[place]!.length <= column);
  if (ended.length === 0) return run;
  const others = run.filter((place) => arrays[place]!.length > column);
  run.set(ended, descending ? others.length : 0);
  run.set(others, descending ? 0 : ended.length);
  return descending ? run.subarray(0, others.length) : run.subarray(ended.length);
}

/** What stands at places of a list. */
function at<T>(list: readonly T[], places: Uint32Array): T[] {
  const items: T[] = [];
  for (let i = 0; i < places.length; i++) items.push(list[places[i]!]!);
  return items;
}

function compareSort(keys: readonly unknown[], order: Uint32Array, descending: boolean): void {
  const compare = descending
    ? (i: number, j: number) => compareKeys(keys[j], keys[i])
    : (i: number, j: number) => compareKeys(keys[i], keys[j]);
  order.set(Array.from(order).sort(compare));
}
