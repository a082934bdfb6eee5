/** The answer to an event, as it grows. Neighbours are joined to ranges. */
import type { State } from './state.js';
import type { Command, Report, TaskId, WorkerId } from './types.js';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Adds a command. */
export function command(state: State, one: Command): void {
  if (state.commands.length === 0) state.commands = [one];
  else (state.commands as Command[]).push(one);
}

/** Hands a task to a worker. */
export function grantTask(state: State, worker: WorkerId, task: TaskId): void {
  const last = state.commands.at(-1);
  if (last?.kind === 'grant' && last.worker === worker && last.to === task) lengthen(last);
  else command(state, { kind: 'grant', worker, from: task, to: task + 1 });
}

/** Says that a task is over. */
export function report(state: State, task: TaskId, end: Report['end']): void {
  const last = state.commands.at(-1);
  if (last?.kind === 'report' && last.end === end && last.to === task) lengthen(last);
  else command(state, { kind: 'report', from: task, to: task + 1, end });
}

/** Says that a task is over because its policy failed. */
export function refuse(state: State, task: TaskId, problem: string, cause: unknown): void {
  const last = state.commands.at(-1);
  if (last?.kind === 'refuse' && last.problem === problem && last.to === task) lengthen(last);
  else command(state, { kind: 'refuse', from: task, to: task + 1, problem, cause });
}

/** By one task. Nobody has seen the command yet. */
function lengthen(range: { readonly to: TaskId }): void {
  (range as Writable<typeof range>).to++;
}
