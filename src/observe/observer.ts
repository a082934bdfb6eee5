/** Watches a whole process, as environment variables ask: see `announce.ts`. Loaded only then. */
import { Socket } from 'node:net';
import type { Observed } from './announce.js';
import type { SheafEvent } from './events.js';
import { EventLog } from './log.js';
import { TerminalView } from './terminal.js';
import { RunView } from './view.js';

export interface ObserverOptions {
  /** Path of the log. */
  readonly events: string | undefined;
  readonly progress: boolean;
  readonly dashboard: { readonly port: number } | undefined;
  /** The file descriptor that whoever started the program speaks through. */
  readonly control: number | undefined;
}

const measureMs = 1000;

/** Starts it; returns what is to be called with each event. @param engines those that are open, now and later */
export function startObserver(options: ObserverOptions, engines: ReadonlySet<Observed>): (event: SheafEvent) => void {
  const hearers: ((event: SheafEvent) => void)[] = [];
  if (options.events !== undefined) hearers.push(logTo(options.events));
  if (options.progress || options.dashboard !== undefined) {
    const view = new RunView();
    hearers.push((event) => view.apply(event));
    if (options.progress) new TerminalView(view).start();
    if (options.dashboard !== undefined) hearers.push(showDashboard(view, options.dashboard.port));
  }
  if (options.events !== undefined || options.dashboard !== undefined)
    setInterval(() => {
      for (const engine of engines) engine.measure?.();
    }, measureMs).unref();
  if (options.control !== undefined) obey(options.control, engines);
  return (event) => {
    for (const hear of hearers) hear(event);
  };
}

function logTo(path: string): (event: SheafEvent) => void {
  try {
    const log = new EventLog(path);
    return (event) => log.write(event);
  } catch (error) {
    process.stderr.write(`sheaf: the events cannot be written: ${(error as Error).message}\n`);
    return () => {};
  }
}

function showDashboard(view: RunView, port: number): (event: SheafEvent) => void {
  let hear: (event: SheafEvent) => void = () => {};
  void import('../dashboard/index.js')
    .then(async ({ DashboardServer }) => {
      const server = new DashboardServer(view);
      hear = (event) => server.tell(event);
      const url = await server.listen(port);
      process.stderr.write(`sheaf: dashboard at ${url}\n`);
    })
    .catch((error: Error) => process.stderr.write(`sheaf: no dashboard: ${error.message}\n`));
  return (event) => hear(event);
}

/** What comes on two ways within this time of this process's own is one interrupt. */
const sameMs = 150;

/**
 * Interrupts come from whoever started the program, who also gets those of the terminal: the first cancels what runs, and the program goes on
 * from there; the second ends it. One that only this process was sent is passed on there. Handlers of the program's own are called as ever.
 */
function obey(fd: number, engines: ReadonlySet<Observed>): void {
  const socket = new Socket({ fd, readable: true, writable: true });
  socket.on('error', () => {});
  socket.unref();
  let isInterrupted = false;
  /** Signals whose word has not come, and the time of the latest word whose signal has not. */
  const signals: NodeJS.Timeout[] = [];
  let word = -Infinity;
  const interrupt = (): void => {
    const signal = signals.shift();
    if (signal === undefined) word = performance.now();
    else clearTimeout(signal);
    if (isInterrupted) process.exit(130);
    isInterrupted = true;
    for (const engine of engines) void engine.terminate();
  };
  socket.on('data', (bytes: Buffer) => {
    for (const byte of bytes) if (byte === 0x69) interrupt();
  });
  process.on('SIGINT', () => {
    if (performance.now() - word < sameMs) {
      word = -Infinity;
      return;
    }
    signals.push(
      setTimeout(() => {
        signals.shift();
        socket.write('s');
      }, sameMs).unref(),
    );
  });
  socket.write('r');
}
