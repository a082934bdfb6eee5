/**
 * Where what a thread prints goes: to the program's own output, as Node would have it. But Node opens `process.stdout` and
 * `process.stderr` for that before the thread starts, which then starts a tenth later; here, they are opened when there is something to print.
 */
import type { Readable } from 'node:stream';
import type { Worker } from 'node:worker_threads';

/** What keeps Node from printing itself. */
export const printedHere = { stdout: true, stderr: true };

/**
 * Prints what the thread prints. False, with nothing done, where this Node cannot be told that output to come is no reason for the program
 * to stay alive: it has no other word for that than one of its own.
 */
export function print(thread: Worker): boolean {
  const { stdout, stderr } = thread;
  const word = wordOf(stdout);
  if (word === undefined || word !== wordOf(stderr)) return false;
  onceSaid(stdout, word, () => process.stdout);
  onceSaid(stderr, word, () => process.stderr);
  return true;
}

const wordOf = (stream: Readable): symbol | undefined =>
  Object.getOwnPropertySymbols(stream ?? {}).find((symbol) => symbol.description === 'kIncrementsPortRef');

function onceSaid(from: Readable, word: symbol, output: () => NodeJS.WriteStream): void {
  (from as unknown as Record<symbol, boolean>)[word] = false;
  from.once('readable', () => {
    // It has ended.
    if (from.readableLength === 0) return;
    const to = output();
    // Each thread listens to it: no sign of a leak.
    const most = to.getMaxListeners();
    to.setMaxListeners(Infinity);
    from.pipe(to);
    to.setMaxListeners(most);
  });
}
