import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { color, useTheme } from './theme.js';
import { timeOnAxis } from './words.js';

export interface Line {
  readonly name: string;
  readonly color: string;
  readonly time: readonly number[];
  readonly values: readonly number[];
}

interface Props {
  readonly title: string;
  readonly lines: readonly Line[];
  words(value: number): string;
  /** The largest value there can be, where there is one. */
  readonly most?: number;
}

const height = 170;

/** Lines over the time of the run. */
export function LinePlot({ title, lines, words, most }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const theme = useTheme();
  const names = lines.map(({ name, color: its }) => `${name}${its}`).join();
  useEffect(() => {
    const element = box.current!;
    const axis = {
      stroke: color('--faint'),
      grid: { stroke: color('--line'), width: 1 },
      ticks: { show: false },
      font: '11px system-ui',
    };
    const made = new uPlot(
      {
        width: element.clientWidth || 300,
        height,
        cursor: { drag: { x: false, y: false } },
        scales: {
          x: { time: false },
          y: { range: (_, _least, largest) => [0, most ?? Math.max(largest, 1e-9) * 1.05] },
        },
        axes: [
          {
            ...axis,
            size: 28,
            values: (_, list) => list.map((value) => timeOnAxis(value, (list[1] ?? 1) - (list[0] ?? 0))),
          },
          { ...axis, size: 64, values: (_, list) => list.map((value) => words(value)) },
        ],
        legend: { live: false },
        series: [
          {},
          ...lines.map((line) => ({
            label: line.name,
            stroke: line.color,
            width: 1.5,
            spanGaps: true,
            points: { show: line.time.length < 3 },
          })),
        ],
      },
      dataOf(lines),
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [names, theme]);
  useEffect(() => plot.current?.setData(dataOf(lines)));
  return (
    <figure class="plot">
      <figcaption>{title}</figcaption>
      <div ref={box} />
    </figure>
  );
}

/** All lines over all their times. */
function dataOf(lines: readonly Line[]): uPlot.AlignedData {
  if (lines.length === 0) return [[]];
  return uPlot.join(lines.map((line) => [[...line.time], [...line.values]] as uPlot.AlignedData));
}
