/**
 * Frames of lines as bytes: after the header (`frames.ts`) a column of where each line ends, then the lines, of UTF-8, each with a line feed.
 * There are always some bytes behind the last line, so that lines may be copied a word at a time.
 */
import { isAscii } from 'node:buffer';

export const slack = 4;

/** Lines of a frame: line `i` begins where the one before ends, and its last byte is a line feed. */
export interface LineFrame {
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
}

/** Bytes of a frame's body. */
export function lineBodyBytes(rows: number, bytes: number): number {
  return textOffset(rows) + Math.ceil((bytes + slack) / 8) * 8;
}

/** Where in the body the lines begin. */
export function textOffset(rows: number): number {
  return Math.ceil(rows / 2) * 8;
}

export function lineFrameOf(body: Uint8Array, rows: number): LineFrame {
  const aligned = body.byteOffset % 4 === 0 ? body : body.slice();
  const ends = new Uint32Array(aligned.buffer, aligned.byteOffset, rows);
  return { ends, bytes: aligned.subarray(textOffset(rows)) };
}

/** So many bytes become one string that is split: a line may hold on to all of it. */
const granule = 2048;

/** The lines as strings. */
export function stringsOf({ bytes, ends }: LineFrame): string[] {
  const lines: string[] = [];
  const text = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, ends.at(-1) ?? 0);
  const encoding = isAscii(text) ? 'latin1' : 'utf8';
  for (let at = 0, from = 0; at < ends.length; ) {
    let next = at + 1;
    while (next < ends.length && ends[next]! - from <= granule) next++;
    const to = ends[next - 1]!;
    for (const line of text.toString(encoding, from, to - 1).split('\n')) lines.push(line);
    at = next;
    from = to;
  }
  return lines;
}
