import { test } from 'node:test';
import { check } from './script.js';

test('larger priority first, first come first served within one', () => {
  check(
    {},
    `join 0               |
     submit 2             | w0+0
     submit 2 priority 5  |
     submit 1 priority -1 |
     submit 2 priority 5  |
     end 0                | w0+2
     end 0                | w0+3
     end 0                | w0+5
     end 0                | w0+6
     end 0                | w0+1
     end 0                | w0+4`,
  );
});

test('a worker takes from its own queue and from the shared one, whichever has the task that goes first', () => {
  check(
    { allocation: 'least-loaded' },
    `join 0                               |
     join 1                               |
     submit 2                             | w0+0 w1+1
     submit 1                             |
     submit 4 policy round-robin          |
     submit 1                             |
     submit 1 priority 1                  |
     end 0                                | w0+8
     end 0                                | w0+2
     end 0                                | w0+3
     end 0                                | w0+5
     end 0                                | w0+7
     end 0                                |
     end 1                                | w1+4`,
  );
});

test('a thief takes the last task of the longest queue, of its largest priority', () => {
  check(
    { allocation: 'work-stealing' },
    `join 0              |
     join 1              |
     join 2              |
     submit 3            | w0+0 w1+1 w2+2
     submit 9            |
     submit 3 priority 7 |
     end 2               | w2+14
     end 2               | w2+5
     end 2               | w2+8
     end 2               | w2+11
     end 2               | w2+12
     end 2               | w2+13
     end 2               | w2+9
     end 2               | w2+10
     end 0               | w0+3`,
  );
});

test('of what waits under several policies, a thief takes the larger priority first', () => {
  check(
    { allocation: 'work-stealing' },
    `join 0                                      |
     join 1                                      |
     submit 2                                    | w0+0 w1+1
     submit 2                                    |
     submit 1 priority 3 policy locality prefer 0 |
     end 1                                       | w1+3
     end 1                                       | w1+4
     end 1                                       | w1+2`,
  );
});

test('what a worker was expected to take leaves no rest when it is over, whatever the sum of fractions is', () => {
  // 0.1 + 0.2 + 0.3 less each of them is not 0, and the idle worker with the rest would come last for ever.
  check(
    {},
    `join 0                |
     submit 1 expected 0.1 | w0+0
     submit 1 expected 0.2 | w0+1
     submit 1 expected 0.3 | w0+2
     end 0                 |
     end 0                 |
     end 0                 |
     join 1                |
     submit 1              | w1+3
     end 1                 |
     submit 1              | w1+4
     end 1                 |
     submit 1              | w1+5
     end 1                 |
     submit 2              | w0+6 w1+7`,
  );
});

test('short tasks are granted ahead until enough is ahead', () => {
  check(
    { aheadUs: 1000, aheadMax: 3 },
    `join 0                 |
     submit 5 expected 400  | w0+0,1,2
     submit 9 expected 1    |
     end 0                  | w0+3
     end 0                  | w0+4
     end 0                  | w0+5,6
     end 0                  | w0+7
     end 0                  | w0+8`,
  );
});

test('nothing is granted ahead of a task, or behind one, of which the time is not known', () => {
  check(
    {},
    `join 0               |
     submit 2             | w0+0
     submit 2 expected 10 |
     submit 1             |
     submit 1 expected 10 |
     end 0                | w0+1
     end 0                | w0+2,3
     end 0                |
     end 0                | w0+4
     end 0                | w0+5`,
  );
});

test('a long task is granted ahead only behind short ones', () => {
  check(
    {},
    `join 0                  |
     submit 1 expected 10    | w0+0
     submit 2 expected 90000 | w0+1
     end 0                   |
     end 0                   | w0+2`,
  );
});

test('oneAhead grants one task behind a long one, never a second, and none where its time is not known', () => {
  check(
    { oneAhead: true, aheadUs: 1000 },
    `join 0               |
     submit 4 expected 50000 | w0+0,1
     end 0                | w0+2
     end 0                | w0+3
     end 0                |
     end 0                |
     submit 2             | w0+4
     end 0                | w0+5
     end 0                |`,
  );
});

test('aheadUs 0 and aheadMax 0 grant nothing ahead', () => {
  for (const options of [{ aheadUs: 0 }, { aheadMax: 0 }]) {
    check(
      options,
      `join 0              |
       submit 2 expected 1 | w0+0
       end 0               | w0+1`,
    );
  }
});

test('an idle worker goes before a busy one that is expected to be done at once', () => {
  check(
    {},
    `join 0              |
     join 1              |
     submit 1 expected 0 | w0+0
     submit 1 expected 0 | w1+1
     end 1               |
     submit 1 expected 0 | w1+2`,
  );
});

test('new work goes to idle workers first, to the one that has had the fewest tasks', () => {
  check(
    {},
    `join 0               |
     join 1               |
     submit 1 expected 50 | w0+0
     end 0                |
     submit 1 expected 10 | w1+1
     submit 1 expected 10 | w0+2
     submit 1 expected 10 | w1+3
     submit 1 expected 10 | w0+4`,
  );
});

test('tasks that come one by one keep what was said of each', () => {
  check(
    { graceMs: 10 },
    `join 0              |
     submit 1            | w0+0
     submit 1 timeout 50 |
     submit 1 timeout 70 |
     submit 1            |
     skip 2              |
     submit 1            |
     cancel-task 4       |
     end 0               | w0+1
     start 0             | wake 50
     end 0               | w0+2
     start 0             |
     at 50               | wake 70
     end 0               | w0+3
     start 0             |
     at 90               |
     end 0               | w0+6`,
  );
});
