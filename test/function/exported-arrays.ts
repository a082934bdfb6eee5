/** Exported functions of arrays. */
export function sum(xs: Float64Array): number {
  let total = 0;
  for (let i = 0; i < xs.length; i++) total += xs[i]!;
  return total;
}

const weight = 2;
export const weighed = (xs: Float64Array): number => xs[0]! * weight;

// biome-ignore lint/suspicious/noShadowRestrictedNames: that is the point
const Float32Array = class {};
export const shadowed = (): unknown => new Float32Array();
