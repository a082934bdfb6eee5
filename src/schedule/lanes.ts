/** Lanes: the policies in use, each with its queues. */
import { Heap } from './heap.js';
import { customPolicy } from './policies/custom.js';
import { leastLoaded } from './policies/least-loaded.js';
import { locality } from './policies/locality.js';
import type { Policy } from './policies/policy.js';
import { roundRobin } from './policies/round-robin.js';
import { workStealing } from './policies/work-stealing.js';
import { type Allocation, type AllocationName, allocationProblem } from './policy.js';
import { createQueue, longerBefore } from './queue.js';
import type { Lane, State } from './state.js';

const POLICIES: Readonly<Record<AllocationName, Policy>> = {
  'round-robin': roundRobin,
  'least-loaded': leastLoaded,
  'work-stealing': workStealing,
  locality,
};

/** A lane without work. Throws a `TypeError` if `allocation` is none. */
export function createLane(allocation: Allocation): Lane {
  const problem = allocationProblem(allocation);
  if (problem !== undefined) throw new TypeError(problem);
  const policy = typeof allocation === 'string' ? POLICIES[allocation] : customPolicy(allocation);
  const longest = new Heap(0, longerBefore);
  const lane = { policy, allocation, queues: new Set(), longest, changed: [], turn: undefined, live: 0 };
  return Object.assign(lane, { shared: createQueue(lane as unknown as Lane, undefined) }) as Lane;
}

/** The lane of a policy, made if it is not in use. */
export function laneFor(state: State, allocation: Allocation | undefined): Lane {
  if (allocation === undefined) return state.main;
  const known = state.laneOf.get(allocation);
  if (known !== undefined) return known;
  const lane = createLane(allocation);
  state.lanes.push(lane);
  state.laneOf.set(allocation, lane);
  return lane;
}

/** Forgets a policy object that has no work left: programs may make one for each job. */
export function dropLane(state: State, lane: Lane): void {
  if (lane === state.main || typeof lane.allocation === 'string') return;
  for (const queue of lane.queues) queue.owner!.queues.splice(queue.owner!.queues.indexOf(queue), 1);
  state.lanes.splice(state.lanes.indexOf(lane), 1);
  state.laneOf.delete(lane.allocation);
}
