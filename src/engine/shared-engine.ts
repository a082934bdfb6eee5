import { defaultEngine, nestedEngine } from './default.js';
import type { Engine } from './engine.js';
import { local } from './machine.js';

let engine: Engine | undefined;

/** The engine of those who name none: started at its first use, never closed; it does not keep the process alive. */
export function sharedEngine(): Engine {
  const nested = nestedEngine();
  if (nested !== undefined) return nested;
  engine ??= defaultEngine() ?? local();
  return engine;
}
