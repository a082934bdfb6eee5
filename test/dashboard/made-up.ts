/** Events of runs that nobody ran: of any size, the same each time. */
import type { SheafEvent } from 'sheaf';

type Told = SheafEvent extends infer E ? (E extends SheafEvent ? Omit<E, 'time' | 'engine'> : never) : never;

const origin = Date.UTC(2026, 0, 5, 9, 0, 0);

class Writer {
  readonly events: SheafEvent[] = [];

  tell(at: number, event: Told): void {
    this.events.push({ ...event, engine: 0, time: origin + at } as SheafEvent);
  }
}

/** Numbers that look like chance, from a seed. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/** A map of many small tasks on several workers. */
export function manyTasks(tasks: number, workers: number): SheafEvent[] {
  const writer = new Writer();
  const random = chance(7);
  writer.tell(0, { kind: 'engine-opened', workers: 'thread', slots: workers, pid: 1, node: '22.0.0' });
  for (let worker = 0; worker < workers; worker++) {
    writer.tell(0, { kind: 'worker-started', worker, is: 'thread' });
    writer.tell(0, { kind: 'worker-ready', worker });
  }
  writer.tell(0, { kind: 'job-started', job: 0, label: 'many', of: 'map', total: tasks });
  const free = new Array<number>(workers).fill(1);
  for (let task = 0; task < tasks; task++) {
    const worker = task % workers;
    const at = { job: 0, task, attempt: 1 };
    const startedAt = free[worker]!;
    const endedAt = startedAt + 0.2 + random() * 4;
    free[worker] = endedAt + random() * 0.3;
    writer.tell(startedAt - 0.1, { kind: 'task-submitted', ...at, rows: 1, firstIndex: task });
    writer.tell(startedAt - 0.05, { kind: 'task-sent', ...at, worker });
    const bad = task % 9973 === 9972;
    const [outcome, rows, failures] = bad ? (['threw', 0, 1] as const) : (['done', 1, 0] as const);
    writer.tell(endedAt, {
      kind: 'task-ended',
      ...at,
      worker,
      outcome,
      rows,
      failures,
      startedAt: origin + startedAt,
      endedAt: origin + endedAt,
    });
  }
  writer.tell(Math.max(...free), { kind: 'job-ended', job: 0, outcome: 'done', done: tasks, failed: 0 });
  return writer.events.sort((a, b) => a.time - b.time);
}

/** An action of a dataset: two sources joined, one partition far larger than the rest; spills, a cache and a lost worker. */
export function join(partitions = 16): SheafEvent[] {
  const writer = new Writer();
  const random = chance(3);
  writer.tell(0, { kind: 'engine-opened', workers: 'process', slots: 4, pid: 1, node: '22.0.0' });
  for (let worker = 0; worker < 4; worker++) {
    writer.tell(5, { kind: 'worker-started', worker, is: 'process', pid: 100 + worker });
    writer.tell(60, { kind: 'worker-ready', worker });
  }
  const plan =
    'stage 0: text logs/*.txt, keyBy\nstage 1: csv users.csv, keyBy\nstage 2: join, reduceByKey\nstage 3: sortBy';
  writer.tell(60, { kind: 'job-started', job: 1, label: 'join and sort', of: 'action', plan });
  const stages = [
    { stage: 0, name: 'text → keyBy', reads: [], writes: 'x0' },
    { stage: 1, name: 'csv → keyBy', reads: [], writes: 'x1' },
    { stage: 2, name: 'join → reduceByKey', reads: ['x0', 'x1'], writes: 'x2' },
    { stage: 3, name: 'sortBy', reads: ['x2'] },
  ];
  let task = 0;
  let now = 60;
  for (const { stage, name, reads, writes } of stages) {
    writer.tell(now, {
      kind: 'stage-started',
      job: 1,
      stage,
      name,
      partitions,
      reads,
      ...(writes === undefined ? {} : { writes }),
    });
    const free = [now, now, now, now];
    let rowsOut = 0;
    for (let partition = 0; partition < partitions; partition++) {
      const worker = free.indexOf(Math.min(...free));
      const heavy = stage === 2 && partition === 5 ? 6 : 1;
      const at = { job: 1, stage, partition, task: task++, attempt: 1 };
      const startedAt = free[worker]!;
      const endedAt = startedAt + (40 + random() * 40) * heavy;
      free[worker] = endedAt;
      const rows = Math.round((9000 + random() * 2000) * heavy);
      rowsOut += rows;
      writer.tell(now, { kind: 'task-submitted', ...at, rows: 1, firstIndex: partition });
      writer.tell(startedAt, { kind: 'task-sent', ...at, worker });
      for (const exchange of reads)
        writer.tell(startedAt + 1, {
          kind: 'exchange-read',
          job: 1,
          exchange,
          stage,
          partition,
          rows,
          bytes: rows * 40,
        });
      if (writes !== undefined)
        for (let to = 0; to < partitions; to++) {
          const part = Math.round((rows / partitions) * (to === 5 ? 5 : 0.7 + random() * 0.4));
          writer.tell(endedAt, {
            kind: 'exchange-written',
            job: 1,
            exchange: writes,
            stage,
            from: partition,
            partition: to,
            rows: part,
            bytes: part * 40,
            to: stage === 0 && partition > 11 ? 'file' : 'memory',
          });
        }
      if (stage === 2 && partition > 8)
        writer.tell(endedAt, { kind: 'spill', job: 1, stage, partition, bytes: 8 * 2 ** 20, file: `run-${partition}` });
      writer.tell(endedAt, {
        kind: 'task-ended',
        ...at,
        worker,
        outcome: 'done',
        rows: 1,
        failures: 0,
        startedAt: origin + startedAt,
        endedAt: origin + endedAt,
      });
    }
    now = Math.max(...free);
    for (let at = now - 200; at < now; at += 50)
      for (let worker = -1; worker < 4; worker++)
        writer.tell(at, {
          kind: 'worker-measured',
          worker,
          memory: (60 + stage * 30 + random() * 20) * 2 ** 20,
          utilization: 0.5 + random() / 2,
          delayMs: random() * 30,
        });
    writer.tell(now, { kind: 'stage-ended', job: 1, stage, outcome: 'done', rowsIn: rowsOut, rowsOut });
  }
  writer.tell(now, { kind: 'job-ended', job: 1, outcome: 'done', done: partitions * 4, failed: 0 });
  writer.tell(now, {
    kind: 'worker-ended',
    worker: 3,
    cause: { how: 'killed', signal: 'SIGKILL' },
    expected: false,
    tasks: 0,
  });
  writer.tell(now + 5, { kind: 'worker-started', worker: 4, is: 'process', pid: 104, cause: { replaces: 3 } });
  const cause = {
    name: 'RangeError',
    message: 'no such user: 4711',
    stack: 'RangeError: no such user: 4711\n    at find (users.ts:12:9)',
  };
  writer.tell(now + 6, {
    kind: 'item-failed',
    job: 1,
    index: 4711,
    item: "{ id: 4711, name: 'x' }",
    attempt: 1,
    worker: 2,
    cause,
    again: 0,
  });
  return writer.events.sort((a, b) => a.time - b.time);
}
