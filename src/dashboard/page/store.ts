/** What the page shows, and where it comes from: the program itself while it runs, or what a report holds. */
import { useEffect, useState } from 'preact/hooks';
import type { SheafEvent } from '../../observe/events.js';
import { type RunJson, RunView } from '../../observe/view.js';

/** `over`: the run has ended, or the program that served the page has. */
export type Source = 'connecting' | 'live' | 'over' | 'report';

const drawMs = 250;

class Store {
  view = new RunView();
  source: Source = 'connecting';
  /** The program's clock against this page's, in ms. */
  #skew = 0;
  readonly #hearers = new Set<() => void>();
  #timer: number | undefined;
  #failures = 0;

  /** Time of the run: goes on while it is live. */
  get now(): number {
    if (this.source !== 'live') return this.view.now;
    const engines = [...this.view.engines.values()];
    if (engines.length > 0 && engines.every((engine) => engine.closed)) return this.view.now;
    return Math.max(this.view.now, Date.now() - this.#skew - this.view.origin);
  }

  start(): void {
    const held = document.getElementById('run');
    if (held !== null) {
      this.view = RunView.from(JSON.parse(held.textContent ?? '') as RunJson);
      this.source = 'report';
      this.#changed();
      return;
    }
    const events = new EventSource('events');
    events.addEventListener('all', ({ data }) => {
      this.view = RunView.from(JSON.parse(data) as RunJson);
      this.#heard();
    });
    events.onmessage = ({ data }) => {
      for (const event of JSON.parse(data) as SheafEvent[]) this.view.apply(event);
      this.#heard();
    };
    events.onerror = () => {
      // A program that has ended does not come back.
      if (++this.#failures < 3 && this.source === 'live' && events.readyState !== EventSource.CLOSED) return;
      events.close();
      this.source = 'over';
      this.#changed();
    };
    // Elapsed times go on where nothing is told.
    setInterval(() => {
      if (this.source === 'live') this.#changed();
    }, 1000);
  }

  listen(hearer: () => void): () => void {
    this.#hearers.add(hearer);
    return () => this.#hearers.delete(hearer);
  }

  #heard(): void {
    this.#failures = 0;
    this.source = 'live';
    if (this.view.origin > 0)
      this.#skew = Math.min(this.#skew || Infinity, Date.now() - this.view.origin - this.view.now);
    this.#changed();
  }

  #changed(): void {
    this.#timer ??= window.setTimeout(() => {
      this.#timer = undefined;
      for (const hear of this.#hearers) hear();
    }, drawMs);
  }
}

export const store = new Store();

/** The run as it is; the caller is drawn again when it changes. */
export function useRun(): { readonly view: RunView; readonly now: number; readonly source: Source } {
  const [, draw] = useState(0);
  useEffect(() => store.listen(() => draw((n) => n + 1)), []);
  return { view: store.view, now: store.now, source: store.source };
}
