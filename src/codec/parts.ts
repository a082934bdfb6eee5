/**
 * The layout that two encodings share: two runs of bytes, then a text that holds all short strings. In front of them lie the tag, the
 * width of the text in bytes a character less one, two bytes of padding, and the three lengths (u32; that of the text in characters).
 */
import { Buffer } from 'node:buffer';
import type { Block } from './block.js';
import { allocate, damaged, isWide, readCharacters, writeCharacters } from './bytes.js';

const HEADER = 16;

export function joinParts(encoding: number, first: Uint8Array, second: Uint8Array, text: string): Block['bytes'] {
  const wide = isWide(text);
  const secondAt = HEADER + first.length;
  const textAt = secondAt + second.length;
  const bytes = allocate(textAt + text.length * (wide ? 2 : 1));
  bytes.writeUInt32LE(encoding | (wide ? 0x100 : 0), 0);
  bytes.writeUInt32LE(first.length, 4);
  bytes.writeUInt32LE(second.length, 8);
  bytes.writeUInt32LE(text.length, 12);
  bytes.set(first, HEADER);
  bytes.set(second, secondAt);
  writeCharacters(bytes, text, textAt, wide);
  return new Uint8Array(bytes.buffer);
}

interface Parts {
  readonly first: Uint8Array<ArrayBuffer>;
  readonly second: Uint8Array<ArrayBuffer>;
  readonly text: string;
}

/** The parts of a block; views of its bytes. */
export function splitParts({ bytes }: Block): Parts {
  if (bytes.length < HEADER) throw damaged('it is shorter than its header');
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const secondAt = HEADER + buffer.readUInt32LE(4);
  const textAt = secondAt + buffer.readUInt32LE(8);
  const wide = bytes[1] === 1;
  const textSize = buffer.readUInt32LE(12) * (wide ? 2 : 1);
  if (textAt + textSize !== bytes.length) throw damaged('its parts do not fill it');
  return {
    first: bytes.subarray(HEADER, secondAt),
    second: bytes.subarray(secondAt, textAt),
    text: readCharacters(buffer, textAt, textSize, wide),
  };
}
