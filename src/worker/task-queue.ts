import type { TaskMessage } from './protocol.js';

/** Tasks that wait for their turn, first come first served. */
export class TaskQueue {
  readonly #tasks: (TaskMessage | undefined)[] = [];
  #head = 0;

  get isEmpty(): boolean {
    return this.#head >= this.#tasks.length;
  }

  add(tasks: readonly TaskMessage[]): void {
    for (const task of tasks) this.#tasks.push(task);
  }

  /** The next task; there must be one. */
  take(): TaskMessage {
    const task = this.#tasks[this.#head]!;
    this.#tasks[this.#head++] = undefined; // what it brought with it may be large
    if (this.isEmpty) this.#tasks.length = this.#head = 0;
    else if (this.#head > 1024) {
      this.#tasks.splice(0, this.#head);
      this.#head = 0;
    }
    return task;
  }

  /** Takes all tasks out. */
  clear(): void {
    this.#tasks.length = this.#head = 0;
  }

  /** Takes a task out; false if it is not there. */
  drop(id: number): boolean {
    const at = this.#tasks.findIndex((task) => task?.id === id);
    if (at >= 0) this.#tasks.splice(at, 1);
    return at >= 0;
  }
}
