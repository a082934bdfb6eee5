/** Fails to compile unless the argument has exactly this type: `is<string[]>()(await job)`. */
export function is<Expected>(): <Actual>(value: Same<Actual, Expected> extends true ? Actual : never) => void {
  return () => {};
}

// Two conditional types are the same only if what they test is, `any` and optional members included.
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
