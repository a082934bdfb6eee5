/** What the environment sets for engines of this machine where the program says nothing: what `sheaf run --workers 4` means. */
import { EngineError } from '../errors.js';

/** Options that can come from there. */
export interface Environment {
  readonly workers?: number | undefined;
  readonly isolation?: 'thread' | 'process' | undefined;
  readonly memory?: number | string | undefined;
  readonly scratch?: string | undefined;
}

/**
 * The options with `SHEAF_WORKERS`, `SHEAF_ISOLATION`, `SHEAF_MEMORY` and `SHEAF_SCRATCH` in the place of those that are not given.
 *
 * @throws EngineError where one of them says what it cannot mean
 */
export function withEnvironment<O extends Environment>(options: O): O & Environment {
  const { SHEAF_WORKERS, SHEAF_ISOLATION, SHEAF_MEMORY, SHEAF_SCRATCH } = process.env;
  if (!(SHEAF_WORKERS || SHEAF_ISOLATION || SHEAF_MEMORY || SHEAF_SCRATCH)) return options;
  const { workers, isolation, memory, scratch } = options;
  return {
    ...options,
    workers: workers ?? wholeNumber(SHEAF_WORKERS),
    isolation: isolation ?? kind(SHEAF_ISOLATION),
    memory: memory ?? size(SHEAF_MEMORY),
    scratch: scratch ?? (SHEAF_SCRATCH || undefined),
  };
}

function wholeNumber(text: string | undefined): number | undefined {
  if (!text) return undefined;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new EngineError(`SHEAF_WORKERS=${text} is no number of workers. Give a whole number of at least 1.`);
}

function kind(text: string | undefined): 'thread' | 'process' | undefined {
  if (!text) return undefined;
  if (text === 'thread' || text === 'process') return text;
  throw new EngineError(`SHEAF_ISOLATION=${text} is not known. Give thread or process.`);
}

function size(text: string | undefined): number | string | undefined {
  if (!text) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  if (/^\d+(\.\d+)?\s*[kmgt]?i?b$/i.test(text)) return text;
  throw new EngineError(`SHEAF_MEMORY=${text} is no size. Give one like 512MB or 2GiB.`);
}
