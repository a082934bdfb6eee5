import { Buffer } from 'node:buffer';
import { ByteWriter, isWide, MAX_POOLED_LENGTH } from '../bytes.js';
import { Tag } from '../tags.js';

/** Writes what holds no other values. */
export class ValueOutput extends ByteWriter {
  /** The short strings so far. */
  texts: string[] = [];

  override clear(): void {
    super.clear();
    if (this.texts.length > 0) this.texts = [];
  }

  /** Writes a primitive; false, and nothing, for objects, functions and symbols. */
  primitive(value: unknown): boolean {
    switch (typeof value) {
      case 'string':
        this.string(value);
        return true;
      case 'number':
        this.number(value);
        return true;
      case 'boolean':
        this.byte(value ? Tag.true : Tag.false);
        return true;
      case 'undefined':
        this.byte(Tag.undefined);
        return true;
      case 'bigint':
        this.#bigint(value);
        return true;
      default:
        if (value !== null) return false;
        this.byte(Tag.null);
        return true;
    }
  }

  number(value: number): void {
    if ((value | 0) === value && (value !== 0 || Object.is(value, 0))) {
      this.byte(Tag.integer);
      this.varint(((value << 1) ^ (value >> 31)) >>> 0);
    } else {
      this.byte(Tag.double);
      this.float64(value);
    }
  }

  string(text: string): void {
    if (text.length <= MAX_POOLED_LENGTH) {
      this.byte(Tag.pooled);
      this.varint(text.length);
      this.texts.push(text);
    } else {
      const wide = isWide(text);
      this.byte(wide ? Tag.utf16 : Tag.latin1);
      this.varint(text.length);
      this.characters(text, wide);
    }
  }

  #bigint(value: bigint): void {
    const hex = (value < 0n ? -value : value).toString(16);
    const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
    this.byte(value < 0n ? Tag.negativeBigint : Tag.bigint);
    this.varint(bytes.length);
    this.raw(bytes);
  }

  /** An array of numbers, if it is one. */
  doubles(array: readonly unknown[]): boolean {
    for (let i = 0; i < array.length; i++) if (typeof array[i] !== 'number') return false;
    this.byte(Tag.doubles);
    this.varint(array.length);
    for (let i = 0; i < array.length; i++) this.float64(array[i] as number);
    return true;
  }
}
