import { openDoors } from '../function/stack.js';
import type { Dataset as Rows } from './dataset.js';
import { csv, json, of, parquet, range, sql, text } from './sources.js';

/**
 * A collection of rows in partitions, on which many workers work at once; its sources, such as `Dataset.of` and `Dataset.text`, are functions
 * of the value of the same name.
 *
 * Lazy: operators make a plan, actions run it. Immutable: an operator gives another dataset. A function given to an operator is captured,
 * and its variables copied, at the call of the operator; what it captures and cannot travel is refused there, by a `CaptureError`.
 * Errors of the functions themselves arrive as they were thrown, from the action, and `taskOf` tells which row they are of.
 *
 * @interface
 */
export type Dataset<T> = Rows<T>;

/**
 * Sources of datasets: collections of rows in partitions, on which all workers work at once. A source checks its arguments (`TypeError`,
 * `RangeError`) and reads nothing; files are looked at when an action runs, which rejects where none match or one cannot be read.
 *
 * @namespace
 */
export const Dataset = {
  /**
   * The rows of an array or another iterable. They are copied when an action runs.
   *
   * @example
   * await Dataset.of([1, 2, 3]).map((x) => x * 2).collect(); // [2, 4, 6]
   *
   * @function
   */
  of,
  /**
   * Numbers from `start` on and before `end`, `step` apart.
   *
   * @example
   * await Dataset.range(0, 1_000_000).filter((x) => x % 7 === 0).count();
   *
   * @function
   */
  range,
  /**
   * Lines of text files, without line ends, in the order of the files' paths; large files are read by all workers at once.
   *
   * @example
   * await Dataset.text('logs/today.log').filter((line) => line.includes('ERROR')).count();
   *
   * @function
   */
  text,
  /**
   * Values of JSON files: one for each line of JSON Lines (or over several lines), and the elements of arrays.
   *
   * @example
   * const slow = Dataset.json<{ ms: number }>('logs/today.jsonl').filter((row) => row.ms > 1000);
   *
   * @function
   */
  json,
  /**
   * Rows of CSV files with a header, as objects. A column is numbers only if each of its values reads back as the same text; an empty field
   * is `null`.
   *
   * @example
   * const total = await Dataset.csv<{ id: number; v: number }>('rows.csv').map((row) => row.v).sum();
   *
   * @function
   */
  csv,
  /**
   * Rows of Parquet files, as objects; large files are read by all workers at once. Needs the package @duckdb/node-api. Dates and times are
   * `Date`s; whole numbers of 64 bits are numbers, or bigints if asked for.
   *
   * @example
   * const delays = Dataset.parquet<{ origin: string; delay: number }>('flights.parquet', { columns: ['origin', 'delay'] });
   *
   * @function
   */
  parquet,
  /**
   * The rows of a query that DuckDB answers, as objects: what is relational goes to the engine made for it. Needs the package
   * @duckdb/node-api.
   *
   * @example
   * const late = Dataset.sql<{ origin: string; n: number }>("SELECT origin, count(*) AS n FROM 'flights.parquet' GROUP BY origin");
   *
   * @function
   */
  sql,
} as const;

openDoors(...Object.values(Dataset));
