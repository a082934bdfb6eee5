/** Lines of more bytes are copied by the engine; for others its call takes longer than the copying. */
const long = 256;

/** Copies a line a word at a time: up to three bytes behind it are read, and are written over in `to`. */
export function copyLine(
  from: Uint8Array,
  source: DataView,
  start: number,
  length: number,
  to: Uint8Array,
  target: DataView,
  at: number,
): void {
  if (length > long) {
    to.set(from.subarray(start, start + length), at);
    return;
  }
  for (let i = 0; i < length; i += 4) target.setUint32(at + i, source.getUint32(start + i, true), true);
}
