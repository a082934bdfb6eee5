import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Allocation, AllocationPolicy } from '../../src/schedule/policy.js';
import { check, compare, trimmed } from './script.js';

/** A policy of a user's: tasks go by their number, nobody takes from another. */
const oddEven: AllocationPolicy = {
  name: 'odd-even',
  place: ({ task }, workers) => workers[task % 2]!.id,
};

const ALL: readonly Allocation[] = ['round-robin', 'least-loaded', 'work-stealing', 'locality', oddEven];

test('where each policy places the same tasks, of which nobody knows how long they take', () => {
  const events = `
    join 0
    join 1
    join 2
    submit 4
    submit 2 prefer 2
    submit 1 prefer 1,2
    end 0
    end 0
    end 2
    end 2
    end 1
    lose 1
    end 0
    end 2
    end 0
    end 2`;
  // Worker 1 is slow, and lost in the end. Under round-robin and odd-even what was placed with it waits for it.
  const table = `
    event               | round-robin    | least-loaded   | work-stealing  | locality       | odd-even
    join 0              |                |                |                |                |
    join 1              |                |                |                |                |
    join 2              |                |                |                |                |
    submit 4            | w0+0 w1+1 w2+2 | w0+0 w1+1 w2+2 | w0+0 w1+1 w2+2 | w0+0 w1+1 w2+2 | w0+0 w1+1
    submit 2 prefer 2   |                |                |                |                |
    submit 1 prefer 1,2 |                |                |                |                |
    end 0               | w0+3           | w0+3           | w0+3           | w0+3           | w0+2
    end 0               | w0+6           | w0+4           | w0+6           | w0+5           | w0+4
    end 2               | w2+5           | w2+5           | w2+5           | w2+4           |
    end 2               |                | w2+6           | w2+4           | w2+6           |
    end 1               | w1+4           |                |                |                | w1+3
    lose 1              | 4 lost         |                |                |                | 3 lost w2+5
    end 0               |                |                |                |                | w0+6
    end 2               |                |                |                |                |
    end 0               |                |                |                |                |
    end 2               |                |                |                |                |`;
  assert.deepEqual(trimmed(compare({}, ALL, events)), trimmed(table));
});

test('where each policy places tasks that are known to be short', () => {
  const events = `
    join 0
    join 1
    submit 6 expected 900
    submit 1 expected 900 prefer 0
    end 0
    end 0
    end 0
    end 0
    revoked 1
    end 0
    end 1
    kept 1
    end 1`;
  // Worker 1 is slow. What it was granted ahead is taken back for worker 0 where the policy promises that nobody idles.
  const table = `
    event                          | round-robin                   | least-loaded                  | work-stealing                 | locality
    join 0                         |                               |                               |                               |
    join 1                         |                               |                               |                               |
    submit 6 expected 900          | w0+0 w1+1 w0+2 w0+4 w1+3 w1+5 | w0+0 w1+1 w0+2 w1+3 w0+4 w1+5 | w0+0 w1+1 w0+2 w0+4 w1+3 w1+5 | w0+0 w1+1 w0+2 w1+3 w0+4 w1+5
    submit 1 expected 900 prefer 0 |                               |                               |                               |
    end 0                          | w0+6                          | w0+6                          | w0+6                          | w0+6
    end 0                          |                               |                               |                               |
    end 0                          |                               |                               |                               |
    end 0                          |                               | w1-5?                         | w1-5?                         | w1-5?
    revoked 1                      |                               | w0+5                          | w0+5                          | w0+5
    end 0                          |                               | w1-3?                         | w1-3?                         | w1-3?
    end 1                          |                               |                               |                               |
    kept 1                         |                               |                               |                               |
    end 1                          |                               |                               |                               |`;
  assert.deepEqual(trimmed(compare({ aheadUs: 2000 }, ALL.slice(0, 4), events)), trimmed(table));
});

test('round-robin deals a submission out task by task, and goes on where it stopped', () => {
  check(
    { allocation: 'round-robin' },
    `join 0   |
     join 1   |
     join 2   |
     submit 5 | w0+0 w1+1 w2+2
     submit 4 |
     end 0    | w0+3
     end 0    | w0+6
     end 0    |
     end 1    | w1+4
     end 1    | w1+7
     end 2    | w2+5
     end 2    | w2+8`,
  );
});

test('locality takes the first preferred worker that is idle, else the first that is there', () => {
  check(
    { allocation: 'locality' },
    `join 0              |
     join 1              |
     join 2              |
     submit 1 prefer 1,0 | w1+0
     submit 1 prefer 1,2 | w2+1
     submit 1            | w0+2
     submit 1 prefer 9,2 |
     submit 1 prefer 2,1 |
     submit 1 prefer 9   |
     end 2               | w2+3
     end 2               | w2+4
     end 1               | w1+5`,
  );
});

test('what was submitted while there was no worker goes to whoever is free', () => {
  const events = `
    submit 3
    join 0
    submit 2
    join 1
    end 0
    lose 0
    lose 1
    submit 1
    join 2
    join 3`;
  const table = `
    event    | round-robin   | work-stealing | locality
    submit 3 |               |               |
    join 0   | w0+0          | w0+0          | w0+0
    submit 2 |               |               |
    join 1   | w1+1          | w1+1          | w1+1
    end 0    | w0+2          | w0+2          | w0+2
    lose 0   | 2 lost        | 2 lost        | 2 lost
    lose 1   | 1 lost        | 1 lost        | 1 lost
    submit 1 |               |               |
    join 2   | w2+3          | w2+3          | w2+3
    join 3   | w3+4          | w3+4          | w3+4`;
  assert.deepEqual(squeezed(compare({}, ['round-robin', 'work-stealing', 'locality'], events)), squeezed(table));
});

/** Lines without the padding of their cells. */
function squeezed(table: string): string[] {
  return trimmed(table).map((line) => line.replace(/ +/g, ' '));
}
