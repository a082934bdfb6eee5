import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, Script } from './script.js';

test('a lost worker: what it ran is reported, what it had ahead goes to the front again', () => {
  check(
    {},
    `join 0                |
     join 1                |
     submit 6 expected 900 | w0+0 w1+1 w0+2 w1+3 w0+4 w1+5
     submit 2 expected 900 |
     lose 0                | 0 lost
     end 0 0               |
     end 1                 | w1+2
     lose 1                | 3 lost
     join 2                | w2+5 w2+2 w2+4`,
  );
});

test('what was placed with a lost worker goes to the others', () => {
  check(
    { allocation: 'round-robin' },
    `join 0   |
     join 1   |
     join 2   |
     submit 9 | w0+0 w1+1 w2+2
     lose 0   | 0 lost
     end 1    | w1+3
     end 1    | w1+4
     end 1    | w1+6
     end 1    | w1+7
     end 2    | w2+5
     end 2    | w2+8`,
  );
});

test('an idle worker is lost, and another joins', () => {
  check(
    {},
    `join 0   |
     join 1   |
     submit 1 | w0+0
     lose 1   |
     submit 1 |
     join 2   | w2+1`,
  );
});

test('a time-out: interrupted at the bound, replaced after the grace, what was ahead is run elsewhere', () => {
  check(
    { graceMs: 100 },
    `join 0                           |
     submit 3 timeout 50 expected 10  | w0+0,1,2
     start 0                          | wake 50
     at 49                            | wake 50
     at 50                            | w0!0 timeout wake 150
     at 149                           | wake 150
     at 150                           | 0 timed out kill w0
     end 0                            |
     join 1                           |
     lose 0                           | w1+1,2`,
  );
});

test('a time-out whose task ends within the grace is not reported', () => {
  check(
    { graceMs: 100 },
    `join 0              |
     submit 2 timeout 50 | w0+0
     start 0             | wake 50
     at 50               | w0!0 timeout wake 150
     end 0               | w0+1
     at 150              |`,
  );
});

test('the bound counts anew from the start of each row, also of one that came after the interrupt was sent', () => {
  check(
    { graceMs: 100 },
    `join 0              |
     submit 1 timeout 50 | w0+0
     start 0             | wake 50
     at 40               | wake 50
     start 0             |
     at 60               | wake 90
     at 90               | w0!0 timeout wake 190
     start 0             | wake 140
     at 139              | wake 140
     at 140              | w0!0 timeout wake 240
     lose 0              | 0 timed out`,
  );
});

test('the time in the queue and ahead of the start does not count', () => {
  check(
    {},
    `join 0              |
     submit 1 timeout 50 | w0+0
     at 1000             |
     start 0             | wake 1050
     end 0               |
     at 1050             |`,
  );
});

test('cancelling a job: what waits is over, what was ahead is asked back, what runs is interrupted', () => {
  check(
    { graceMs: 100 },
    `join 0                      |
     join 1                      |
     submit 8 job 1 expected 900 | w0+0 w1+1 w0+2 w1+3 w0+4 w1+5
     submit 3 job 2              |
     cancel 1                    | 6,7 cancelled w1-5? w0-4? w1-3? w0-2? w1!1 cancelled w0!0 cancelled wake 100
     cancel 1                    |
     revoked 1 5                 | 5 cancelled
     revoked 1 3                 | 3 cancelled
     end 1                       | w1+8
     revoked 0 4                 | 4 cancelled
     kept 0 2                    | w0!2 cancelled
     at 30                       | wake 100
     end 0                       |
     at 100                      | wake 130
     at 130                      | 2 cancelled kill w0
     end 0                       |
     lose 0                      |`,
  );
});

test('cancelling single tasks', () => {
  check(
    { graceMs: 100 },
    `join 0        |
     submit 6      | w0+0
     cancel-task 2 | 2 cancelled
     cancel-task 2 |
     cancel-task 5 | 5 cancelled
     end 0         | w0+1
     cancel-task 0 |
     end 0         | w0+3
     cancel-task 3 | w0!3 cancelled wake 100
     end 0         | w0+4
     end 0         |
     cancel-task 4 |`,
  );
});

test('cancelled while it is asked back for an idle worker', () => {
  check(
    { graceMs: 100 },
    `join 0                |
     submit 4 expected 100 | w0+0,1,2,3
     join 1                | w0-3?
     cancel-task 3         | w0-2?
     cancel-task 2         | w0-1?
     revoked 0             | 3 cancelled
     end 0                 |
     kept 0 1              |
     kept 0 2              | w0!2 cancelled
     end 0                 | wake 100
     end 0                 |`,
  );
});

