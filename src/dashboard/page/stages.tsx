import { useEffect, useRef } from 'preact/hooks';
import type { RunView } from '../../observe/view.js';
import type { ExchangeView, JobView } from '../../observe/view-types.js';
import { Graph } from './graph.js';
import { color, useTheme } from './theme.js';
import { bytes, count } from './words.js';

/** Rows and columns of the picture of an exchange, at most; more partitions are drawn together. */
const mostCells = 96;
/** Jobs that are shown, the latest first. */
const mostJobs = 3;

/** Of jobs that have stages: the stages as a graph, sizes of their partitions, and what goes from which partition to which. */
export function Stages({ view, job }: { view: RunView; job: number | undefined }) {
  const jobs = [...view.jobs.values()].filter((one) => one.stages.length > 0 && (job === undefined || one.job === job));
  if (jobs.length === 0) return null;
  return (
    <section id="stages" aria-labelledby="stages-title">
      <h2 id="stages-title">Stages</h2>
      {jobs
        .slice(-mostJobs)
        .reverse()
        .map((one) => (
          <Job key={one.job} view={view} job={one} />
        ))}
    </section>
  );
}

function Job({ view, job }: { view: RunView; job: JobView }) {
  const exchanges = [...view.exchanges.values()].filter((exchange) => exchange.job === job.job);
  return (
    <div data-stages={job.job}>
      <h3>{job.label}</h3>
      <Graph job={job} exchanges={view.exchanges} />
      {exchanges.map((exchange) => (
        <Exchange key={exchange.exchange} exchange={exchange} />
      ))}
      {job.plan !== undefined && (
        <details>
          <summary>The plan</summary>
          <pre>{job.plan}</pre>
        </details>
      )}
    </div>
  );
}

function Exchange({ exchange }: { exchange: ExchangeView }) {
  const { rows, fileBytes } = exchange;
  return (
    <div data-exchange={exchange.exchange}>
      <h3>
        Exchange {exchange.exchange}: {count(rows)} rows, {bytes(exchange.bytes)}
        {fileBytes > 0 && `, of which ${bytes(fileBytes)} by files`}
      </h3>
      <div class="pair">
        <Sizes sizes={exchange.partitionRows} />
        <Matrix exchange={exchange} />
      </div>
    </div>
  );
}

/** Rows of each partition: a bar that stands out is a partition that one task will wait for. */
function Sizes({ sizes }: { sizes: readonly (number | null | undefined)[] }) {
  const list = Array.from(sizes, (size) => size ?? 0);
  const largest = Math.max(...list, 1);
  const median = [...list].sort((a, b) => a - b)[list.length >> 1] ?? 0;
  const at = list.indexOf(largest);
  const skew = median > 0 ? largest / median : Infinity;
  const [width, height] = [600, 120];
  const bar = width / Math.max(1, list.length);
  const y = (size: number): number => height - (size / largest) * height;
  return (
    <figure>
      <figcaption>
        Rows of each partition: {count(median)} in the middle one,{' '}
        <b class={skew >= 3 ? 'bad' : ''}>{count(largest)}</b> in the largest (partition {at}
        {skew >= 1.5 && skew < Infinity && <>, {skew.toFixed(1)} times as many</>})
      </figcaption>
      <svg
        viewBox={`0 0 ${width} ${height + 4}`}
        width="100%"
        height={height}
        preserveAspectRatio="none"
        role="img"
        aria-label="Sizes of partitions"
      >
        {list.map((size, i) => (
          <rect
            key={i}
            x={i * bar}
            y={y(size)}
            width={Math.max(0.5, bar - (bar > 4 ? 1 : 0))}
            height={height - y(size) + 1}
            fill={`var(${median > 0 && size >= 3 * median ? '--bad' : '--accent'})`}
          >
            <title>
              partition {i}: {count(size)} rows
            </title>
          </rect>
        ))}
        <line x1={0} x2={width} y1={y(median)} y2={y(median)} stroke="var(--faint)" stroke-dasharray="4 4" />
      </svg>
    </figure>
  );
}

/** What went from which partition to which, the more the darker. */
function Matrix({ exchange }: { exchange: ExchangeView }) {
  const element = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();
  const cells = Object.entries(exchange.cells).map(([key, [rows]]) => ({
    place: key.split(',').map(Number) as [number, number],
    rows,
  }));
  const known = cells.filter(({ place }) => place[0] >= 0);
  const [writers, readers] = [0, 1].map((side) => 1 + Math.max(0, ...known.map(({ place }) => place[side]!))) as [
    number,
    number,
  ];
  const [height, width] = [Math.min(writers, mostCells), Math.min(readers, mostCells)];
  useEffect(() => {
    const canvas = element.current;
    if (canvas === null) return;
    canvas.width = width;
    canvas.height = height;
    const sums = new Float64Array(width * height);
    for (const { place, rows } of known)
      sums[Math.floor((place[0] * height) / writers) * width + Math.floor((place[1] * width) / readers)]! += rows;
    const most = Math.max(...sums, 1);
    const context = canvas.getContext('2d')!;
    context.fillStyle = color('--back');
    context.fillRect(0, 0, width, height);
    context.fillStyle = color('--accent');
    sums.forEach((rows, i) => {
      if (rows === 0) return;
      context.globalAlpha = 0.08 + 0.92 * (rows / most);
      context.fillRect(i % width, Math.floor(i / width), 1, 1);
    });
    context.globalAlpha = 1;
  }, [exchange.rows, width, height, theme]);
  if (known.length === 0) return null;
  return (
    <figure>
      <figcaption>
        From {count(writers)} partitions (down) to {count(readers)} (across)
      </figcaption>
      <canvas
        ref={element}
        class="matrix"
        style={{ aspectRatio: `${width} / ${height}`, maxHeight: '16rem' }}
        role="img"
        aria-label={`Rows from each of ${writers} partitions to each of ${readers}`}
      />
    </figure>
  );
}
