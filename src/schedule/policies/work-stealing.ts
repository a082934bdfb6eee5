import type { Policy } from './policy.js';
import { placeInTurn } from './round-robin.js';

/**
 * Placed in turn, as by round-robin, but a worker with nothing to do takes the last task of the longest queue. Taking from the end leaves
 * the owner the tasks it would run next.
 */
export const workStealing: Policy = { name: 'work-stealing', place: placeInTurn, steal: true };
