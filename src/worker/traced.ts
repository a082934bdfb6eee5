import { type Carrier, inContext } from '../observe/tracing.js';

/** Contexts of tasks that were given to this worker and have not begun, by the tasks' numbers. */
const carriers = new Map<number, Carrier>();

export function noteContext(task: number, carrier: Carrier): void {
  carriers.set(task, carrier);
}

/** Runs a task, in the context that came with it, if one did: spans that it starts are inside of the attempt's. */
export function traced<T>({ id: task }: { readonly id: number }, run: () => T): T {
  if (carriers.size === 0) return run();
  const carrier = carriers.get(task);
  carriers.delete(task);
  return carrier === undefined ? run() : inContext(carrier, run);
}
