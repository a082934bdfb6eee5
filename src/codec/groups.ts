/** A block made of blocks: runs of rows that take different encodings. */
import type { Attachment, Block } from './block.js';
import { damaged } from './bytes.js';
import { Encoding } from './tags.js';

/*
 * Tag, three of padding, u32 count; of each block u32 rows, u32 length, u32 place of its first attachment, u32 number of them; then
 * the blocks, each at a multiple of 8.
 */
const HEADER = 8;
const PER_BLOCK = 16;

export function joinBlocks(blocks: readonly Block[]): Block {
  if (blocks.length === 1) return blocks[0]!;
  const start = HEADER + PER_BLOCK * blocks.length;
  const bytes = new Uint8Array(blocks.reduce((size, block) => size + padded(block.bytes.length), start));
  const view = new DataView(bytes.buffer);
  bytes[0] = Encoding.groups;
  view.setUint32(4, blocks.length, true);
  const attached: Attachment[] = [];
  let rows = 0;
  let at = start;
  blocks.forEach((block, i) => {
    const entry = HEADER + PER_BLOCK * i;
    view.setUint32(entry, block.rows, true);
    view.setUint32(entry + 4, block.bytes.length, true);
    view.setUint32(entry + 8, attached.length, true);
    view.setUint32(entry + 12, block.attached?.length ?? 0, true);
    bytes.set(block.bytes, at);
    at += padded(block.bytes.length);
    if (block.attached !== undefined) attached.push(...block.attached);
    rows += block.rows;
  });
  return attached.length === 0 ? { rows, bytes } : { rows, bytes, attached };
}

/** The blocks in a block of blocks; their bytes are views. */
export function splitBlock({ rows, bytes, attached = [] }: Block): Block[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER) throw damaged('it is shorter than its header');
  const count = view.getUint32(4, true);
  let at = HEADER + PER_BLOCK * count;
  if (at > bytes.length) throw damaged('it is shorter than its header says');
  const blocks: Block[] = [];
  let rowsLeft = rows;
  for (let i = 0; i < count; i++) {
    const entry = HEADER + PER_BLOCK * i;
    const length = view.getUint32(entry + 4, true);
    if (at + length > bytes.length) throw damaged('it ends too early');
    const first = view.getUint32(entry + 8, true);
    const block = { rows: view.getUint32(entry, true), bytes: bytes.subarray(at, at + length) };
    const attachments = attached.slice(first, first + view.getUint32(entry + 12, true));
    blocks.push(attachments.length === 0 ? block : { ...block, attached: attachments });
    rowsLeft -= block.rows;
    at += padded(length);
  }
  if (rowsLeft !== 0 || at !== bytes.length) throw damaged('its parts do not add up');
  return blocks;
}

function padded(length: number): number {
  return Math.ceil(length / 8) * 8;
}
