import { CompositeTable } from './composite-table.js';
import { kind, kindOf, refuseKey } from './kinds.js';
import { NumberTable } from './number-table.js';
import { notPacked, PackedStrings } from './packed-strings.js';

/** A `Map` holds no more than 2 ** 24 keys. */
const fullMap = 2 ** 24 - 1;

/**
 * Numbers keys from 0 in order of first appearance, so that what belongs to a key can stand in plain and typed arrays. Keys are the
 * same as `sameKey` has it. This is what grouping, counting and reducing spend their time in, hence a table for each kind of key.
 *
 * The first of several keys that are the same is kept, but -0 as 0, as in a `Map`. A kept array or object is not copied:
 * who changes it afterwards breaks the index.
 */
export class KeyIndex {
  #keys: unknown[] = [];
  readonly #short = new PackedStrings();
  readonly #long = new MapTable();
  readonly #numbers = new NumberTable();
  readonly #dates = new NumberTable();
  readonly #bigints = new MapTable();
  readonly #composites = new CompositeTable();
  /** Slots of `undefined`, `null`, `false`, `true`; -1 where they have none. */
  readonly #singles = [-1, -1, -1, -1];

  /** How many keys there are. */
  get size(): number {
    return this.#keys.length;
  }

  /** The slot of a key; a new key gets the slot `size`. Throws a `TypeError` for what is no key, before anything is changed. */
  slotOf(key: unknown): number {
    const next = this.#keys.length;
    if (typeof key === 'string') {
      const packed = this.#short.slotOf(key, next);
      if (packed === next) this.#keys.push(key);
      return packed === notPacked ? this.#slotOfLong(key, next) : packed;
    }
    if (typeof key === 'number') {
      const slot = this.#numbers.slotOf(key, next);
      if (slot === next) this.#keys.push(key === 0 ? 0 : key);
      return slot;
    }
    const slot = this.#slotOfOther(key, next);
    if (slot === next) this.#keys.push(key);
    return slot;
  }

  /** The slot of a key, or -1 if it is not here. */
  find(key: unknown): number {
    if (typeof key === 'string') {
      const slot = this.#short.slotOf(key, -1);
      return slot === notPacked ? this.#long.slotOf(key, -1) : slot;
    }
    return typeof key === 'number' ? this.#numbers.slotOf(key, -1) : this.#slotOfOther(key, -1);
  }

  /** The key of a slot. */
  keyAt(slot: number): unknown {
    return this.#keys[slot];
  }

  /** All keys, in order of their slots. The list is a live one: to be read, and no longer after `clear`. */
  keys(): readonly unknown[] {
    return this.#keys;
  }

  /** Forgets all keys, but keeps the tables' room for as many others. The list that `keys` gave stays as it was. */
  clear(): void {
    this.#keys = [];
    for (const table of [this.#short, this.#long, this.#numbers, this.#dates, this.#bigints, this.#composites])
      table.clear();
    this.#singles.fill(-1);
  }

  #slotOfLong(key: string, next: number): number {
    const found = this.#long.slotOf(key, -1);
    if (found !== -1) return found;
    const own = ownString(key);
    this.#keys.push(own);
    return this.#long.slotOf(own, next);
  }

  #slotOfOther(key: unknown, next: number): number {
    switch (kindOf(key)) {
      case kind.undefined:
        return this.#slotOfSingle(0, next);
      case kind.null:
        return this.#slotOfSingle(1, next);
      case kind.boolean:
        return this.#slotOfSingle(key === true ? 3 : 2, next);
      case kind.bigint:
        return this.#bigints.slotOf(key as bigint, next);
      case kind.date:
        return this.#dates.slotOf(Number(key), next);
      case kind.array:
      case kind.object:
        return this.#composites.slotOf(key, next, this.#keys);
      default:
        return refuseKey(key);
    }
  }

  #slotOfSingle(which: number, next: number): number {
    if (this.#singles[which] === -1) this.#singles[which] = next;
    return this.#singles[which]!;
  }
}

/** A string cut out of a longer one keeps the whole of that alive, such as the block of text it was read from. This one does not. */
function ownString(text: string): string {
  return ` ${text}`.slice(1);
}

/** Slots of strings or bigints. */
class MapTable {
  #maps: Map<string | bigint, number>[] = [new Map()];

  /** The slot of a key. If it has none it is given `next`, and gets it unless that is -1. */
  slotOf(key: string | bigint, next: number): number {
    for (const map of this.#maps) {
      const slot = map.get(key);
      if (slot !== undefined) return slot;
    }
    if (next !== -1) this.#add(key, next);
    return next;
  }

  clear(): void {
    this.#maps = [new Map()];
  }

  #add(key: string | bigint, slot: number): void {
    if (this.#maps.at(-1)!.size === fullMap) this.#maps.push(new Map());
    this.#maps.at(-1)!.set(key, slot);
  }
}
