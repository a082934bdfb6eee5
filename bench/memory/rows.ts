/** Rows for data that is larger than memory: each made of its number alone, so that any program can make them again. */

/** About 100 bytes, encoded. */
export interface Row {
  readonly id: number;
  readonly key: number;
  readonly text: string;
}

export const rowBytes = 100;

/** Spreads numbers over the 32-bit integers. */
export function mixed(value: number): number {
  let h = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const filling = 'abcdefghijklmnopqrstuvwxyz0123456789'.repeat(2);

/** The row of a number. Of so many `keys`, each has about as many rows; with `skew`, key 0 has three rows in ten. */
export function rowOf(id: number, keys: number, skew: boolean): Row {
  const random = mixed(id);
  const key = skew && random % 10 < 3 ? 0 : mixed(random ^ 0x5bd1e995) % keys;
  return { id, key, text: textOf(id) };
}

/** Eight characters at random, in no order, and a filling. */
export function textOf(id: number): string {
  return `${mixed(id ^ 0x9e3779b9)
    .toString(16)
    .padStart(8, '0')}${filling.slice(0, 64)}`;
}
