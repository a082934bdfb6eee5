/** What is shown of a run, live or from a log: events in, plain data out. Pure, and the same in Node and in a browser. */
import { describeExit } from '../errors.js';
import type { SheafEvent, TaskEnded } from './events.js';
import { outcomes, Spans, type SpansJson } from './spans.js';
import type {
  EngineView,
  ExchangeView,
  FailureView,
  JobView,
  StageView,
  TaskView,
  Totals,
  WorkerView,
} from './view-types.js';

/** Failures that are kept: the first ones tell most, the latest are most asked for. */
const mostFailures = 200;
const mostJobs = 2000;
const mostMeasurements = 1200;
const sampleMs = 250;
/** The rate is that of the last seconds. */
const rateMs = 10_000;

/** A view as JSON. */
export interface RunJson extends Omit<Plain, never> {
  readonly spans: SpansJson;
}

interface Plain {
  origin: number;
  now: number;
  engines: EngineView[];
  jobs: JobView[];
  workers: WorkerView[];
  tasks: TaskView[];
  exchanges: ExchangeView[];
  failures: FailureView[];
  spills: [time: number, bytes: number][];
  totals: Totals;
}

export class RunView {
  /** ms since 1970 of the first event; all other times count from it. */
  origin = 0;
  /** Time of the latest event. */
  now = 0;
  readonly engines = new Map<number, EngineView>();
  readonly jobs = new Map<number, JobView>();
  /** In the order in which they were seen; tasks name them by their place here. */
  readonly workers: WorkerView[] = [];
  readonly tasks = new Map<number, TaskView>();
  readonly exchanges = new Map<string, ExchangeView>();
  readonly failures: FailureView[] = [];
  readonly spills: [number, number][] = [];
  spans = new Spans();
  totals: Totals = noTotals();
  /** Places of workers by `engine:worker`. */
  readonly #places = new Map<string, number>();

