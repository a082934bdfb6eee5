/** `sheaf dashboard`: a log on a page, followed while it grows. */
import { DashboardServer } from '../dashboard/index.js';
import { followLog } from '../observe/follow.js';
import { RunView } from '../observe/view.js';
import { exitCodes, UsageError } from './exit.js';
import { logProblem } from './log.js';

export async function dashboard(file: string | undefined, flags: { port?: number }): Promise<number> {
  if (file === undefined)
    throw new UsageError(
      'Name the log of a run: sheaf dashboard run.jsonl. sheaf run --events run.jsonl script.ts writes one; sheaf run --dashboard script.ts needs none.',
    );
  const view = new RunView();
  const server = new DashboardServer(view, true);
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  process.once('SIGTERM', () => interrupted.abort());
  try {
    let isShown = false;
    for await (const events of followLog(file, interrupted.signal)) {
      for (const event of events) {
        view.apply(event);
        server.tell(event);
      }
      if (isShown) continue;
      // What there was is read.
      isShown = true;
      const url = await server.listen(flags.port).catch((error: Error) => {
        throw new UsageError(`The page cannot be served: ${error.message}`, exitCodes.failed);
      });
      process.stdout.write(`${url}\n`);
    }
  } catch (error) {
    throw logProblem(file, error);
  } finally {
    await server.close();
  }
  return exitCodes.done;
}
