/** Values to blocks and back. Everything structured clone carries arrives exactly as it would, and a Buffer arrives as a Buffer. */
export {
  besideAlike,
  besideCopies,
  besideOwn,
  besidePrimitive,
  besideRows,
  besideSnapshots,
  isBeside,
  isOwn,
  isPlain,
  rowsBeside,
} from './beside.js';
export type { Attachment, Block } from './block.js';
export { isOwnBlock, isShared, numbersInto, numbersSize } from './columns.js';
export { attachmentsOf, copyAttached, frameSize, fromBytes, toBytes, writeFrame } from './frame.js';
export { encodeLent, isLent, lentClasses, lentRows, lentSize } from './lent.js';
export type { EncodeOptions, EncoderName } from './options.js';
export { copyRecords } from './records/index.js';
export { type NumberRecords, numberRecords } from './records/numbers.js';
export { type EncodedRow, encodeBehind, encodeRow, isEncodedAlone, memoryOf, packRows } from './row.js';
export { decodeInto, decodeRows, decodeValue, encodeRows, encodeValue } from './rows.js';
