import type { Engine, LocalOptions } from 'sheaf';
import { type Contender, type Session, WORKERS } from '../case.js';

type Sheaf = typeof import('sheaf');

/** How a workload is done with a dataset of Sheaf's. */
export interface DatasetUse<Input, Output> {
  /** Told apart from other uses by this, where there are several. */
  readonly suffix?: string;
  readonly options?: LocalOptions;
  prepare?(input: Input, sheaf: Sheaf, engine: Engine): Input | Promise<Input>;
  run(input: Input, sheaf: Sheaf, engine: Engine): PromiseLike<Output>;
}

/** Datasets on two workers. */
export function dataset<Input, Output>(use: DatasetUse<Input, Output>): Contender<Input, Output> {
  return {
    name: use.suffix === undefined ? 'sheaf' : `sheaf, ${use.suffix}`,
    family: 'sheaf',
    role: 'sheaf',
    async open(): Promise<Session<Input, Output>> {
      const sheaf = await import('sheaf');
      const engine = sheaf.local({ workers: WORKERS, ...use.options });
      return {
        prepare: (input) => (use.prepare ? use.prepare(input, sheaf, engine) : input),
        run: (input) => use.run(input, sheaf, engine),
        close: () => engine.close(),
      };
    },
  };
}
