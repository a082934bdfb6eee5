/** Runs one contender once, in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Assignment, Finding } from './child.js';

/** How one run of a contender ended. */
export type Outcome =
  | {
      readonly kind: 'measured';
      readonly finding: Finding;
      /** What went wrong after the answer; `undefined` if the process closed its pool and ended. */
      readonly afterwards: string | undefined;
    }
  /** It ended without an answer. */
  | { readonly kind: 'crashed'; readonly reason: string }
  | { readonly kind: 'timed-out'; readonly reason: string }
  /** Its answer is not that of the plain loop. */
  | { readonly kind: 'wrong'; readonly reason: string };

/** Time that a process has to end by itself once it has answered. */
const ENDING_MS = 10_000;

const childFile = fileURLToPath(new URL('./child.js', import.meta.url));

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) killGroup(child);
});

/** @param timeoutMs Bound for opening, warming and measuring together. */
export async function runOnce(assignment: Assignment, timeoutMs: number): Promise<Outcome> {
  // It leads a group of its own, so that whatever it starts can be ended with it.
  const child = spawn(process.execPath, ['--expose-gc', childFile, JSON.stringify(assignment)], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    env: environment(),
    detached: true,
  });
  running.add(child);
  try {
    return await outcomeOf(child, timeoutMs);
  } finally {
    killGroup(child);
    running.delete(child);
  }
}

/** That of this process, without what makes every start of Node slower and only some pools pass on to their child processes. */
function environment(): NodeJS.ProcessEnv {
  const { NODE_EXTRA_CA_CERTS: _, ...rest } = process.env;
  return rest;
}

async function outcomeOf(child: ChildProcess, timeoutMs: number): Promise<Outcome> {
  const exit = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(describeExit(code, signal)));
  });
  const complaints = text(child.stdio[2] as NodeJS.ReadableStream);
  const explain = async (ended: string | undefined) => {
    // What it has started holds its error output open.
    killGroup(child);
    return errorLine(await complaints) ?? ended ?? 'ended without an answer';
  };

  const answer = await within(timeoutMs, text(child.stdio[3] as NodeJS.ReadableStream));
  if (answer === 'late') return { kind: 'timed-out', reason: `no answer within ${timeoutMs / 1000} s` };
  if (answer === '') return { kind: 'crashed', reason: await explain(await exit) };
  const finding = JSON.parse(answer) as Finding;
  const ended = await within(ENDING_MS, exit);
  if (ended === undefined) return { kind: 'measured', finding, afterwards: undefined };
  const trouble = ended === 'late' ? 'the process does not end' : await explain(ended);
  return { kind: 'measured', finding, afterwards: `closing: ${trouble}` };
}

/** Node's exit code for a top-level await that nothing will ever settle. */
const NEVER_SETTLED = 13;

function describeExit(code: number | null, signal: string | null): string | undefined {
  if (code === 0) return undefined;
  if (code === NEVER_SETTLED) return 'a promise it awaits never settles';
  return `ended with ${signal ?? `code ${code}`}`;
}

/** The line of a crash report that says what happened. */
function errorLine(report: string): string | undefined {
  const lines = report.split('\n').map((line) => line.trim());
  return lines.find((line) => /^(\w*Error|DOMException)\b.*:/.test(line)) ?? lines.find((line) => line !== '');
}

function within<T>(ms: number, promise: Promise<T>): Promise<T | 'late'> {
  let timer: NodeJS.Timeout;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, ms, 'late');
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // All of it has ended already.
  }
}
