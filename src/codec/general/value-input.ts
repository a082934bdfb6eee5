import { Buffer } from 'node:buffer';
import { ByteReader, damaged } from '../bytes.js';
import { Tag } from '../tags.js';

/** Reads what holds no other values. */
export class ValueInput extends ByteReader {
  readonly #text: string;
  #textAt = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>, text: string) {
    super(bytes);
    this.#text = text;
  }

  /** The primitive with this tag, or {@link NONE} if it is not one of a primitive. */
  primitive(tag: number): unknown {
    switch (tag) {
      case Tag.undefined:
        return undefined;
      case Tag.null:
        return null;
      case Tag.true:
        return true;
      case Tag.false:
        return false;
      case Tag.integer: {
        const zigzag = this.varint();
        return (zigzag >>> 1) ^ -(zigzag & 1);
      }
      case Tag.double:
        return this.float64();
      case Tag.pooled:
        return this.#pooled();
      case Tag.latin1:
        return this.characters(this.varint(), false);
      case Tag.utf16:
        return this.characters(this.varint(), true);
      case Tag.bigint:
        return this.#bigint();
      case Tag.negativeBigint:
        return -this.#bigint();
      default:
        return NONE;
    }
  }

  string(): string {
    const value = this.primitive(this.byte());
    if (typeof value !== 'string') throw damaged('there is no string where one must be');
    return value;
  }

  end(): void {
    if (this.remaining !== 0 || this.#textAt !== this.#text.length) throw damaged('there is more in it than its rows');
  }

  #pooled(): string {
    const start = this.#textAt;
    this.#textAt += this.varint();
    if (this.#textAt > this.#text.length) throw damaged('its text ends too early');
    return this.#text.slice(start, this.#textAt);
  }

  #bigint(): bigint {
    const bytes = this.raw(this.varint());
    if (bytes.length === 0) throw damaged('a number in it has no digits');
    return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  }
}

export const NONE: unique symbol = Symbol('none');
