import type { Contender } from '../case.js';

/** The plain loop on the calling thread. Its answer is what every other contender's is checked against. */
export function serial<Input, Output>(run: (input: Input) => Output | Promise<Output>): Contender<Input, Output> {
  return {
    name: 'serial loop',
    family: 'serial',
    role: 'serial',
    open: async () => ({ run, close: async () => {} }),
  };
}