  apply(event: SheafEvent): void {
    if (this.origin === 0) this.origin = event.time;
    const time = event.time - this.origin;
    this.now = Math.max(this.now, time);
    switch (event.kind) {
      case 'engine-opened':
        this.engines.set(event.engine, {
          engine: event.engine,
          workers: event.workers,
          slots: event.slots,
          closed: false,
        });
        return;
      case 'engine-closed': {
        const engine = this.engines.get(event.engine);
        if (engine !== undefined) engine.closed = true;
        return;
      }
      case 'job-started':
        this.#jobStarted(event, time);
        return;
      case 'job-ended': {
        const job = this.jobs.get(event.job);
        if (job === undefined) return;
        this.totals.rowsDone += event.done - (job.done - job.before.done);
        job.done = job.before.done + event.done;
        job.failed = job.before.failed + event.failed;
        job.ended = time;
        job.outcome = event.outcome;
        job.cause = event.cause;
        return;
      }
      case 'stage-started': {
        const { stage, name, partitions, reads, writes } = event;
        const counts = { rowsIn: 0, rowsOut: 0, done: 0, cached: 0, recomputed: 0, ms: [], rows: [] };
        const open = { started: time, ended: undefined, outcome: undefined };
        this.jobs.get(event.job)?.stages.push({ stage, name, partitions, reads, writes, ...open, ...counts });
        return;
      }
      case 'stage-ended': {
        const stage = this.stage(event.job, event.stage);
        if (stage === undefined) return;
        stage.ended = time;
        stage.outcome = event.outcome;
        stage.rowsIn = event.rowsIn;
        stage.rowsOut = event.rowsOut;
        return;
      }
      case 'task-submitted': {
        const { task, engine, rows, firstIndex, attempt, cause, stage = -1 } = event;
        // A stage has a task for each partition, in their order.
        const partition = event.partition ?? (stage >= 0 && rows === 1 ? firstIndex : -1);
        const place = { worker: -1, sent: 0, submitted: time };
        this.tasks.set(task, {
          task,
          job: event.job,
          engine,
          stage,
          partition,
          rows,
          firstIndex,
          attempt,
          cause,
          ...place,
        });
        const job = this.jobs.get(event.job);
        if (job !== undefined) job.tasks.waiting++;
        return;
      }
      case 'task-sent': {
        const task = this.tasks.get(event.task);
        if (task === undefined) return;
        task.worker = this.#placeOf(event.engine, event.worker, time);
        task.sent = time;
        this.workers[task.worker]!.held.push(task.task);
        this.#count(task.job, -1, 1);
        return;
      }
      case 'task-moved': {
        this.totals.moved++;
        const task = this.tasks.get(event.task);
        if (task === undefined || task.worker < 0) return;
        this.#letGo(task);
        task.worker = -1;
        this.#count(task.job, 1, -1);
        return;
      }
      case 'task-progressed': {
        const job = this.jobs.get(event.job);
        if (job !== undefined) this.#advance(job, event.rows, time);
        return;
      }
      case 'task-ended':
        this.#taskEnded(event, time);
        return;
      case 'item-failed': {
        const job = this.jobs.get(event.job);
        if (event.again === undefined) {
          this.totals.rowsFailed++;
          if (job !== undefined) job.failed++;
        } else {
          this.totals.retries++;
          if (job !== undefined) job.retried++;
        }
        // The first half stays, of the rest the latest.
        if (this.failures.length >= mostFailures) this.failures.splice(mostFailures / 2, 1);
        const { index, item, attempt, worker, cause, again, stage } = event;
        this.failures.push({ job: event.job, stage, index, item, attempt, worker, cause, again, time });
        return;
      }
      case 'worker-started': {
        this.totals.workersStarted++;
        this.#worker(event.engine, event.worker, time, event);
        return;
      }
      case 'worker-ready': {
        const worker = this.workers[this.#placeOf(event.engine, event.worker, time)]!;
        worker.ready ??= time;
        worker.free = time;
        return;
      }
      case 'worker-ended': {
        const worker = this.workers[this.#placeOf(event.engine, event.worker, time)]!;
        worker.ended = time;
        worker.exit = describeExit(event.cause);
        worker.expected = event.expected;
        if (!event.expected) this.totals.workersLost++;
        return;
      }
      case 'worker-measured': {
        const { measured } = this.workers[this.#placeOf(event.engine, event.worker, time)]!;
        if (measured.time.length >= mostMeasurements)
          for (const list of Object.values(measured))
            list.splice(0, list.length, ...list.filter((_, i) => i % 2 === 1));
        measured.time.push(time);
        measured.memory.push(event.memory);
        measured.utilization.push(event.utilization);
        measured.delayMs.push(event.delayMs);
        return;
      }
      case 'partition-cached':
        return;
      case 'partition-read-from-cache': {
        const stage = this.stage(event.job, event.stage);
        if (stage !== undefined) stage.cached++;
        return;
      }
      case 'recomputed': {
        this.totals.recomputed++;
        const stage = this.stage(event.job, event.stage);
        if (stage !== undefined) stage.recomputed++;
        return;
      }
      case 'spill':
        this.totals.spills++;
        this.totals.spilledBytes += event.bytes;
        this.spills.push([time, this.totals.spilledBytes]);
        if (this.spills.length > mostMeasurements) this.spills.splice(0, 1);
        return;
      case 'exchange-written':
        this.#written(event);
        return;
      case 'exchange-read': {
        const exchange = this.#exchange(event.exchange, event.job);
        exchange.readRows += event.rows;
        exchange.readBytes += event.bytes;
        const stage = this.stage(event.job, event.stage);
        if (stage !== undefined) stage.rows[event.partition] = (stage.rows[event.partition] ?? 0) + event.rows;
        return;
      }
      case 'events-dropped':
        return;
    }
  }

  stage(job: number, stage: number): StageView | undefined {
    return this.jobs.get(job)?.stages.find((one) => one.stage === stage);
  }

  toJSON(): RunJson {
    const { origin, now, workers, failures, spills, totals, spans } = this;
    const [engines, jobs, tasks] = [[...this.engines.values()], [...this.jobs.values()], [...this.tasks.values()]];
    const exchanges = [...this.exchanges.values()];
    return { origin, now, engines, jobs, workers, tasks, exchanges, failures, spills, totals, spans: spans.toJSON() };
  }

  static from(json: RunJson): RunView {
    const view = new RunView();
    view.origin = json.origin;
    view.now = json.now;
    view.totals = json.totals;
    view.spans = Spans.from(json.spans);
    for (const one of json.engines) view.engines.set(one.engine, one);
    for (const one of json.jobs) view.jobs.set(one.job, one);
    for (const one of json.tasks) view.tasks.set(one.task, one);
    for (const one of json.exchanges) view.exchanges.set(one.exchange, one);
    for (const one of json.workers) {
      view.#places.set(`${one.engine}:${one.worker}`, view.workers.length);
      view.workers.push(one);
    }
    view.failures.push(...json.failures);
    view.spills.push(...json.spills);
    return view;
  }

  #jobStarted(event: Extract<SheafEvent, { kind: 'job-started' }>, time: number): void {
    const known = this.jobs.get(event.job);
    if (known !== undefined) {
      // Calls go on.
      known.before = { done: known.done, failed: known.failed };
      known.ended = known.outcome = undefined;
      return;
    }
    if (this.jobs.size >= mostJobs)
      for (const [id, job] of this.jobs)
        if (job.ended !== undefined) {
          this.jobs.delete(id);
          break;
        }
    const { job, engine, label, of, total, plan, cause } = event;
    this.jobs.set(job, {
      ...{ job, engine, label, of, total, plan, parent: cause?.job, started: time },
      ...{ ended: undefined, outcome: undefined, cause: undefined, done: 0, failed: 0, before: { done: 0, failed: 0 } },
      ...{ retried: 0, tasks: { waiting: 0, sent: 0, ended: 0, lost: 0 }, busyMs: 0, samples: [[time, 0]], stages: [] },
    });
  }

  #taskEnded(event: TaskEnded, time: number): void {
    this.totals.tasks[event.outcome] = (this.totals.tasks[event.outcome] ?? 0) + 1;
    const task = this.tasks.get(event.task);
    if (task === undefined) return;
    this.tasks.delete(event.task);
    const worker = this.workers[task.worker];
    if (worker !== undefined) this.#letGo(task);
    const job = this.jobs.get(event.job);
    const end = event.endedAt === undefined ? time : event.endedAt - this.origin;
    // Of a task that was interrupted, nobody knows when it began: not before the one before it had ended.
    const start =
      event.startedAt === undefined
        ? Math.min(end, Math.max(task.sent, worker?.free ?? 0))
        : event.startedAt - this.origin;
    const ms = worker === undefined ? 0 : Math.max(0, end - start);
    if (job !== undefined) {
      if (worker === undefined) job.tasks.waiting--;
      else job.tasks.sent--;
      job.tasks.ended++;
      if (event.outcome === 'worker-lost') job.tasks.lost++;
      job.busyMs += ms;
      this.#advance(job, event.rows, time);
      const stage = this.stage(event.job, task.stage);
      if (stage !== undefined && event.outcome === 'done') {
        stage.done++;
        if (task.partition >= 0) stage.ms[task.partition] = ms;
      }
    }
    if (worker === undefined) return;
    worker.tasks++;
    worker.rows += event.rows;
    worker.busyMs += ms;
    worker.free = end;
    this.totals.busyMs += ms;
    const { stage, partition, attempt } = task;
    this.spans.add({
      ...{ start, end, worker: task.worker, job: event.job, stage, partition, task: event.task, attempt },
      ...{ outcome: outcomes.indexOf(event.outcome), rows: event.rows, waitedMs: Math.max(0, start - task.submitted) },
    });
  }

  #advance(job: JobView, rows: number, time: number): void {
    // Its tasks' rows are partitions; of rows it tells at its end.
    if (job.of === 'action') return;
    job.done += rows;
    this.totals.rowsDone += rows;
    const { samples } = job;
    if (time - samples.at(-1)![0] < sampleMs) return;
    samples.push([time, job.done + job.failed]);
    while (samples.length > 2 && samples[1]![0] <= time - rateMs) samples.shift();
  }

