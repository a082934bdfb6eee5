import { LogError, readLog } from '../observe/log.js';
import { RunView } from '../observe/view.js';
import { exitCodes, UsageError } from './exit.js';

/** The run that a log tells of. */
export async function viewOf(path: string): Promise<RunView> {
  const view = new RunView();
  try {
    for await (const event of readLog(path)) view.apply(event);
  } catch (error) {
    throw logProblem(path, error);
  }
  return view;
}

export function logProblem(path: string, error: unknown): unknown {
  if (error instanceof LogError) return new UsageError(error.message, exitCodes.failed);
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT')
    return new UsageError(`There is no file ${path}. Make one with: sheaf run --events ${path} script.ts`);
  return code === undefined ? error : new UsageError(`${path} cannot be read: ${message}`, exitCodes.failed);
}
