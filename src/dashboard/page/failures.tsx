import type { RunView } from '../../observe/view.js';
import { count, time, workerName } from './words.js';

export function Failures({ view, job }: { view: RunView; job: number | undefined }) {
  const failures = view.failures.filter((failure) => job === undefined || failure.job === job);
  const lost = view.workers.filter((worker) => worker.ended !== undefined && !worker.expected);
  const all = view.totals.rowsFailed + view.totals.retries;
  return (
    <section id="failures" aria-labelledby="failures-title">
      <h2 id="failures-title">Failures</h2>
      {failures.length === 0 && lost.length === 0 && <p class="none">None.</p>}
      {lost.map((worker) => (
        <p class="lost" key={`${worker.engine}:${worker.worker}`} data-lost={worker.worker}>
          <b>{workerName(worker.worker)}</b> was lost at {time(worker.ended!)}: {worker.exit}.
        </p>
      ))}
      {failures.map((failure, i) => (
        <details key={i} class="failure" data-item={failure.index}>
          <summary>
            <b>{failure.cause.name}</b>: {failure.cause.message.split('\n', 1)[0]}
            <span class="where">
              {' '}
              item {count(failure.index)} of {view.jobs.get(failure.job)?.label ?? `job ${failure.job}`}, attempt{' '}
              {failure.attempt}
              {failure.worker >= 0 && `, ${workerName(failure.worker)}`}, at {time(failure.time)} ·{' '}
              {failure.again === undefined ? <em class="bad">for good</em> : 'tried again'}
            </span>
          </summary>
          <p>
            Item: <code>{failure.item}</code>
          </p>
          <pre>{failure.cause.stack ?? failure.cause.message}</pre>
        </details>
      ))}
      {all > view.failures.length && <p class="none">{count(all - view.failures.length)} more are not kept.</p>}
    </section>
  );
}
