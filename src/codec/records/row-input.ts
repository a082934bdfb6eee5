/** What a generated decoder reads from, and what it does not do inline. */
import { Buffer } from 'node:buffer';
import { damaged, readCharacters } from '../bytes.js';
import { Tag } from '../tags.js';
import { LONG } from './scratch.js';

export class RowInput {
  readonly bytes: Buffer;
  readonly view: DataView;
  readonly text: string;
  /** Place in `bytes`. */
  at = 0;
  /** Place in `text`. */
  t = 0;

  constructor(body: Uint8Array<ArrayBuffer>, text: string) {
    this.bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    this.view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    this.text = text;
  }

  /** A string that lies in the body; its length byte has been read. */
  long(): string {
    if (this.at + 5 > this.bytes.length) return this.bad();
    const wide = this.bytes[this.at] === 1;
    const size = this.view.getUint32(this.at + 1, true) * (wide ? 2 : 1);
    const start = this.at + 5;
    if (start + size > this.bytes.length) return this.bad();
    this.at = start + size;
    return readCharacters(this.bytes, start, size, wide);
  }

  string(): string {
    const length = this.bytes[this.at++];
    if (length === undefined) return this.bad();
    if (length === LONG) return this.long();
    const start = this.t;
    this.t += length;
    return this.text.substring(start, this.t);
  }

  any(): unknown {
    switch (this.bytes[this.at++]) {
      case Tag.double:
        this.at += 8;
        return this.view.getFloat64(this.at - 8, true);
      case Tag.pooled:
        return this.string();
      case Tag.true:
        return true;
      case Tag.false:
        return false;
      case Tag.undefined:
        return undefined;
      case Tag.null:
        return null;
      default:
        return this.bad();
    }
  }

  /** Length of a list of items that take at least a byte each. */
  count(): number {
    let count = this.bytes[this.at++] ?? this.bad();
    if (count === LONG) {
      count = this.view.getUint32(this.at, true);
      this.at += 4;
    }
    return count <= this.bytes.length - this.at ? count : this.bad();
  }

  end(): void {
    if (this.at !== this.bytes.length || this.t !== this.text.length) this.bad();
  }

  bad(): never {
    throw damaged('its rows do not follow its own plan');
  }
}
