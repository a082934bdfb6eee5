/**
 * Parallel and distributed computing for TypeScript. {@link map} and {@link run} call a function on every core; a {@link Pool} does so on workers
 * of its own, and gives a {@link Job}; a `Dataset` is rows in partitions, with operators and actions. Where it all runs says an
 * {@link Engine}: {@link local}, {@link inline}, or `ray` from `sheaf/ray`.
 *
 * @module sheaf
 */
export type { Histogram, Stats } from './dataset/actions.js';
export type { Placement } from './dataset/base.js';
export { Dataset } from './dataset/index.js';
export type { Widen } from './dataset/keyed.js';
export type { ActionOptions } from './dataset/perform.js';
export type {
  BadRow,
  BadRows,
  ColumnType,
  CsvOptions,
  CsvValue,
  JsonOptions,
  ParquetOptions,
  SourceOptions,
  SqlOptions,
  TextOptions,
} from './dataset/sources.js';
export type { SortOptions } from './dataset/wide.js';
export type { CsvWriteOptions, WriteOptions, Writer, Written } from './dataset/writer.js';
/**
 * What `sheaf/ray` is made of; for nobody else.
 * @internal
 */
export { core } from './engine/core.js';
export type { Engine, Labels, NotLabel } from './engine/engine.js';
export type { ResourceLimits } from './engine/local/channel.js';
export { inline, type LocalOptions, local } from './engine/machine.js';
export type { StorageOptions } from './engine/storage.js';
export {
  CancelledError,
  CaptureError,
  EngineError,
  ExchangeError,
  SheafError,
  type SheafErrorCode,
  type TaskInfo,
  TimeoutError,
  taskOf,
  ValueError,
  type WorkerExit,
  WorkerLostError,
} from './errors.js';
export { fromModule } from './function/explicit.js';
export type { Job, JobProgress } from './job.js';
export type * from './observe/events.js';
export type { EventHub, EventListener } from './observe/hub.js';
export type { Dashboard, DashboardOptions } from './observe/open-dashboard.js';
export type { MapOptions, Movable, PoolOptions, RunOptions } from './options.js';
export type { HashPartitioner } from './partition/hash.js';
export { hash, range, roundRobin } from './partition/index.js';
export type { Partitioner } from './partition/partitioner.js';
export type { RangeOptions, RangePartitioner, RangeRequest } from './partition/range.js';
export type { RoundRobinPartitioner } from './partition/round-robin.js';
export { Pool } from './pool.js';
export type { RetryPolicy } from './run/retry.js';
export type { TypedArrayConstructor } from './run/sink.js';
export type { Allocation, AllocationName, AllocationPolicy, TaskView, WorkerView } from './schedule/policy.js';
export { shared } from './shared.js';
export { map, run } from './top-level.js';
export { context, type TaskContext } from './worker/context.js';
