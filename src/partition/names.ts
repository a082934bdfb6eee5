/** Own enumerable names of an object, in order of their code units. The list may be given again: it is not to be changed. */
export function sortedNames(key: object): readonly string[] {
  const names = Object.keys(key);
  if (isSorted(names)) return names;
  // Objects of one make come one after another.
  if (!areAlike(names, lastNames)) {
    lastNames = names;
    lastSorted = [...names].sort();
  }
  return lastSorted;
}

let lastNames: readonly string[] = [];
let lastSorted: readonly string[] = [];

/** Whether two lists of names are the same. */
export function areAlike(some: readonly string[], others: readonly string[]): boolean {
  if (some === others) return true;
  if (some.length !== others.length) return false;
  for (let i = 0; i < some.length; i++) if (some[i] !== others[i]) return false;
  return true;
}

function isSorted(names: readonly string[]): boolean {
  for (let i = 1; i < names.length; i++) if (names[i - 1]! > names[i]!) return false;
  return true;
}
