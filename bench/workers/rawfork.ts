import type { Reply, Request } from '../contenders/raw.js';
import { makeTasks } from '../tasks.js';

const tasks = makeTasks((xs) => xs) as unknown as Record<string, (argument: unknown) => unknown>;

const reply = (id: number, result: unknown): void => {
  process.send!([id, result] satisfies Reply);
};

process.on('message', ([id, task, argument]: Request) => {
  const result = tasks[task]!(argument);
  if (result instanceof Promise) result.then((value) => reply(id, value));
  else reply(id, result);
});
