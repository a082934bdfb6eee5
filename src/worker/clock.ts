// Where `performance` is first used in a thread, Node loads what a first task would wait 1 ms for; after a rest, its code takes some µs.
const nanoseconds = process.hrtime.bigint;

/** Time in ms, with fractions, from some moment on. */
export function now(): number {
  return Number(nanoseconds()) / 1e6;
}
