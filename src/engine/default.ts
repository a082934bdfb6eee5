import { EngineError } from '../errors.js';
import { isInTask } from '../worker/context.js';
import type { Engine } from './engine.js';
import { inline } from './machine.js';

/**
 * The engine that `SHEAF_ENGINE` names; `undefined` for this machine's own workers (`local`, or not set).
 *
 * @throws EngineError where it names none that there is
 */
export function defaultEngine(): Engine | undefined {
  const name = process.env.SHEAF_ENGINE;
  if (name === undefined || name === '' || name === 'local') return undefined;
  if (name === 'inline') return inline();
  if (name === 'ray' || name.startsWith('ray:')) {
    throw new EngineError(`SHEAF_ENGINE=${name}: this version of Sheaf has no Ray engine yet. Use local or inline.`);
  }
  throw new EngineError(`SHEAF_ENGINE=${name} is not an engine. Use local or inline.`);
}

/** An engine for work inside a task that runs on the driver's own thread, where the default engine is busy with that task. */
export function nestedEngine(): Engine | undefined {
  return process.env.SHEAF_ENGINE === 'inline' && isInTask() ? inline() : undefined;
}
