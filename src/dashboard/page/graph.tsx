import type { ExchangeView, JobView, StageView } from '../../observe/view-types.js';
import { bytes, count, time } from './words.js';

const [boxWidth, boxHeight, gapX, gapY] = [190, 84, 130, 24];
/** Partitions in the little picture of a box, at most. */
const mostBars = 60;

interface Edge {
  readonly from: StageView;
  readonly to: StageView;
  readonly exchange: ExchangeView | undefined;
}

/** The stages of a job from left to right, with what goes between them. */
export function Graph({ job, exchanges }: { job: JobView; exchanges: ReadonlyMap<string, ExchangeView> }) {
  const { stages } = job;
  const edges = edgesOf(stages, exchanges);
  const places = layout(stages, edges);
  const spots = [...places.values()];
  const width = Math.max(...spots.map(({ x }) => x)) + boxWidth + 10;
  const height = Math.max(...spots.map(({ y }) => y)) + boxHeight + 10;
  return (
    <div class="graph">
      <svg width={width} height={height} role="img" aria-label={`The ${stages.length} stages of ${job.label}`}>
        {edges.map(({ from, to, exchange }, i) => {
          const [a, b] = [places.get(from)!, places.get(to)!];
          const [x1, y1, x2, y2] = [a.x + boxWidth, a.y + boxHeight / 2, b.x, b.y + boxHeight / 2];
          const middle = (x1 + x2) / 2;
          return (
            <g key={i} class="edge">
              <path
                class="edge"
                d={`M${x1},${y1} C${middle},${y1} ${middle},${y2} ${x2},${y2}`}
                stroke-width={1 + Math.min(6, Math.log10(1 + (exchange?.bytes ?? 0)) / 1.5)}
                stroke-opacity="0.5"
              />
              <text x={middle} y={(y1 + y2) / 2 - 6} text-anchor="middle">
                {count(exchange?.rows ?? 0)} rows
              </text>
              <text class="faint" x={middle} y={(y1 + y2) / 2 + 10} text-anchor="middle">
                {bytes(exchange?.bytes ?? 0)}
              </text>
            </g>
          );
        })}
        {stages.map((stage) => (
          <Box key={stage.stage} stage={stage} place={places.get(stage)!} />
        ))}
      </svg>
    </div>
  );
}

function Box({ stage, place }: { stage: StageView; place: { x: number; y: number } }) {
  const state = stage.outcome ?? 'running';
  const list = Array.from(stage.ms, (ms) => ms ?? 0);
  const size = Math.ceil(list.length / mostBars);
  const bars = Array.from({ length: size === 0 ? 0 : Math.ceil(list.length / size) }, (_, i) =>
    Math.max(...list.slice(i * size, (i + 1) * size)),
  );
  const most = Math.max(...bars, 1e-9);
  const median = [...bars].sort((a, b) => a - b)[bars.length >> 1] ?? 0;
  const step = (boxWidth - 16) / Math.max(1, bars.length);
  const more = [
    stage.cached > 0 && `${stage.cached} from cache`,
    stage.recomputed > 0 && `${stage.recomputed} made again`,
  ].filter(Boolean);
  return (
    <g class={state} transform={`translate(${place.x},${place.y})`} data-stage={stage.stage} data-state={state}>
      <title>
        {stage.name}: {count(stage.rowsIn)} rows in, {count(stage.rowsOut)} out
        {stage.ended !== undefined && `, ${time(stage.ended - stage.started)}`}
      </title>
      <rect class="box" width={boxWidth} height={boxHeight} rx="6" />
      <text x="8" y="18">
        {stage.name.length > 26 ? `${stage.name.slice(0, 25)}…` : stage.name}
      </text>
      <text class="faint" x="8" y="34">
        {stage.ended === undefined
          ? `${stage.done} of ${stage.partitions} partitions`
          : `${stage.partitions} partitions, ${time(stage.ended - stage.started)}`}
      </text>
      <text class="faint" x="8" y="49">
        {stage.ended === undefined ? more.join(', ') : [`${count(stage.rowsOut)} rows out`, ...more].join(', ')}
      </text>
      {bars.map((ms, i) => {
        const height = Math.max(1, (ms / most) * 26);
        const isLong = median > 0 && ms >= 3 * median;
        return (
          <rect
            key={i}
            class={isLong ? 'skew' : 'bar'}
            x={8 + i * step}
            y={boxHeight - 5 - height}
            width={Math.max(0.6, step - (step > 3 ? 1 : 0))}
            height={height}
          />
        );
      })}
    </g>
  );
}

function edgesOf(stages: readonly StageView[], exchanges: ReadonlyMap<string, ExchangeView>): Edge[] {
  const edges: Edge[] = [];
  for (const to of stages)
    for (const id of to.reads)
      for (const from of stages) if (from.writes === id) edges.push({ from, to, exchange: exchanges.get(id) });
  return edges;
}

/** As far to the right as the longest way there. */
function layout(stages: readonly StageView[], edges: readonly Edge[]): Map<StageView, { x: number; y: number }> {
  const depth = new Map<StageView, number>();
  const depthOf = (stage: StageView, seen: readonly StageView[] = []): number => {
    const known = depth.get(stage);
    if (known !== undefined || seen.includes(stage)) return known ?? 0;
    const before = edges.filter(({ to }) => to === stage).map(({ from }) => depthOf(from, [...seen, stage]) + 1);
    const found = Math.max(0, ...before);
    depth.set(stage, found);
    return found;
  };
  const rows = new Map<number, number>();
  const places = new Map<StageView, { x: number; y: number }>();
  for (const stage of stages) {
    const column = depthOf(stage);
    const row = rows.get(column) ?? 0;
    rows.set(column, row + 1);
    places.set(stage, { x: 4 + column * (boxWidth + gapX), y: 4 + row * (boxHeight + gapY) });
  }
  return places;
}
