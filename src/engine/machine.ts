/** The engines of this machine, as people make them. */
import type { Allocation } from '../schedule/policy.js';
import { checkLocalOptions, checkNames, checkStorageOptions } from './check.js';
import type { Engine } from './engine.js';
import { withEnvironment } from './environment.js';
import type { ResourceLimits } from './local/channel.js';
import { LocalEngine } from './local/local.js';
import { processes } from './local/process.js';
import { sameThread } from './local/same-thread.js';
import { threads } from './local/thread.js';
import type { StorageOptions } from './storage.js';

/** Bound for the kind stop of workers when an engine closes, in ms: nothing is running then, but a user's exit handlers may. */
const closeMs = 5000;

/** Options of {@link local}. */
export interface LocalOptions extends StorageOptions {
  /** Default: as many as there are cores to use. */
  readonly workers?: number | undefined;
  /** Default `'thread'`. */
  readonly isolation?: 'thread' | 'process' | undefined;
  /** Default `'least-loaded'`. */
  readonly allocation?: Allocation | undefined;
  /** A worker is replaced by a fresh one after so many tasks. Default: never. */
  readonly maxTasksPerWorker?: number | undefined;
  /** Memory limits of one worker, in MiB. */
  readonly resourceLimits?: ResourceLimits | undefined;
  /** How long a worker has to stop what was cancelled or is past its time before it is replaced, in ms. Default 500. */
  readonly graceMs?: number | undefined;
}

const ofWorkers = ['workers', 'isolation', 'allocation', 'maxTasksPerWorker', 'resourceLimits', 'graceMs'];
const ofStorage = ['memory', 'scratch', 'exchange'];

/**
 * Workers on this machine: threads, or child processes. They start when there is work for them.
 *
 * @throws TypeError, RangeError for options of the wrong type or range
 */
export function local(given: LocalOptions = {}): Engine {
  checkLocalOptions(given);
  checkNames('local', given, [...ofWorkers, ...ofStorage]);
  const options = withEnvironment(given);
  const {
    workers,
    isolation = 'thread',
    allocation = 'least-loaded',
    maxTasksPerWorker,
    resourceLimits,
    graceMs = 500,
  } = options;
  return new LocalEngine({
    workers: workers ?? process.getBuiltinModule('node:os').availableParallelism(),
    allocation,
    graceMs,
    maxTasksPerWorker,
    closeMs,
    connect: isolation === 'process' ? processes(resourceLimits) : threads(resourceLimits),
    is: isolation,
    sharesMemory: isolation === 'thread',
    storage: storageOptions(options),
    clones: true,
  });
}

/** The calling thread itself. Everything still travels as bytes, as it would to a worker: for debugging, and for finding out what cannot travel. */
export function inline(options: StorageOptions = {}): Engine {
  checkStorageOptions(options);
  checkNames('inline', options, ofStorage);
  return new LocalEngine({
    workers: 1,
    allocation: 'least-loaded',
    graceMs: 500,
    maxTasksPerWorker: undefined,
    closeMs,
    connect: sameThread,
    is: 'caller',
    sharesMemory: true,
    storage: storageOptions(options),
    clones: false,
  });
}

function storageOptions({ memory, scratch, exchange }: StorageOptions): StorageOptions {
  return { memory, scratch, exchange };
}
