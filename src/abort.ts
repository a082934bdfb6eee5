interface Shared {
  readonly calls: Set<() => void>;
  stop(): void;
}

/** What is to be called when a signal is aborted. */
const shared = new WeakMap<AbortSignal, Shared>();

/**
 * Calls `call` when `signal` is aborted, unless the returned function was called before. However many calls share a signal, it has one
 * listener: the platform walks the list of them for each that is added, and warns of more than ten.
 */
export function onAbort(signal: AbortSignal, call: () => void): () => void {
  const { calls } = shared.get(signal) ?? listen(signal);
  calls.add(call);
  return () => {
    calls.delete(call);
    const now = shared.get(signal);
    if (calls.size > 0 || now?.calls !== calls) return;
    shared.delete(signal);
    now.stop();
  };
}

function listen(signal: AbortSignal): Shared {
  const calls = new Set<() => void>();
  const abort = (): void => {
    shared.delete(signal);
    for (const call of calls) call();
  };
  const made: Shared = { calls, stop: () => signal.removeEventListener('abort', abort) };
  signal.addEventListener('abort', abort, { once: true });
  shared.set(signal, made);
  return made;
}
