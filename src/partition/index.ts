/** Partitioners, as people make them. */
export { hash } from './hash.js';
export { range } from './range.js';
export { roundRobin } from './round-robin.js';
