/** All cases, in the order of the table. */
import type { AnyCase } from './case.js';
import arrays from './workloads/arrays.js';
import allocation from './workloads/choosing/allocation.js';
import chunks from './workloads/choosing/chunks.js';
import exchange from './workloads/choosing/exchange.js';
import isolation from './workloads/choosing/isolation.js';
import partitioning from './workloads/choosing/partitioning.js';
import dispatch from './workloads/dispatch.js';
import even from './workloads/even.js';
import growth, { type GrowthCase } from './workloads/growth.js';
import growthDataset from './workloads/growth-dataset.js';
import objects from './workloads/objects.js';
import regression from './workloads/regression.js';
import sort from './workloads/sort.js';
import squares from './workloads/squares.js';
import startUp from './workloads/start-up.js';
import tables from './workloads/tables.js';
import uneven from './workloads/uneven.js';
import words from './workloads/words.js';

export const comparisons: readonly AnyCase[] = [
  ...squares,
  ...even,
  ...uneven,
  ...arrays,
  ...objects,
  ...dispatch,
  ...startUp,
  ...words,
  ...sort,
  ...tables,
  ...regression,
];

/** Ways of doing the same with Sheaf, beside each other: what to choose when. On demand only. */
export const choices: readonly AnyCase[] = [...allocation, ...chunks, ...partitioning, ...exchange, ...isolation];

/** Each measured at many sizes, in a table of its own. */
export const growths: readonly GrowthCase[] = [...growth, ...growthDataset];

export function caseOf(id: string): AnyCase {
  const found = [...comparisons, ...choices, ...growths.map((growth) => growth.case)].find((case_) => case_.id === id);
  if (found === undefined) throw new Error(`There is no case ${id}.`);
  return found;
}
