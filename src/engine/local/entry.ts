import type { Task, TaskEnd } from '../engine.js';
import type { WorkerHandle } from './worker-handle.js';

/** A submitted task until it ends. */
export interface Entry {
  readonly task: Task;
  resolve: (end: TaskEnd) => void;
  /** The worker that holds it, and its claim number there. */
  worker: WorkerHandle | undefined;
  claim: number;
  /** The row whose time is watched, where rows announce themselves. */
  row: number;
  /** It was asked to stop. */
  interrupted: 'timeout' | 'cancelled' | undefined;
  /** Rows that were late, where they end alone. */
  late?: Set<number> | undefined;
  /** It got more rows. */
  grown?: boolean;
  /** When it was sent, where the way is measured by it. */
  sentAt?: number | undefined;
  /** When it ended, where somebody wants to know. */
  endedAt?: number | undefined;
}
