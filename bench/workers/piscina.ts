import { move } from 'piscina';
import { makeTasks } from '../tasks.js';

// piscina finds a function among the file's named exports.
export const {
  noop,
  noopAsync,
  square,
  squareAll,
  squareMoved,
  countPrimes,
  countPrimesAll,
  sum,
  scale,
  scaleMoved,
  doubled,
  doubledMoved,
  rescore,
  rescoreAll,
} = makeTasks((xs) => move(xs));
