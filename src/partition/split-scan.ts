/** Finds what `line.split(separator)` gives of lines of text, as bytes. */
import { isUtf8 } from 'node:buffer';
import { carriageReturn, newline, type WordScan } from './word-scan.js';
import type { WordTable } from './word-table.js';

/** With or without empty strings. The separator is a byte of ASCII that ends no line; whatever stands between is decoded by itself. */
export class SplitByByte implements WordScan {
  readonly #table: WordTable;
  readonly #separator: number;
  readonly #empties: boolean;
  newlines = 0;

  constructor(table: WordTable, separator: number, empties: boolean) {
    this.#table = table;
    this.#separator = separator;
    this.#empties = empties;
  }

  most(bytes: number): number {
    return this.#empties ? bytes + 1 : (bytes + 3) >> 1;
  }

  slotsOf(bytes: Buffer, start: number, end: number, slots: Int32Array): number {
    const table = this.#table;
    const separator = this.#separator;
    const empties = this.#empties;
    const block = bytes.subarray(start, end);
    const valid = isUtf8(block);
    const returns = block.includes(carriageReturn);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    // Three times four bytes are read at once. Zeros stand behind a packed word.
    const fastEnd = valid && !block.includes(0) ? end - 12 : -1;
    const four = Math.imul(separator, 0x01010101);
    let newlines = 0;
    let count = 0;
    let at = start;
    while (at < end) {
      if (at <= fastEnd) {
        let a = view.getInt32(at, true);
        let b = 0;
        let c = 0;
        let length = 0;
        let found = endsOf(a, four);
        let last = a;
        if (found === 0) {
          length = 4;
          b = view.getInt32(at + 4, true);
          found = endsOf(b, four);
          last = b;
          if (found === 0) {
            length = 8;
            c = view.getInt32(at + 8, true);
            found = endsOf(c, four);
            last = c;
          }
        }
        const more = (31 - Math.clz32(found & -found)) >> 3;
        const isLast = ((last >>> (more << 3)) & 0xff) === newline;
        // A word behind which a line ends may have the first half of that end.
        if (found !== 0 && length + more > 0 && !(isLast && returns) && at + length + more + 1 < end) {
          const kept = (1 << (more << 3)) - 1;
          if (length === 0) a &= kept;
          else if (length === 4) b &= kept;
          else c &= kept;
          if (isLast) newlines++;
          at += length + more + 1;
          slots[count++] = table.slotOfPacked(a, b, c, length + more);
          continue;
        }
      }
      let to = at;
      let high = 0;
      while (to < end && bytes[to] !== separator && bytes[to] !== newline) high |= bytes[to++]!;
      const isLast = to < end && bytes[to] === newline;
      const until = isLast && to > at && bytes[to - 1] === carriageReturn ? to - 1 : to;
      if (until > at || empties) {
        if (valid || high < 0x80) slots[count++] = table.slotOf(bytes, at, until);
        else {
          const encoded = Buffer.from(bytes.utf8Slice(at, until));
          slots[count++] = table.slotOf(encoded, 0, encoded.length);
        }
      }
      if (isLast) newlines++;
      at = to + 1;
      // Behind the last separator there is an empty string.
      if (at === end && !isLast && empties) slots[count++] = table.slotOf(bytes, end, end);
    }
    this.newlines += newlines;
    return count;
  }
}

/** Bytes of four that are the separator (given four times) or a line feed, as the high bit of each; exact for the lowest that is set. */
function endsOf(four: number, separator: number): number {
  const a = four ^ separator;
  const b = four ^ 0x0a0a0a0a;
  return (((a - 0x01010101) & ~a) | ((b - 0x01010101) & ~b)) & 0x80808080;
}
