import { ValueError } from '../../errors.js';
import { show } from '../show.js';

/** Makes rows text. */
export interface RowEncoder {
  /** Puts rows into `out`; `at` is the number of the first in the partition. */
  encode(rows: readonly unknown[], at: number, out: Output): void;
  /** The columns that rows have, once that is known. */
  readonly columns?: readonly string[] | undefined;
}

/** Where the text of a file is collected before it is written. */
export interface Output {
  text(text: string): void;
}

/** A row that a format cannot hold. */
export function refusal(
  partition: number,
  at: number,
  row: unknown,
  why: string,
  cause?: unknown,
  path = '',
): ValueError {
  return new ValueError(
    `Row ${at} of partition ${partition}, ${show(row)}, ${why}.`,
    path,
    at,
    cause === undefined ? undefined : { cause },
  );
}

/** UTF-8 has no halves of surrogate pairs: they would come back as other characters. */
export function isWellFormed(text: string): boolean {
  return (text as unknown as { isWellFormed(): boolean }).isWellFormed();
}