test('cancelled while ahead, and then begun by a worker too busy with it to answer', () => {
  check(
    { graceMs: 100 },
    `join 0                |
     submit 2 expected 100 | w0+0,1
     cancel-task 1         | w0-1?
     end 0                 | w0!1 cancelled wake 100
     at 100                | 1 cancelled kill w0`,
  );
});

test('a cancelled task of a lost worker is cancelled, not lost', () => {
  check(
    {},
    `join 0                |
     submit 3 expected 100 | w0+0,1,2
     cancel-task 0         | w0!0 cancelled wake 100
     cancel-task 1         | w0-1?
     lose 0                | 1 cancelled 0 cancelled
     join 1                | w1+2`,
  );
});

test('cancelled while the end of the task before is on its way', () => {
  check(
    { graceMs: 100 },
    `join 0                           |
     submit 3 timeout 500 expected 10 | w0+0,1,2
     start 0 0                        | wake 500
     start 0 1                        |
     cancel 1                         | w0-2? w0!1 cancelled wake 100
     revoked 0                        | 2 cancelled
     end 0 0                          |
     at 100                           | 1 cancelled kill w0`,
  );
});

test('cancelled while its rows go on: each that begins leaves the grace as it was', () => {
  check(
    {},
    `join 0              |
     submit 1 timeout 50 | w0+0
     start 0             | wake 50
     cancel-task 0       | w0!0 cancelled
     at 60               | wake 100
     start 0             |
     at 99               | wake 100
     start 0             |
     at 100              | 0 cancelled kill w0`,
  );
});

test('cancelled again', () => {
  check(
    { graceMs: 100 },
    `join 0                |
     submit 3 expected 100 | w0+0,1,2
     cancel-task 1         | w0-1?
     cancel-task 1         |
     kept 0                | w0!1 cancelled
     cancel-task 1         |
     end 0                 | wake 100
     cancel-task 1         |
     end 0                 |`,
  );
});

test('cancelled during the grace of a time-out', () => {
  check(
    { graceMs: 100 },
    `join 0              |
     submit 1 timeout 50 | w0+0
     start 0             | wake 50
     at 50               | w0!0 timeout wake 150
     cancel-task 0       |
     start 0             | w0!0 cancelled
     at 150              | 0 cancelled kill w0`,
  );
});

test('a worker is retired when it has had its tasks', () => {
  check(
    { maxTasksPerWorker: 2 },
    `join 0                        |
     join 1                        |
     submit 8 policy round-robin   | w0+0 w1+1
     end 0                         | w0+2
     end 0                         | retire w0
     end 1                         | w1+3
     lose 0                        |
     join 2                        | w2+5
     end 1                         | retire w1
     end 2                         | w2+7
     end 2                         | retire w2
     lose 1                        |
     lose 2                        |
     join 3                        | w3+4
     end 3                         | w3+6
     end 3                         | retire w3`,
  );
});

test('a task that was taken back does not count for the worker', () => {
  check(
    { maxTasksPerWorker: 3 },
    `join 0               |
     submit 2 expected 10 | w0+0,1
     join 1               | w0-1?
     revoked 0            | w1+1
     end 0                |
     submit 3 expected 10 | w0+2 w1+3 w0+4`,
  );
});

test('what is late is ignored', () => {
  check(
    {},
    `join 0    |
     submit 2  | w0+0
     end 0     | w0+1
     end 0 0   |
     start 0 0 |
     kept 0 0  |
     lose 0    | 1 lost
     end 0 1   |
     start 0 1 |
     lose 0    |
     cancel 1  |
     cancel 77 |
     at 5      |`,
  );
});

test('what cannot be throws, with the story of the task', () => {
  const before = ['join 0', 'join 1', 'submit 4 job 9 expected 1900', 'cancel-task 2'];
  for (const [event, story] of [
    [
      'end 1 0',
      /"ended","worker":1,"task":0.*Task 0 was submitted at 0 in 0 to 4 \(job 9\); granted to worker 0 at 0; begun\./,
    ],
    ['end 0 3', /granted to worker 1 at 0; number 1 behind the running task/],
    ['revoked 0 0', /granted to worker 0 at 0; begun/],
    ['end 1 2', /number 1 behind the running task; a revoke is not answered; cancelled/],
    ['end 0 4', /Task 4 was never submitted; the next one would be 4/],
    ['end 2 0', /Worker 2 has never joined/],
    ['lose 2', /Worker 2 has never joined/],
    ['join 1', /Worker 1 has joined already/],
    ['cancel-task 4', /never submitted/],
  ] as const) {
    const script = new Script({});
    for (const one of before) script.send(one);
    assert.throws(() => script.send(event), story, event);
  }
});

test('a task that waits cannot end', () => {
  const script = new Script({});
  for (const one of ['join 0', 'submit 2']) script.send(one);
  assert.throws(() => script.send('end 0 1'), /it waits in a queue/);
});
