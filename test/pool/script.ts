/** Programs of `scripts/`, run in processes of their own, as users run theirs. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Longer than any of them takes on a machine however busy: a program that is not over by then hangs. */
const usualBoundMs = 60_000;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** Resolves with the first line of its output that starts so, without that start. */
  line(start: string): Promise<string>;
}

export interface ScriptOptions extends Pick<SpawnOptions, 'env' | 'detached'> {
  readonly nodeArgs?: readonly string[];
  readonly boundMs?: number;
}

export function start(name: string, args: readonly string[] = [], options: ScriptOptions = {}): Running {
  const file = fileURLToPath(new URL(`./scripts/${name}${extname(import.meta.url)}`, import.meta.url));
  const { nodeArgs = [], boundMs = usualBoundMs, env, ...rest } = options;
  const child = spawn(process.execPath, [...nodeArgs, file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...rest,
  });
  let stdout = '';
  let stderr = '';
  const waiting: { start: string; resolve(rest: string): void }[] = [];
  const look = (): void => {
    const lines = stdout.split('\n').slice(0, -1);
    for (const one of [...waiting]) {
      const found = lines.find((line) => line.startsWith(one.start));
      if (found === undefined) continue;
      waiting.splice(waiting.indexOf(one), 1);
      one.resolve(found.slice(one.start.length));
    }
  };
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    look();
  });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const bound = setTimeout(() => child.kill('SIGKILL'), boundMs);
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(bound);
      resolve({ code, signal, stdout, stderr });
    });
  });
  const line = async (start: string): Promise<string> => {
    const found = new Promise<string>((resolve) => waiting.push({ start, resolve }));
    look();
    const over = ended.then(({ code, signal }) => {
      throw new Error(`${name} ended (${signal ?? code}) without the line ${start}…:\n${stdout}\n${stderr}`);
    });
    over.catch(() => {});
    return await Promise.race([found, over]);
  };
  return { child, pid: child.pid!, ended, line };
}

export async function run(name: string, args?: readonly string[], options?: ScriptOptions): Promise<Ended> {
  return await start(name, args, options).ended;
}

/** Waits until `condition` holds, and says what it waited for if it never does. */
export async function until(condition: () => boolean, what: () => string): Promise<void> {
  const end = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited 20 s: ${what()}`);
    await delay(5);
  }
}

/** Where processes can be looked at. */
export const hasProc = existsSync('/proc/self/stat');

/** `true`, or the reason why a test that looks at processes is left out. */
export const needsProc = hasProc ? false : 'this system has no /proc to look for processes in';

interface ProcessState {
  readonly parent: number;
  readonly state: string;
}

function stateOf(pid: number): ProcessState | undefined {
  try {
    // After the name, which may hold anything but ends with the last parenthesis: state, parent …
    const [state, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    return { state: state!, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

/** Whether a process is there and not just waiting to be buried. */
export function isRunning(pid: number): boolean {
  const found = stateOf(pid);
  return found !== undefined && found.state !== 'Z';
}

/** The running child processes of a process. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((other) => {
      const found = other > 0 ? stateOf(other) : undefined;
      return found?.parent === pid && found.state !== 'Z';
    });
}
