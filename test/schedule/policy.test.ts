import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AllocationPolicy, allocationProblem, type TaskView, type WorkerView } from '../../src/schedule/policy.js';
import type { Command } from '../../src/schedule/types.js';
import { check, Script } from './script.js';

/** Everything to worker 0, whoever that is. */
const toFirst: AllocationPolicy = { name: 'to-first', place: (_task, workers) => workers[0]!.id };

test('a policy is shown each task and the workers as they are', () => {
  const seen: { task: TaskView; workers: WorkerView[] }[] = [];
  const place = (task: TaskView, workers: readonly WorkerView[]) => {
    seen.push({ task, workers: workers.map((one) => ({ ...one })) });
    return 1;
  };
  const script = new Script({ allocation: { name: 'spy', place } });
  for (const one of ['join 0', 'join 1', 'submit 2 job 4 priority 3 expected 70 prefer 1', 'submit 1'])
    script.send(one);
  assert.deepEqual(seen, [
    { task: { task: 0, job: 4, priority: 3, expectedUs: 70, prefer: [1] }, workers: [nothing(0), nothing(1)] },
    {
      task: { task: 1, job: 4, priority: 3, expectedUs: 70, prefer: [1] },
      workers: [nothing(0), { ...nothing(1), queued: 1 }],
    },
    {
      task: { task: 2, job: 1, priority: 0, expectedUs: undefined, prefer: [] },
      workers: [nothing(0), { id: 1, granted: 2, queued: 0, expectedUs: 140, total: 2 }],
    },
  ]);
});

function nothing(id: number): WorkerView {
  return { id, granted: 0, queued: 0, expectedUs: 0, total: 0 };
}

test('undefined places a task in the queue that all share', () => {
  const allocation: AllocationPolicy = { name: 'even-first', place: ({ task }) => (task % 2 === 0 ? 0 : undefined) };
  check(
    { allocation },
    `join 0   |
     join 1   |
     submit 6 | w0+0 w1+1
     end 1    | w1+3
     end 1    | w1+5
     end 1    |
     end 0    | w0+2
     end 0    | w0+4`,
  );
});

test('without steal, what waits for a worker waits for it', () => {
  check(
    { allocation: toFirst },
    `join 0                |
     join 1                |
     submit 3 expected 900 | w0+0,1,2
     submit 2              |
     end 0                 |
     end 0                 |
     end 0                 | w0+3`,
  );
});

test('with steal: true an idle worker takes what waits for another, and what another was granted ahead', () => {
  check(
    { allocation: { ...toFirst, steal: true } },
    `join 0                |
     join 1                |
     submit 5              | w0+0 w1+4
     end 1                 | w1+3
     end 0                 | w0+1
     end 0                 | w0+2
     end 1                 |
     end 0                 |
     submit 3 expected 500 | w0+5 w1+7 w0+6
     end 1                 | w0-6?`,
  );
});

test('a function says from whom an idle worker takes, if from anyone', () => {
  const asked: [number, number[]][] = [];
  const steal = (thief: WorkerView, victims: readonly WorkerView[]) => {
    asked.push([thief.id, victims.map((one) => one.id)]);
    return thief.id === 2 ? victims.at(-1)!.id : undefined;
  };
  const place = ({ task }: TaskView) => task % 2;
  check(
    { allocation: { name: 'choosy', place, steal } },
    `join 0   |
     join 1   |
     join 2   |
     join 3   |
     submit 5 | w0+0 w1+1 w2+3
     end 2    | w2+4
     end 2    | w2+2
     end 2    |`,
  );
  assert.deepEqual(asked, [
    [2, [0, 1]],
    [3, [0]],
    [2, [0]],
    [3, [0]],
    [2, [0]],
  ]);
});

