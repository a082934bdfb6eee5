import type { Claims } from './claims.js';
import { withContext } from './context.js';
import type { AbortReason, TaskMessage } from './protocol.js';
import { TaskScope } from './scope.js';

/** The surroundings of a task with several rows in flight, each of which has a signal of its own. */
export class RowScopes extends TaskScope {
  readonly #scopeOfRow: () => TaskScope;
  readonly #inFlight = new Map<number, TaskScope>();
  readonly #late = new Set<number>();
  #ended: AbortReason | undefined;

  constructor(task: TaskMessage, claims: Claims | undefined, worker: number, setup: unknown) {
    super(task, claims, worker, setup);
    this.#scopeOfRow = () => new TaskScope(task, claims, worker, setup);
  }

  call(row: number, call: (row: number) => unknown): unknown {
    const scope = this.#scopeOfRow();
    if (this.#ended !== undefined) scope.abort(this.#ended);
    this.#inFlight.set(row, scope);
    return withContext(scope, () => call(row));
  }

  end(row: number): void {
    this.#inFlight.delete(row);
  }

  isLate(row: number): boolean {
    return this.#late.has(row);
  }

  override abort(reason: AbortReason, row?: number): void {
    if (row === undefined) {
      this.isOver = true;
      this.#ended = reason;
      for (const scope of this.#inFlight.values()) scope.abort(reason);
      return;
    }
    const scope = this.#inFlight.get(row);
    if (scope === undefined) return; // it has ended meanwhile, in time or not
    this.#late.add(row);
    scope.abort(reason);
  }
}
