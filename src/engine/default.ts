import { EngineError } from '../errors.js';
import { isInTask } from '../worker/context.js';
import type { Engine } from './engine.js';
import { inline, type LocalOptions } from './machine.js';

/** Options that every engine with workers of its own has. */
type CommonOptions = Omit<LocalOptions, 'isolation'>;

/**
 * The engine that `SHEAF_ENGINE` names; `undefined` for this machine's own workers (`local`, or not set).
 *
 * @throws EngineError where it names none that there is
 */
export function defaultEngine(options: CommonOptions = {}): Engine | undefined {
  const name = process.env.SHEAF_ENGINE;
  if (name === undefined || name === '' || name === 'local') return undefined;
  if (name === 'inline') return inline();
  if (name === 'ray') return rayEngine(name, options);
  if (name.startsWith('ray:')) return rayEngine(name, { ...options, address: name.slice('ray:'.length) });
  throw new EngineError(`SHEAF_ENGINE=${name} is not an engine. Use local, inline, ray or ray:host:port.`);
}

/** The engine for Ray is a file of its own beside this one, for those who use it. */
function rayEngine(name: string, options: CommonOptions & { readonly address?: string }): Engine {
  let module: { ray(options: object): Engine };
  try {
    module = process.getBuiltinModule('node:module').createRequire(import.meta.url)('./ray.js');
  } catch (cause) {
    throw new EngineError(
      `SHEAF_ENGINE=${name}: the file with the engine for Ray (sheaf/ray) cannot be loaded: ${(cause as Error).message}. Where a bundler has put Sheaf into another file, leave it out of the bundle, or give new Pool({ engine: ray() }). Without Ray, use local or inline.`,
      { cause },
    );
  }
  try {
    return module.ray(options);
  } catch (cause) {
    throw new EngineError(`SHEAF_ENGINE=${name}: ${(cause as Error).message} Without Ray, use local or inline.`, {
      cause,
    });
  }
}

/** An engine for work inside a task that runs on the driver's own thread, where the default engine is busy with that task. */
export function nestedEngine(): Engine | undefined {
  return process.env.SHEAF_ENGINE === 'inline' && isInTask() ? inline() : undefined;
}
