import { useState } from 'preact/hooks';
import { Failures } from './failures.js';
import { Jobs } from './jobs.js';
import { Stages } from './stages.js';
import { type Source, useRun } from './store.js';
import { Timeline } from './timeline.js';
import { Waiting } from './waiting.js';
import { bytes, count, percent, time } from './words.js';
import { Workers } from './workers.js';

const words: Record<Source, string> = {
  connecting: 'connecting …',
  live: 'live',
  over: 'the program has ended',
  report: 'report',
};

export function App() {
  const { view, now, source } = useRun();
  const [job, setJob] = useState<number | undefined>(undefined);
  const { totals } = view;
  const isOver =
    source === 'live' && view.engines.size > 0 && [...view.engines.values()].every((engine) => engine.closed);
  const workers = view.workers.filter(({ worker }) => worker >= 0);
  const live = workers.filter(({ ended }) => ended === undefined).length;
  const alive = workers.reduce((sum, one) => sum + (one.ended ?? now) - one.started, 0);
  return (
    <>
      <header>
        <h1>Sheaf</h1>
        <span class={`state ${source}`} role="status" data-state={source}>
          {isOver ? 'the engines are closed' : words[source]}
        </span>
        <nav aria-label="Sections">
          <a href="#jobs">Jobs</a>
          <a href="#timeline">Timeline</a>
          {hasStages(view.jobs.values()) && <a href="#stages">Stages</a>}
          <a href="#workers">Workers</a>
          <a href="#failures">Failures</a>
          {view.tasks.size > 0 && <a href="#waiting">Waiting</a>}
        </nav>
      </header>
      <main>
        <dl class="facts">
          <Fact name="time" value={time(now)} />
          <Fact name="rows done" value={count(totals.rowsDone)} />
          <Fact name="failed" value={count(totals.rowsFailed)} bad={totals.rowsFailed > 0} />
          <Fact name="tried again" value={count(totals.retries)} />
          <Fact name="workers" value={`${live}${live === workers.length ? '' : ` of ${workers.length}`}`} />
          <Fact name="workers lost" value={count(totals.workersLost)} bad={totals.workersLost > 0} />
          <Fact name="busy" value={alive === 0 ? '–' : percent(Math.min(1, totals.busyMs / alive))} />
          {totals.exchangedBytes > 0 && <Fact name="exchanged" value={bytes(totals.exchangedBytes)} />}
          {totals.spilledBytes > 0 && <Fact name="spilled" value={bytes(totals.spilledBytes)} />}
        </dl>
        <Jobs view={view} now={now} selected={job} select={setJob} />
        <Timeline view={view} now={now} job={job} />
        <Stages view={view} job={job} />
        <Workers view={view} now={now} />
        <Failures view={view} job={job} />
        <Waiting view={view} now={now} />
      </main>
    </>
  );
}

function hasStages(jobs: Iterable<{ stages: readonly unknown[] }>): boolean {
  for (const { stages } of jobs) if (stages.length > 0) return true;
  return false;
}

function Fact({ name, value, bad = false }: { name: string; value: string; bad?: boolean }) {
  return (
    <div class={bad ? 'bad' : ''} data-fact={name}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
