/** The value below which the share `p` of the values lies; between two values where it falls between them. */
export function percentile(values: readonly number[], p: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = values.toSorted((a, b) => a - b);
  const place = p * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[Math.ceil(place)]!;
  return low + (high - low) * (place - below);
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);

/**
 * The median, over rounds, of the ratio within a round; the machine's moods, which last longer than a round, cancel out. Rounds in
 * which one of the two has no time do not count; NaN if none is left.
 */
export function medianRatio(times: readonly (number | undefined)[], others: readonly (number | undefined)[]): number {
  const ratios: number[] = [];
  for (let round = 0; round < Math.min(times.length, others.length); round++) {
    const time = times[round];
    const other = others[round];
    if (time !== undefined && other !== undefined) ratios.push(time / other);
  }
  return median(ratios);
}
