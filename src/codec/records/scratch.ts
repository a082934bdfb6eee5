/** The memory that a generated encoder writes to, and what it does not do inline. */
import { Buffer } from 'node:buffer';
import { isWide, writeCharacters } from '../bytes.js';
import { Tag } from '../tags.js';

/** A string of this many characters or more has this length byte, and follows in the body instead of the common text. */
export const LONG = 255;
/**
 * So many rows are coded by one call, so that the next call finds what the engine has compiled. Of a loop that goes on and on, it compiles
 * a second version, which is entered in the midst of it.
 */
export const AT_ONCE = 256;
/** So many strings that repeat at one place are numbered. */
export const CHOICES = 254;

const INITIAL_CAPACITY = 64 * 1024;
const KEPT_CAPACITY = 4 << 20;

export class Scratch {
  bytes: Buffer = Buffer.allocUnsafeSlow(INITIAL_CAPACITY);
  view: DataView = new DataView(this.bytes.buffer);
  /** All short strings, one after the other. Adding to a string costs half of what a list of them does that is joined at the end. */
  text = '';
  /** Where the last complete row ends. */
  length = 0;

  /** Makes room for `need` bytes at `at`. */
  grow(at: number, need: number): void {
    const old = this.bytes;
    this.bytes = Buffer.allocUnsafeSlow(Math.max(old.length * 2, at + need));
    this.view = new DataView(this.bytes.buffer);
    this.bytes.set(old.subarray(0, at));
  }

  clear(): void {
    this.text = '';
    this.length = 0;
    if (this.bytes.length > KEPT_CAPACITY) {
      this.bytes = Buffer.allocUnsafeSlow(INITIAL_CAPACITY);
      this.view = new DataView(this.bytes.buffer);
    }
  }

  /** Writes a string that is too long for the common text; returns where it ends. */
  long(at: number, text: string): number {
    const wide = isWide(text);
    const size = wide ? text.length * 2 : text.length;
    // The caller goes on writing within the room it had reserved for its row.
    if (at + 6 + size + RESERVE > this.bytes.length) this.grow(at, 6 + size + RESERVE);
    this.bytes[at] = LONG;
    this.bytes[at + 1] = wide ? 1 : 0;
    this.view.setUint32(at + 2, text.length, true);
    writeCharacters(this.bytes, text, at + 6, wide);
    return at + 6 + size;
  }

  /** Writes a primitive with its tag, but for the characters of a short string; returns where it ends, or -1 if it is none that travels so. */
  any(at: number, value: unknown): number {
    if (at + RESERVE > this.bytes.length) this.grow(at, RESERVE);
    const { bytes } = this;
    switch (typeof value) {
      case 'number':
        bytes[at] = Tag.double;
        this.view.setFloat64(at + 1, value, true);
        return at + 9;
      case 'string':
        bytes[at] = Tag.pooled;
        if (value.length >= LONG) return this.long(at + 1, value);
        bytes[at + 1] = value.length;
        return at + 2;
      case 'boolean':
        bytes[at] = value ? Tag.true : Tag.false;
        return at + 1;
      case 'undefined':
        bytes[at] = Tag.undefined;
        return at + 1;
      default:
        if (value !== null) return -1;
        bytes[at] = Tag.null;
        return at + 1;
    }
  }
}

/** Room that is kept free for the fixed part of a row. */
export const RESERVE = 1024;
