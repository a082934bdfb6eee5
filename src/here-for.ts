import type { Engine, JobSpec } from './engine/engine.js';
import type { Here } from './engine/here.js';
import { whereOf } from './engine/labels.js';
import type { MapOptions, RunOptions } from './options.js';
import type { MapSpec } from './run/map-spec.js';

export { whereOf };

/** For tests, which run whole suites so: whatever is measured, the calling thread does every map that it may, or none. */
const always = process.env.SHEAF_INLINE === 'always';
const never = process.env.SHEAF_INLINE === 'never';

/** What programs replace, to have random numbers or a time of their own. Workers have the original. */
const [math, date, now] = [Math, Date, Date.now];
const mathNames = Object.getOwnPropertyNames(Math) as 'abs'[];
const mathFunctions = mathNames.map((name) => Math[name]);

/** The calling thread, for a map in which it may take part; `undefined` for one that is the workers' alone. */
export function hereFor(here: Here, engine: Engine, job: JobSpec, options: MapOptions<never>): MapSpec['here'] {
  const { inline = 'auto', timeoutMs, transfer } = options;
  const { async, importsModules, seesThread, usesContext } = job.fn.traits;
  if (inline === false || never || async || importsModules || seesThread || usesContext) return undefined;
  // Nothing could stop a late row here, a context would be that of the whole thread, there is no setup, nothing to move to, and no place for a policy to choose.
  if (timeoutMs !== undefined || job.setup !== undefined || transfer !== undefined) return undefined;
  if (job.allocation !== undefined || job.where !== undefined) return undefined;
  if (isReplaced()) return undefined;
  // The inline engine is on this thread already, and workers that are replaced after so many tasks are to count them.
  if (job.concurrency > 1 || engine.countsTasks || !engine.clones) return undefined;
  return { engine: here, always };
}

/** Whether code on this thread would find another time, or functions of `Math`, than in a worker. */
function isReplaced(): boolean {
  if (globalThis.Math !== math || globalThis.Date !== date || date.now !== now) return true;
  return mathNames.some((name, i) => math[name] !== mathFunctions[i]);
}

/** Whether a call needs workers soon, and those that every call may have. */
export function willRunSoon(options: RunOptions | MapOptions<never> = {}, items: object = {}): boolean {
  return (
    (items as { length?: number }).length !== 0 && options.signal?.aborted !== true && whereOf(options) === undefined
  );
}
