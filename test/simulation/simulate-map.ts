/** Runs a whole map, as `pool.map` does, over the simulated engine of a seed: every item has the one end that it should have. */
import assert from 'node:assert/strict';
import type { JobSpec } from '../../src/engine/engine.js';
import { CancelledError, TimeoutError, taskOf, WorkerLostError } from '../../src/errors.js';
import type { PortableFunction } from '../../src/function/portable.js';
import { Job } from '../../src/job.js';
import { Cost } from '../../src/run/chunking.js';
import { MapRun } from '../../src/run/map.js';
import { audit } from './audit.js';
import { Clock } from './clock.js';
import { SimulatedEngine, simulatedFunction } from './engine.js';
import { type MapScenario, mapScenarioOf } from './map-scenario.js';
import { Random } from './random.js';

/** A lost item is tried again so often. */
const MORE_ATTEMPTS = 2;
/** Tasks under way for each slot, at most. */
const TASKS_PER_SLOT = 4;

/** How the map ended, and how many items ended in each way, as far as that is told. */
export type MapRunEnds = Readonly<Record<string, number>>;

/** Throws (rejects) at the first thing that must not be. Lines of the event log go to `log`. */
export async function simulateMap(seed: number, log?: (line: string) => void): Promise<MapRunEnds> {
  return new MapSimulation(seed, log).run();
}

class MapSimulation {
  readonly #scenario: MapScenario;
  readonly #clock = new Clock();
  readonly #engine: SimulatedEngine;
  readonly #job: Job<number>;
  readonly #ends: Record<string, number> = {};

  constructor(seed: number, log?: (line: string) => void) {
    this.#scenario = mapScenarioOf(seed);
    const tell = (line: () => string) => log?.(line());
    tell(() => JSON.stringify({ ...this.#scenario, items: this.#scenario.items.length }));
    const { slots, items } = this.#scenario;
    const random = new Random(seed ^ 0x5eed);
    this.#engine = new SimulatedEngine(this.#scenario, slots, items, this.#clock, random, tell);
    this.#job = this.#makeJob();
  }

  async run(): Promise<MapRunEnds> {
    const { cancelAt, deaths, items, slots } = this.#scenario;
    let end: { readonly problem?: unknown } | undefined;
    this.#use().then(
      () => {
        end = {};
      },
      (problem) => {
        end = { problem };
      },
    );
    if (cancelAt !== undefined) this.#clock.at(cancelAt, () => this.#job.cancel('enough'));
    for (const time of deaths) this.#clock.at(time, () => this.#engine.shell.killAny());
    const bound = 5000 + 300 * items.length;
    do {
      this.#engine.told = false;
      await turn();
      while (!this.#engine.told && this.#clock.step(bound)) {
        assert.ok(this.#engine.submitted.size <= slots * TASKS_PER_SLOT, 'too many tasks under way');
      }
    } while (this.#engine.told);
    assert.ok(end !== undefined, 'the job does not end');
    if ('problem' in end) throw end.problem;
    assert.equal(this.#engine.submitted.size, 0);
    this.#engine.shell.ledger.checkEnd();
    audit(this.#engine.shell.state);
    return this.#ends;
  }

  #makeJob(): Job<number> {
    const { ordered, chunkSize, timeoutMs, retries, largestFirst } = this.#scenario;
    const scope = new AbortController();
    const spec: JobSpec = {
      id: 0,
      fn: {} as PortableFunction,
      setup: undefined,
      program: { kind: 'map' },
      signal: scope.signal,
      priority: 0,
      timeoutMs,
      concurrency: 1,
      splits: chunkSize === undefined,
      allocation: undefined,
    };
    scope.signal.addEventListener('abort', () => this.#engine.cancel(spec));
    const map = {
      engine: this.#engine,
      job: spec,
      items: this.#input(),
      label: 'simulated',
      cost: new Cost(),
      chunkSize,
      retries: retries === 0 ? undefined : { times: retries },
      costOf: largestFirst ? (value: unknown) => ((value as number) * 37) % 101 : undefined,
      transfer: undefined,
      caller: { stack: '' },
      here: undefined,
    };
    return new Job<number>({
      label: 'simulated',
      ordered,
      into: undefined,
      signal: undefined,
      scope,
      progress: false,
      events: this.#engine.events,
      refused: undefined,
      start: (hooks) => new MapRun(map, hooks),
      over: () => {},
    });
  }

  #input(): Iterable<number> | AsyncIterable<number> {
    const { items, source } = this.#scenario;
    const values = items.map((_, index) => index * 7);
    if (source === 'array') return values;
    if (source === 'iterator') return values.values();
    const sleep = (ms: number) => this.#sleep(ms);
    return (async function* () {
      for (const value of values) {
        if (value % 3 === 0) await sleep((value % 5) / 10);
        yield value;
      }
    })();
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.after(ms, () => {
        this.#engine.told = true;
        resolve();
      });
    });
  }

  #use(): Promise<void> {
    const { use } = this.#scenario;
    if (use === 'await') return this.#await();
    return use === 'settled' ? this.#settle() : this.#iterate();
  }

  async #await(): Promise<void> {
    try {
      const results = await this.#job;
      const expected = this.#scenario.items.map((_, index) => simulatedFunction(index * 7));
      assert.deepEqual(results, expected);
      for (const index of results.keys()) this.#checkDone(index);
      this.#count('all done');
    } catch (error) {
      this.#checkError(error);
    }
  }

  async #settle(): Promise<void> {
    const results = await this.#job.settled();
    if (this.#scenario.cancelAt === undefined) assert.equal(results.length, this.#scenario.items.length);
    for (const [index, result] of results.entries()) {
      if (result.status === 'fulfilled') {
        assert.equal(result.value, simulatedFunction(index * 7), `result of item ${index}`);
        this.#checkDone(index);
        this.#count('done');
      } else this.#checkError(result.reason, index);
    }
  }

  async #iterate(): Promise<void> {
    const { leaveAfter, readerMs, ordered, items } = this.#scenario;
    const seen = new Set<number>();
    try {
      for await (const result of this.#job) {
        const index = (result - 1) / 14;
        assert.ok(Number.isInteger(index) && items[index] !== undefined, `a result that is none: ${result}`);
        assert.ok(!seen.has(index), `item ${index} comes twice`);
        if (ordered) assert.equal(index, seen.size, 'out of order');
        seen.add(index);
        this.#checkDone(index);
        this.#count('done');
        if (seen.size >= leaveAfter) return;
        if (readerMs > 0) await this.#sleep(readerMs);
      }
      assert.equal(seen.size, items.length, 'items are missing at the end');
      this.#count('all done');
    } catch (error) {
      this.#checkError(error);
    }
  }

