/** The error of a task of a stage: the user's own, with the place where it happened. */
import { SheafError, setTask } from '../errors.js';
import { decodeThrown } from '../function/thrown.js';
import type { TaskResult } from '../stage/spec.js';
import type { Caller } from './caller.js';

/** Stands for an error whose class has to be imported first. */
export class Later {
  readonly error: Promise<unknown>;
  constructor(error: Promise<unknown>) {
    this.error = error;
  }
}

export function failureOf(result: TaskResult & { readonly kind: 'failed' }, stage: string, caller: Caller): unknown {
  const { thrown, op, item, partition, attempt, worker } = result;
  const error = decodeThrown(thrown, caller);
  return error instanceof Promise ? new Later(error.then(told)) : told(error);

  function told(one: unknown): unknown {
    const label = op === '' ? stage : op;
    if (!(one instanceof SheafError) || op !== '')
      setTask(one, { label, index: partition, item, attempt, worker, operator: label, partition });
    return one;
  }
}
