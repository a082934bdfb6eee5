/**
 * Engines make themselves known to whoever watches this whole process. Environment variables ask for that, which `sheaf run` sets:
 *
 * - `SHEAF_EVENTS=<file>`: a log of all events, as JSON Lines
 * - `SHEAF_PROGRESS=1`: jobs and stages on standard error
 * - `SHEAF_DASHBOARD=1`, or a port: a page that shows what goes on
 *
 * What then watches is loaded only when asked for. Only the program's main thread is watched, and what it starts does not inherit it.
 */
import type { SheafEvent } from './events.js';
import type { EventHub } from './hub.js';
import type { ObserverOptions } from './observer.js';

/** What an observer sees of an engine. */
export interface Observed {
  readonly slots: number;
  readonly events: EventHub;
  /** Tells how its workers are, as `worker-measured`. */
  measure?(): void;
  terminate(): Promise<void>;
}

/** Where the observer of this thread is, known to every copy of the library. */
const place = Symbol.for('sheaf.observer');
const holder = globalThis as { [place]?: (engine: Observed) => void };

/** Tells the observer, if this process has or wants one, that there is an engine. */
export function announce(engine: Observed): void {
  if (holder[place] === undefined) {
    const options = wanted();
    if (options === undefined) return;
    holder[place] = startObserver(options);
  }
  holder[place](engine);
}

/** Watches this process's engines that are made from now on. */
export function observeEngines(watch: (engine: Observed) => void): void {
  holder[place] = watch;
}

function wanted(): ObserverOptions | undefined {
  const { env } = process;
  const { SHEAF_EVENTS: events, SHEAF_PROGRESS: progress, SHEAF_DASHBOARD: dashboard, SHEAF_CONTROL: control } = env;
  if (!(events || progress || dashboard || control)) return undefined;
  if (!process.getBuiltinModule('node:worker_threads').isMainThread) return undefined;
  for (const name of ['EVENTS', 'PROGRESS', 'DASHBOARD', 'CONTROL']) delete env[`SHEAF_${name}`];
  const port = Number(dashboard);
  return {
    events: events || undefined,
    progress: isOn(progress),
    dashboard: isOn(dashboard) ? { port: port > 1 ? port : 0 } : undefined,
    control: control ? Number(control) : undefined,
  };
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false'].includes(value);
}

/** Keeps what is told until the observer is loaded. */
function startObserver(options: ObserverOptions): (engine: Observed) => void {
  const engines = new Set<Observed>();
  const early: SheafEvent[] = [];
  let hear = (event: SheafEvent): void => {
    early.push(event);
  };
  void import('./observer.js').then(({ startObserver: start }) => {
    hear = start(options, engines);
    for (const event of early.splice(0)) hear(event);
  });
  return (engine) => {
    engines.add(engine);
    engine.events.listen((event) => {
      hear(event);
      if (event.kind === 'engine-closed') engines.delete(engine);
    });
  };
}