  /** It can have succeeded. */
  #checkDone(index: number): void {
    const { items, retries } = this.#scenario;
    const { hangs, kills, throws } = items[index]!;
    const spared = kills <= MORE_ATTEMPTS || !this.#knowsCulprits();
    assert.ok(!hangs && spared && throws <= retries, `item ${index} has succeeded`);
  }

  /** Where a worker's last words may be late or lost, and it shares no memory, its death can be put down to the task before. */
  #knowsCulprits(): boolean {
    const { revokes, lastWords, endsAtOnce } = this.#scenario.machine;
    return revokes === 'shared' || (lastWords === 'heard' && endsAtOnce === 1);
  }

  /** The item can have failed so. */
  #checkError(error: unknown, place?: number): void {
    const { items, cancelAt, deaths, timeoutMs = 0, retries } = this.#scenario;
    if (error instanceof assert.AssertionError) throw error;
    this.#count((error as Error).name);
    if (error instanceof CancelledError) {
      assert.notEqual(cancelAt, undefined, 'cancelled by nobody');
      return;
    }
    const task = taskOf(error);
    assert.ok(task !== undefined, String(error));
    const { index, attempt } = task;
    if (place !== undefined) assert.equal(index, place, `the error of item ${place} is that of item ${index}`);
    const { hangs, kills, throws, ms } = items[index]!;
    if (error instanceof WorkerLostError) {
      // Where workers die by themselves, anyone can be the third time unlucky.
      const unlucky = deaths.length > 0 || !this.#knowsCulprits();
      // One that kills is suspected of the death that another item of its task has caused, where that is not known.
      const suspected = this.#scenario.machine.revokes === 'shared' ? 0 : 1;
      assert.ok(kills + suspected > MORE_ATTEMPTS || unlucky, `item ${index} is lost`);
      // It may have timed out as well, and been tried again for that.
      assert.ok(attempt > MORE_ATTEMPTS, `item ${index} was tried ${attempt} times`);
    } else if (error instanceof TimeoutError) {
      assert.ok(hangs || ms >= timeoutMs, `item ${index} has timed out`);
    } else {
      assert.ok(error instanceof RangeError && error.message === `item ${index}`, String(error));
      assert.ok(throws > retries, `item ${index} has failed`);
    }
  }

  #count(end: string): void {
    this.#ends[end] = (this.#ends[end] ?? 0) + 1;
  }
}

/** Lets everything happen that needs no time. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