test('a policy that throws or answers nonsense: the tasks it was asked about are refused, the others go on', () => {
  const broken = new RangeError('no idea');
  const answers: [unknown, RegExp][] = [
    [7, /^place\(\) of the allocation policy 'odd' returned 7: it must return the id of an open worker, or undefined$/],
    ['w0', /^place\(\) of the allocation policy 'odd' returned 'w0': it must return the id of a worker, or undefined$/],
    [null, /returned an object/],
    [Number.NaN, /returned NaN/],
    [broken, /^place\(\) of the allocation policy 'odd' threw for task 2: no idea$/],
  ];
  for (const [answer, problem] of answers) {
    const place = ({ task }: TaskView) => {
      if (task !== 2) return 0;
      if (answer === broken) throw answer;
      return answer as number;
    };
    const script = new Script({}, { odd: { name: 'odd', place } });
    for (const one of ['join 0', 'join 1']) script.send(one);
    const commands = script.sendEvent(submitted({ name: 'odd', place }, 0, 5));
    assert.deepEqual(
      commands.map(({ kind }) => kind),
      ['refuse', 'grant'],
    );
    const [refused, granted] = commands as [Command & { kind: 'refuse' }, Command];
    assert.match(refused.problem, problem);
    assert.equal(refused.cause, answer === broken ? broken : undefined);
    assert.deepEqual([refused.from, refused.to], [2, 5]);
    assert.deepEqual(granted, { kind: 'grant', worker: 0, from: 0, to: 1 });
    assert.deepEqual(script.sendEvent({ kind: 'ended', worker: 0, task: 0, now: 0 }), [{ ...granted, from: 1, to: 2 }]);
  }
});

test('a worker that has had its tasks is none to place tasks with', () => {
  check(
    { allocation: { name: 'stubborn', place: () => 0 }, maxTasksPerWorker: 2 },
    `join 0   |
     join 1   |
     submit 2 | w0+0
     end 0    | w0+1
     submit 1 | 2 refused`,
  );
});

test('a steal() that throws or answers nonsense: what waits under the policy is refused, what runs goes on', () => {
  for (const steal of [() => 1, () => 'all' as unknown as number, () => assert.fail('no thieves here')]) {
    check(
      { allocation: { ...toFirst, steal } },
      `join 0                         |
       submit 4                       | w0+0
       submit 2 policy round-robin    |
       cancel-task 2                  | 2 cancelled
       join 1                         | 1 refused 3 refused
       end 0                          | w0+4`,
    );
  }
});

test('policies harm nobody by changing what they are shown', () => {
  const place = (_task: TaskView, workers: readonly WorkerView[]) => {
    for (const worker of workers as unknown as { granted: number; total: number }[]) worker.granted = worker.total = 99;
    return 0;
  };
  check(
    { allocation: { name: 'vandal', place } },
    `join 0   |
     join 1   |
     submit 2 | w0+0
     end 0    | w0+1`,
  );
  const sort = (_task: TaskView, workers: readonly WorkerView[]) => (workers as WorkerView[]).reverse()[0]!.id;
  check(
    { allocation: { name: 'sorter', place: sort } },
    `join 0   |
     join 1   |
     submit 1 | 0 refused`,
  );
});

test('policy objects made for one submission are forgotten with it', () => {
  const script = new Script({});
  script.send('join 0');
  for (let task = 0; task < 50; task++) {
    script.sendEvent(submitted({ ...toFirst }, task, task + 1));
    script.send('end 0');
  }
  assert.equal(script.state.lanes.length, 1);
  assert.equal(script.state.laneOf.size, 1);
  assert.deepEqual(script.state.workers.get(0)!.queues, []);
});

test('what is wrong with an allocation', () => {
  assert.equal(allocationProblem('locality'), undefined);
  assert.equal(allocationProblem(toFirst), undefined);
  assert.match(
    allocationProblem('fastest')!,
    /^allocation must be 'round-robin', .* or a policy object, not 'fastest'$/,
  );
  assert.match(allocationProblem(null)!, /not null$/);
  assert.match(
    allocationProblem({ place() {} })!,
    /^the name of an allocation policy must be a string, not undefined$/,
  );
  assert.match(
    allocationProblem({ name: 'x' })!,
    /^place of the allocation policy 'x' must be a function, not undefined$/,
  );
  assert.match(
    allocationProblem({ ...toFirst, steal: 1 })!,
    /^steal of the allocation policy 'to-first' must be a boolean/,
  );
  assert.throws(() => new Script({ allocation: 'fastest' as 'locality' }), TypeError);
});

function submitted(allocation: AllocationPolicy, from: number, to: number) {
  return { kind: 'submitted', from, to, job: 1, priority: 0, allocation, now: 0 } as const;
}
