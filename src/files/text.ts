/** Lines of text as strings. Bytes that are no UTF-8 become U+FFFD, as TextDecoder has it. */
import { isAscii } from 'node:buffer';
import type { Batches } from './batches.js';
import { PieceBatches } from './pieces.js';
import { lineEnds, RowBlocks } from './row-blocks.js';
import type { FilePiece, TextTask } from './task.js';

const newline = 10;
const carriageReturn = 13;

/**
 * So many bytes become one string that is split into lines. A line of it may hold on to the whole for as long as it lives, so that it
 * must not be large; strings made of each line by itself would take twice as long.
 */
const granule = 2048;

export function openText(task: TextTask): Batches {
  const open = (piece: FilePiece) => new RowBlocks(piece, lineEnds);
  const rows = (blocks: RowBlocks) => {
    const lines = linesOf(blocks.window.bytes, blocks.start, blocks.end);
    if (!task.withPath) return lines;
    const { name } = blocks.window.piece;
    return lines.map((line) => [name, line]);
  };
  return new PieceBatches(task.pieces, open, rows);
}

/** The lines from `start` to `end`, without their line ends. */
export function linesOf(bytes: Buffer, start: number, end: number): string[] {
  const block = bytes.subarray(start, end);
  const ascii = isAscii(block);
  const endless = bytes[end - 1] !== newline;
  const lines: string[] = [];
  for (let from = start; from < end; ) {
    const to = cut(bytes, from, end);
    const until = to === end && endless ? end : to - 1;
    const latin1 = ascii || isAscii(bytes.subarray(from, until));
    const text = latin1 ? bytes.latin1Slice(from, until) : bytes.utf8Slice(from, until);
    const some = text.split('\n');
    for (let i = 0; i < some.length; i++) lines.push(some[i]!);
    from = to;
  }
  if (block.includes(carriageReturn)) withoutReturns(lines, endless ? lines.length - 1 : lines.length);
  return lines;
}

/** Where the next few lines end that begin at `from`. */
function cut(bytes: Buffer, from: number, end: number): number {
  if (from + granule >= end) return end;
  const before = bytes.lastIndexOf(newline, from + granule);
  if (before >= from) return before + 1;
  const behind = bytes.indexOf(newline, from + granule);
  return behind < 0 || behind >= end ? end : behind + 1;
}

function withoutReturns(lines: string[], count: number): void {
  for (let i = 0; i < count; i++) {
    const line = lines[i]!;
    const last = line.length - 1;
    if (line.charCodeAt(last) === carriageReturn) lines[i] = line.slice(0, last);
  }
}

declare global {
  interface Buffer {
    /** Node's own, without the checks of `toString`. */
    latin1Slice(start: number, end: number): string;
    utf8Slice(start: number, end: number): string;
  }
}