  #written(event: Extract<SheafEvent, { kind: 'exchange-written' }>): void {
    const { partition, rows, bytes, from = -1 } = event;
    this.totals.exchangedBytes += bytes;
    this.totals.exchangedRows += rows;
    const exchange = this.#exchange(event.exchange, event.job);
    exchange.rows += rows;
    exchange.bytes += bytes;
    if (event.to === 'file') exchange.fileBytes += bytes;
    exchange.partitionRows[partition] = (exchange.partitionRows[partition] ?? 0) + rows;
    exchange.partitionBytes[partition] = (exchange.partitionBytes[partition] ?? 0) + bytes;
    exchange.cells[`${from},${partition}`] ??= [0, 0];
    const cell = exchange.cells[`${from},${partition}`]!;
    cell[0] += rows;
    cell[1] += bytes;
  }

  #exchange(id: string, job: number): ExchangeView {
    let exchange = this.exchanges.get(id);
    if (exchange === undefined) {
      const counts = { rows: 0, bytes: 0, fileBytes: 0, readRows: 0, readBytes: 0 };
      exchange = { exchange: id, job, ...counts, cells: {}, partitionRows: [], partitionBytes: [] };
      this.exchanges.set(id, exchange);
    }
    return exchange;
  }

  #count(job: number, waiting: number, sent: number): void {
    const tasks = this.jobs.get(job)?.tasks;
    if (tasks === undefined) return;
    tasks.waiting += waiting;
    tasks.sent += sent;
  }

  #letGo(task: TaskView): void {
    const { held } = this.workers[task.worker]!;
    const at = held.indexOf(task.task);
    if (at >= 0) held.splice(at, 1);
  }

  #placeOf(engine: number, worker: number, time: number): number {
    return this.#places.get(`${engine}:${worker}`) ?? this.#worker(engine, worker, time);
  }

  #worker(
    engine: number,
    worker: number,
    time: number,
    event?: Extract<SheafEvent, { kind: 'worker-started' }>,
  ): number {
    const place = this.workers.length;
    this.#places.set(`${engine}:${worker}`, place);
    const { is = worker === -1 ? ('caller' as const) : ('remote' as const), pid, host, cause } = event ?? {};
    this.workers.push({
      ...{
        engine,
        worker,
        is,
        pid,
        host,
        replaces: cause?.replaces,
        started: time,
        ready: worker === -1 ? time : undefined,
      },
      ...{ ended: undefined, exit: undefined, expected: false, tasks: 0, rows: 0, busyMs: 0, held: [], free: time },
      measured: { time: [], memory: [], utilization: [], delayMs: [] },
    });
    return place;
  }
}

function noTotals(): Totals {
  return {
    ...{
      rowsDone: 0,
      rowsFailed: 0,
      retries: 0,
      workersStarted: 0,
      workersLost: 0,
      moved: 0,
      spilledBytes: 0,
      spills: 0,
    },
    ...{ exchangedBytes: 0, exchangedRows: 0, recomputed: 0, busyMs: 0, tasks: {} },
  };
}
