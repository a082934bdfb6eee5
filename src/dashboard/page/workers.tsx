import type { RunView } from '../../observe/view.js';
import { type Line, LinePlot } from './plot.js';
import { bytes, colorOf, count, percent, time, workerName } from './words.js';

/** Lines in a plot, at most: workers that are gone come last. */
const mostLines = 16;

export function Workers({ view, now }: { view: RunView; now: number }) {
  const workers = view.workers.filter(({ worker }) => worker >= 0);
  const measured = view.workers
    .map((worker, place) => ({ worker, place }))
    .filter(({ worker }) => worker.measured.time.length > 0)
    .sort((a, b) => Number(a.worker.ended !== undefined) - Number(b.worker.ended !== undefined))
    .slice(0, mostLines);
  const lines = (what: 'memory' | 'utilization' | 'delayMs'): Line[] =>
    measured.map(({ worker, place }) => ({
      name: worker.worker === -1 ? 'driver' : workerName(worker.worker),
      color: worker.worker === -1 ? '#888888' : colorOf(place),
      time: worker.measured.time,
      values: worker.measured[what],
    }));
  const spilled: Line[] =
    view.spills.length === 0
      ? []
      : [
          {
            name: 'spilled',
            color: colorOf(5),
            time: view.spills.map(([at]) => at),
            values: view.spills.map(([, sum]) => sum),
          },
        ];
  return (
    <section id="workers" aria-labelledby="workers-title">
      <h2 id="workers-title">Workers</h2>
      <div class="wide">
        <table>
          <thead>
            <tr>
              <th scope="col">worker</th>
              <th scope="col">state</th>
              <th scope="col">tasks</th>
              <th scope="col">rows</th>
              <th scope="col">busy</th>
              <th scope="col">memory</th>
              <th scope="col">delay</th>
            </tr>
          </thead>
          <tbody>
            {workers.map((worker) => {
              const lived = (worker.ended ?? now) - (worker.ready ?? worker.started);
              const isLost = worker.ended !== undefined && !worker.expected;
              return (
                <tr key={`${worker.engine}:${worker.worker}`} class={isLost ? 'bad' : ''} data-worker={worker.worker}>
                  <td>
                    {workerName(worker.worker)}{' '}
                    <small>{worker.host ?? (worker.pid === undefined ? worker.is : `pid ${worker.pid}`)}</small>
                  </td>
                  <td>{stateOf(worker)}</td>
                  <td>{count(worker.tasks)}</td>
                  <td>{count(worker.rows)}</td>
                  <td>{lived > 0 ? percent(Math.min(1, worker.busyMs / lived)) : '–'}</td>
                  <td>{worker.measured.memory.length > 0 ? bytes(worker.measured.memory.at(-1)!) : '–'}</td>
                  <td>{worker.measured.delayMs.length > 0 ? time(worker.measured.delayMs.at(-1)!) : '–'}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {measured.length > 0 && (
        <div class="plots">
          <LinePlot
            title="Event loop: share of time that it is busy"
            lines={lines('utilization')}
            words={percent}
            most={1}
          />
          <LinePlot title="Event loop: how long a message waits" lines={lines('delayMs')} words={time} />
          <LinePlot title="Memory" lines={lines('memory')} words={bytes} />
          {spilled.length > 0 && <LinePlot title="Spilled to files, in all" lines={spilled} words={bytes} />}
        </div>
      )}
    </section>
  );
}

function stateOf(worker: RunView['workers'][number]): string {
  if (worker.ended !== undefined) return worker.expected ? 'ended' : `lost: ${worker.exit}`;
  if (worker.ready === undefined) return 'starting';
  const place = worker.replaces === undefined ? '' : `, in the place of ${workerName(worker.replaces)}`;
  if (worker.held.length === 0) return `idle${place}`;
  return `runs${worker.held.length > 1 ? `, has ${worker.held.length - 1} more` : ''}${place}`;
}
