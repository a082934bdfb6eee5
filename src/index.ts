/**
 * Sheaf: parallel and distributed computing for TypeScript.
 *
 * The layers, each of which knows only those below it:
 * - `pool`, `job`: what people call;
 * - `run/`: drives a map or calls on any engine: chunks, order, back-pressure, retries;
 * - `engine/`: where tasks run. The contract, and the engines of this machine, which carry out what `schedule/` decides;
 * - `worker/`: what runs inside a worker, the same on every engine;
 * - `function/`: closures to portable functions and back; `codec/`: values to blocks and back;
 * - `schedule/`: who gets which task, as a pure state machine.
 *
 * @packageDocumentation
 */
export { Dataset } from './dataset/index.js';
/**
 * What `sheaf/ray` is made of; for nobody else.
 * @internal
 */
export { core } from './engine/core.js';
export type { Engine } from './engine/engine.js';
export type { ResourceLimits } from './engine/local/channel.js';
export { inline, type LocalOptions, local } from './engine/machine.js';
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
export { hash, range, roundRobin } from './partition/index.js';
export type { Partitioner } from './partition/partitioner.js';
export { Pool } from './pool.js';
export type { RetryPolicy } from './run/retry.js';
export type { TypedArrayConstructor } from './run/sink.js';
export type { Allocation, AllocationName, AllocationPolicy, TaskView, WorkerView } from './schedule/policy.js';
export { shared } from './shared.js';
export { map, run } from './top-level.js';
export { context, type TaskContext } from './worker/context.js';
