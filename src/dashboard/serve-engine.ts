import type { Observed } from '../observe/announce.js';
import type { Dashboard } from '../observe/open-dashboard.js';
import { RunView } from '../observe/view.js';
import { DashboardServer } from './server.js';

const measureMs = 1000;

/** Shows one engine, from now on. Keeps neither the engine nor the process alive. */
export async function serveEngine(engine: Observed, port: number): Promise<Dashboard> {
  const view = new RunView();
  const server = new DashboardServer(view);
  const url = await server.listen(port);
  const stop = engine.events.listen((event) => {
    view.apply(event);
    server.tell(event);
  });
  const measuring = setInterval(() => engine.measure?.(), measureMs).unref();
  const close = async (): Promise<void> => {
    clearInterval(measuring);
    stop();
    await server.close();
  };
  return { url, close, [Symbol.asyncDispose]: close };
}
