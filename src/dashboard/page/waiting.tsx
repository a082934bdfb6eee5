import { whyWaits } from '../../observe/reading.js';
import type { RunView } from '../../observe/view.js';
import { count, time } from './words.js';

const mostShown = 25;

/** Tasks under way, each with what it does or waits for. */
export function Waiting({ view, now }: { view: RunView; now: number }) {
  const tasks = [...view.tasks.values()];
  if (tasks.length === 0) return null;
  return (
    <section id="waiting" aria-labelledby="waiting-title">
      <h2 id="waiting-title">Tasks under way</h2>
      <div class="wide">
        <table>
          <thead>
            <tr>
              <th scope="col">task</th>
              <th scope="col">job</th>
              <th scope="col">rows</th>
              <th scope="col">since</th>
              <th scope="col">what it does</th>
            </tr>
          </thead>
          <tbody>
            {tasks.slice(0, mostShown).map((task) => (
              <tr key={task.task}>
                <td>{task.task}</td>
                <td>{view.jobs.get(task.job)?.label ?? task.job}</td>
                <td>
                  {count(task.rows)}
                  {task.partition >= 0 && ` (partition ${task.partition})`}
                </td>
                <td>{time(Math.max(0, now - (task.worker >= 0 ? task.sent : task.submitted)))}</td>
                <td>
                  {whyWaits(view, task)}
                  {task.attempt > 1 &&
                    `; attempt ${task.attempt}${task.cause === undefined ? '' : `, since ${causes[task.cause]}`}`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {tasks.length > mostShown && <p class="none">and {count(tasks.length - mostShown)} more</p>}
    </section>
  );
}

const causes = {
  failed: 'it failed',
  'worker-lost': 'its worker was lost',
} as const;
