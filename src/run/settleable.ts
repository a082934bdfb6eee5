/** A promise with the ways to settle it. */
export interface Settleable<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

const nothing = (_: unknown): void => {};
let [resolve, reject] = [nothing, nothing];

/** One function takes the ways to settle from all promises: each would make its own otherwise. */
const take = (resolveIt: (value: never) => void, rejectIt: (error: unknown) => void): void => {
  resolve = resolveIt as (value: unknown) => void;
  reject = rejectIt;
};

export function settleable<T>(): Settleable<T> {
  const made = { promise: new Promise<T>(take), resolve, reject };
  resolve = reject = nothing; // else the result would be kept from here
  return made;
}
