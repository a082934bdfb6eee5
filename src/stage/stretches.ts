/** Gives the offset of each next frame, by its length. */
export function stretches(index: readonly number[]): (length: number) => number {
  let stretch = 0;
  let used = 0;
  return (length) => {
    while (used >= index[stretch + 1]!) {
      stretch += 2;
      used = 0;
    }
    const offset = index[stretch]! + used;
    used += length;
    return offset;
  };
}
