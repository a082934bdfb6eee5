/** More arguments than this are no small call. */
const mostArguments = 8;

/** Arguments that a message carries as they are. */
export function isPlain(args: readonly unknown[]): boolean {
  if (args.length > mostArguments) return false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if ((typeof arg === 'object' && arg !== null) || typeof arg === 'function' || typeof arg === 'symbol') return false;
  }
  return true;
}
