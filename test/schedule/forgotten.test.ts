/** What is over is forgotten: what the scheduler keeps goes with what is under way, however many tasks there have been. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Script } from './script.js';

const rounds = 20_000;

/** How many ranges of tasks it keeps, and how many tasks are in the largest. */
function kept({ state }: Script): { ranges: number; tasks: number } {
  const sizes = state.submissions.map(({ from, to }) => to - from);
  return { ranges: sizes.length, tasks: Math.max(0, ...sizes) };
}

test('alike tasks of which there is always one left are not kept as one range for ever', () => {
  const script = new Script({});
  script.send('join 0');
  script.send('submit 1 job 1');
  let most = 0;
  for (let i = 0; i < rounds; i++) {
    script.send('submit 1 job 1');
    script.send('end 0');
    most = Math.max(most, kept(script).tasks);
  }
  assert.ok(most < 2000, `a range of ${most} tasks is kept, where two are under way`);
});

test('jobs, each with a task of its own, while an older one goes on', () => {
  const script = new Script({});
  script.send('join 0');
  script.send('join 1');
  script.send('submit 1 job 1');
  let most = 0;
  for (let job = 2; job < rounds; job++) {
    script.send(`submit 1 job ${job}`);
    script.send('end 1');
    most = Math.max(most, kept(script).ranges);
  }
  assert.ok(most < 200, `${most} ranges are kept, where two are under way`);
  assert.equal(script.state.jobs.size, 1);
});
