import { useEffect, useRef, useState } from 'preact/hooks';
import type { RunView } from '../../observe/view.js';
import { useTheme } from './theme.js';
import { type Pointed, TimelineCanvas } from './timeline-canvas.js';
import { count } from './words.js';

const step = 1.4;
const tipWidth = 260;

export function Timeline({ view, now, job }: { view: RunView; now: number; job: number | undefined }) {
  const element = useRef<HTMLCanvasElement>(null);
  const canvas = useRef<TimelineCanvas | undefined>(undefined);
  const [tip, setTip] = useState<Pointed | undefined>(undefined);
  useTheme();
  useEffect(() => {
    const made = new TimelineCanvas(element.current!);
    canvas.current = made;
    made.onPoint = setTip;
    const leave = handle(element.current!, made);
    const observer = new ResizeObserver(() => made.draw());
    observer.observe(element.current!);
    return () => {
      observer.disconnect();
      leave();
    };
  }, []);
  useEffect(() => canvas.current?.update(view, now, job));
  const { spans } = view;
  const act = (what: (timeline: TimelineCanvas) => void) => () => what(canvas.current!);
  return (
    <section id="timeline" aria-labelledby="timeline-title">
      <h2 id="timeline-title">Timeline</h2>
      <div class="timeline">
        <div class="tools">
          <button type="button" aria-label="Zoom in" onClick={act((it) => it.zoom(1 / step))}>
            +
          </button>
          <button type="button" aria-label="Zoom out" onClick={act((it) => it.zoom(step))}>
            −
          </button>
          <button type="button" aria-label="Earlier" onClick={act((it) => it.pan(-120))}>
            ←
          </button>
          <button type="button" aria-label="Later" onClick={act((it) => it.pan(120))}>
            →
          </button>
          <button type="button" onClick={act((it) => it.fit())}>
            All
          </button>
          <span class="hint">
            {count(spans.size)} tasks{spans.dropped > 0 && ` (${count(spans.dropped)} earlier ones are not kept)`} ·{' '}
            <span class="by-mouse">Ctrl and wheel zooms, dragging moves; with the keyboard + − ← → 0</span>
            <span class="by-touch">two fingers zoom, one moves</span>
          </span>
        </div>
        <canvas
          ref={element}
          tabIndex={0}
          role="img"
          aria-label={`What ${view.workers.length} workers ran, over time. ${count(spans.size)} tasks. Keys: plus, minus, arrows, 0.`}
        />
        {tip !== undefined && (
          <div
            class="tip"
            role="tooltip"
            style={{ left: `${Math.max(0, Math.min(tip.x + 12, innerWidth - tipWidth))}px`, top: `${tip.y + 52}px` }}
          >
            {tip.text}
          </div>
        )}
      </div>
    </section>
  );
}

/** Mouse, touch and keys. Returns what ends that. */
function handle(element: HTMLCanvasElement, canvas: TimelineCanvas): () => void {
  const ended = new AbortController();
  const on = <K extends keyof HTMLElementEventMap>(
    name: K,
    does: (event: HTMLElementEventMap[K]) => void,
    passive = true,
  ): void => element.addEventListener(name, does, { signal: ended.signal, passive });
  const pointers = new Map<number, number>();
  const spread = (): number => {
    const [a = 0, b = 0] = [...pointers.values()];
    return Math.abs(a - b);
  };
  on('pointerdown', (event) => {
    element.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, event.offsetX);
  });
  on('pointermove', (event) => {
    const before = pointers.get(event.pointerId);
    if (before === undefined) {
      canvas.point(event.offsetX, event.offsetY);
      return;
    }
    canvas.onPoint(undefined);
    const wasSpread = spread();
    pointers.set(event.pointerId, event.offsetX);
    if (pointers.size === 1) canvas.pan(before - event.offsetX);
    else if (pointers.size === 2 && wasSpread > 0 && spread() > 0) {
      const [a = 0, b = 0] = [...pointers.values()];
      canvas.zoom(wasSpread / spread(), (a + b) / 2);
    }
  });
  for (const name of ['pointerup', 'pointercancel'] as const) on(name, (event) => pointers.delete(event.pointerId));
  on('pointerleave', () => canvas.onPoint(undefined));
  on('dblclick', (event) => canvas.zoom(1 / (step * step), event.offsetX));
  on(
    'wheel',
    (event) => {
      // The page scrolls by the wheel alone.
      if (event.ctrlKey || event.metaKey) canvas.zoom(step ** (event.deltaY / 100), event.offsetX);
      else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY))
        canvas.pan(event.deltaX || event.deltaY);
      else return;
      event.preventDefault();
    },
    false,
  );
  on(
    'keydown',
    (event) => {
      const does: Record<string, () => void> = {
        '+': () => canvas.zoom(1 / step),
        '=': () => canvas.zoom(1 / step),
        '-': () => canvas.zoom(step),
        ArrowLeft: () => canvas.pan(-80),
        ArrowRight: () => canvas.pan(80),
        '0': () => canvas.fit(),
        Home: () => canvas.fit(),
      };
      if (event.ctrlKey || event.metaKey || event.altKey || does[event.key] === undefined) return;
      event.preventDefault();
      does[event.key]!();
    },
    false,
  );
  return () => ended.abort();
}
