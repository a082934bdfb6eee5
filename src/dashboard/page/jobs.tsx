import { leftOf, partitionsOf, rateOf, shareOf } from '../../observe/reading.js';
import type { RunView } from '../../observe/view.js';
import type { JobView } from '../../observe/view-types.js';
import { colorOf, count, percent, rate, time } from './words.js';

/** Jobs that are over, at most, besides those that go on. */
const mostShown = 30;

interface Props {
  readonly view: RunView;
  readonly now: number;
  readonly selected: number | undefined;
  select(job: number | undefined): void;
}

export function Jobs({ view, now, selected, select }: Props) {
  const all = [...view.jobs.values()];
  const running = all.filter((job) => job.ended === undefined);
  const ended = all.filter((job) => job.ended !== undefined).reverse();
  const shown = [...running, ...ended.slice(0, mostShown)];
  return (
    <section id="jobs" aria-labelledby="jobs-title">
      <h2 id="jobs-title">Jobs</h2>
      {all.length === 0 && <p class="none">No job has started yet.</p>}
      <ul class="jobs">
        {shown.map((job) => (
          <Row key={job.job} job={job} now={now} isSelected={selected === job.job} select={select} />
        ))}
      </ul>
      {ended.length > mostShown && <p class="none">and {count(ended.length - mostShown)} earlier ones that are over</p>}
    </section>
  );
}

function Row({
  job,
  now,
  isSelected,
  select,
}: {
  job: JobView;
  now: number;
  isSelected: boolean;
  select: Props['select'];
}) {
  const share = shareOf(job);
  const left = leftOf(job, now);
  const partitions = partitionsOf(job);
  const state = job.outcome ?? 'running';
  const took = (job.ended ?? now) - job.started;
  return (
    <li class={`job ${state}`} data-job={job.job} data-state={state}>
      <button
        type="button"
        aria-pressed={isSelected}
        title="Show this job alone below"
        onClick={() => select(isSelected ? undefined : job.job)}
      >
        <span class="swatch" style={{ background: colorOf(job.job) }} />
        <span class="label">{job.label}</span>
      </button>
      <progress
        aria-label={`progress of ${job.label}`}
        max={1}
        {...(share === undefined ? (job.ended === undefined ? {} : { value: 1 }) : { value: share })}
      />
      <span class="numbers">
        {partitions === undefined ? (
          <>
            <b>{count(job.done)}</b>
            {job.total === undefined ? ' done' : ` of ${count(job.total)}`} · {rate(rateOf(job, now))}
          </>
        ) : (
          <>
            <b>{count(partitions.done)}</b>
            {job.ended === undefined && ` of ${count(partitions.all)}`} partitions
          </>
        )}
        {share !== undefined && job.ended === undefined && <> · {percent(share)}</>} ·{' '}
        {job.ended === undefined ? (left === undefined ? time(took) : `${time(left)} left`) : `in ${time(took)}`}
        {job.failed > 0 && <em class="bad"> · {count(job.failed)} failed</em>}
        {job.retried > 0 && <em> · {count(job.retried)} tried again</em>}
        {job.tasks.lost > 0 && <em class="bad"> · {count(job.tasks.lost)} tasks lost with their worker</em>}
        {job.outcome !== undefined && job.outcome !== 'done' && <em class="bad"> · {job.outcome}</em>}
        {job.cause !== undefined && <span class="cause">: {job.cause.message.split('\n', 1)[0]}</span>}
      </span>
    </li>
  );
}
