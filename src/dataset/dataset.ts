import { resolve } from 'node:path';
import { show } from '../engine/check.js';
import { openDoorsOf } from '../function/stack.js';
import type { PlanNode } from '../plan/node.js';
import { node } from '../plan/node.js';
import { Actions } from './actions.js';
import { type Planned, planned } from './base.js';
import { explain, release } from './perform.js';
import { Writer } from './writer.js';

/**
 * A collection of rows in partitions, on which many workers work at once. Lazy: operators make a plan, actions run it. Immutable: an
 * operator gives another dataset. A function given to an operator is captured, and its variables copied, at the call of the operator.
 *
 * A dataset is five things: its partitions, how each is made of others, on which others it depends, how its keys are placed, and where its
 * rows are best made. Every operator is made of these.
 */
export class Dataset<T> extends Actions<T> {
  /** Writes the rows to files, one for each partition. See {@link Writer}. */
  get write(): Writer<T> {
    return new Writer(this);
  }

  /**
   * Keeps the rows, when they are first made, for later actions: where they were made, in memory, past its bound in files. A worker that has
   * made or read a partition keeps its rows at hand for functions that change none of what they are given, as far as their text tells.
   *
   * @example
   * const points = Dataset.csv('points.csv').map(toPoint).cache();
   * for (let pass = 0; pass < 20; pass++) weights = await points.aggregate(zeros, add(weights), merge); // reads the file once
   */
  cache(): Dataset<T> {
    return this.derive(node({ kind: 'cache', input: this[planned].plan }));
  }

  /**
   * Frees the memory and the files of what `cache()` has kept; to be called on what that gave. An action that still uses the dataset makes the
   * rows again, and keeps them again. It need not be called: what is kept is freed, too, when nothing refers to the dataset any more.
   *
   * @example
   * const points = Dataset.csv('points.csv').map(toPoint).cache();
   * const center = await points.reduce(middle);
   * points.uncache(); // the program goes on, with more memory
   */
  uncache(): this {
    if (this[planned].plan.kind !== 'cache')
      throw new TypeError('uncache: this dataset keeps nothing. Call it on the dataset that cache() gave.');
    release(this[planned]);
    return this;
  }

  /**
   * Keeps the rows in a folder, which survives the process: a second run of the same program begins there. A folder that holds the rows of
   * another plan is refused.
   *
   * @throws ExchangeError in the action
   */
  checkpoint(dir: string): Dataset<T> {
    if (typeof dir !== 'string' || dir === '')
      throw new TypeError(`checkpoint takes the path of a folder, not ${show(dir)}.`);
    return this.derive(node({ kind: 'checkpoint', input: this[planned].plan, dir: resolve(dir) }));
  }

  /** The stages of the plan, what moves between them, and why; nothing runs. */
  explain(): string {
    return explain(this[planned]);
  }

  protected derive<U>(plan: PlanNode, other?: Planned): Dataset<U> {
    return new Dataset<U>({ plan, engine: other === undefined ? this[planned].engine : other.engine });
  }
}

// The name that users see; a bundler makes another one of a class that mentions itself.
Object.defineProperty(Dataset, 'name', { value: 'Dataset' });
openDoorsOf(Dataset);
