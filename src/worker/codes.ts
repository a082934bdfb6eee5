/**
 * How many codes of functions a worker keeps. The driver sends each once and counts along, so that both know what was dropped: programs
 * that make functions from text never end making new ones.
 */
export const codesKept = 1000;

/** Drops what was put first into a map or set that has got larger than `kept`. */
export function dropOldest(from: Map<string, unknown> | Set<string>, kept: number): void {
  if (from.size > kept) from.delete(from.keys().next().value as string);
}
