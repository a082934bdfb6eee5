import { test } from 'node:test';
import { check } from './script.js';

test('an idle worker gets what waits behind a running task', () => {
  check(
    {},
    `join 0                |
     submit 4 expected 100 | w0+0,1,2,3
     join 1                | w0-3?
     revoked 0             | w1+3
     end 1                 | w0-2?
     end 0                 |
     end 0                 |
     kept 0                |
     end 0                 |`,
  );
});

test('one task at a time is asked for an idle worker, from the most loaded worker', () => {
  check(
    {},
    `join 0                |
     join 1                |
     submit 6 expected 100 | w0+0 w1+1 w0+2 w1+3 w0+4 w1+5
     end 1                 |
     join 2                | w0-4?
     join 3                | w0-2?
     join 4                | w1-5?
     join 5                |
     kept 1 5              |
     revoked 0             | w2+4
     revoked 0             | w3+2`,
  );
});

test('a worker that kept a task is asked again only for what it is granted later', () => {
  check(
    {},
    `join 0                |
     submit 3 expected 100 | w0+0,1,2
     join 1                | w0-2?
     kept 0                |
     join 2                |
     submit 4 expected 100 | w1+3 w2+4 w1+5 w2+6
     join 3                | w1-5?`,
  );
});

test('what was taken back goes before what waits', () => {
  check(
    {},
    `join 0                |
     submit 3 expected 100 | w0+0,1,2
     join 1                | w0-2?
     submit 9              | w1+3
     revoked 0             | w0+2
     end 1                 | w1+4`,
  );
});

test('nothing is taken back under round-robin', () => {
  check(
    { allocation: 'round-robin' },
    `join 0                |
     submit 3 expected 100 | w0+0,1,2
     join 1                |`,
  );
});

test('the answer of a lost worker is not waited for', () => {
  check(
    {},
    `join 0                |
     join 1                |
     submit 3 expected 100 | w0+0 w1+1 w0+2
     end 1                 | w0-2?
     lose 0                | 0 lost w1+2
     kept 0                |`,
  );
});
