import { core } from '../core.js';
import type { Engine } from '../engine.js';
import { clusterOf } from './cluster.js';
import { checkRayOptions, type RayOptions } from './options.js';
import { placementOf } from './placement.js';
import { RayRoom } from './room.js';

/** Bound for the kind stop of workers when an engine closes, in ms. */
const closeMs = 5000;
/** A worker has so much work ahead of it, in µs: some times what a message takes to it and back. */
const aheadUs = 10_000;
/** Workers that have nothing to do leave their CPUs to others after so long, in ms. */
const defaultIdleMs = 10_000;
/** Taken for the number of workers while the cluster has not said how many it has room for. */
const guess = 4;

/**
 * Workers in a Ray cluster. The program itself runs on one of the cluster's nodes, and Python with Ray beside it.
 *
 * @example
 * await using pool = new Pool({ engine: ray({ address: 'auto' }) });
 * @throws TypeError, RangeError for options of the wrong type or range
 */
export function ray(options: RayOptions = {}): Engine {
  checkRayOptions(options);
  const { memory, scratch, exchange } = options;
  if (exchange === 'file' && scratch === undefined)
    throw new TypeError(
      "exchange: 'file' needs scratch on a cluster: the path of a folder that all of its nodes share.",
    );
  const { workers, resourceLimits, env = {}, allocation = 'least-loaded', maxTasksPerWorker, graceMs = 500 } = options;
  const { idleMs = defaultIdleMs } = options;
  const room = new RayRoom(() => clusterOf(options), placementOf(options), { resourceLimits, env }, idleMs);
  return new core.LocalEngine({
    get workers() {
      const most = room.capacity ?? workers ?? guess;
      return workers === undefined ? most : Math.min(workers, most);
    },
    allocation,
    graceMs,
    maxTasksPerWorker,
    closeMs,
    connect: room.connect,
    sharesMemory: false,
    clones: true,
    is: 'remote',
    storage: scratch === undefined ? { memory, exchange, apart: true, objects: room } : { memory, scratch, exchange },
    far: true,
    oneAhead: true,
    aheadUs,
    room,
  });
}
