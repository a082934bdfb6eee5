/** `sheaf run`: the script in a process of its own, as if Node had been given it, with what Sheaf is to do in its environment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, type Stats, statSync } from 'node:fs';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import type { Duplex } from 'node:stream';
import { exitCodes, UsageError } from './exit.js';
import { runnerOf } from './script.js';

export interface RunFlags {
  readonly engine?: string;
  readonly workers?: number;
  readonly isolation?: string;
  readonly memory?: string;
  readonly progress?: boolean;
  readonly dashboard?: boolean;
  readonly port?: number;
  readonly events?: string;
}

/** A script that is to end, and can, has so long to do it. */
const endMs = 500;

export async function run(script: string, args: readonly string[], flags: RunFlags): Promise<number> {
  const path = resolve(script);
  const stats = look(path);
  if (stats?.isDirectory()) throw new UsageError(`${script} is a folder: name the script in it.`);
  if (stats?.isFile() !== true) throw new UsageError(`There is no file ${script}.`);
  if (flags.engine === 'inline' && (flags.workers !== undefined || flags.isolation !== undefined))
    throw new UsageError('--engine inline has no workers: leave out --workers and --isolation.');
  if (flags.port !== undefined && flags.dashboard !== true)
    throw new UsageError('--port is the port of the dashboard: add --dashboard.');
  if (flags.events !== undefined) checkWritable(flags.events);
  const runner = runnerOf(path);
  const child = spawn(process.execPath, [...runner.args, path, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    env: { ...process.env, ...runner.env, ...environmentOf(flags), SHEAF_CONTROL: '3' },
    windowsHide: true,
  });
  return await new Watched(child).ended;
}

function look(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function checkWritable(path: string): void {
  try {
    closeSync(openSync(path, 'w', 0o600));
  } catch (error) {
    throw new UsageError(`--events ${path} cannot be written: ${(error as Error).message}`);
  }
}

function environmentOf(flags: RunFlags): Record<string, string> {
  const { engine, workers, isolation, memory, progress, dashboard, port, events } = flags;
  return {
    ...(engine === undefined ? {} : { SHEAF_ENGINE: engine }),
    ...(workers === undefined ? {} : { SHEAF_WORKERS: String(workers) }),
    ...(isolation === undefined ? {} : { SHEAF_ISOLATION: isolation }),
    ...(memory === undefined ? {} : { SHEAF_MEMORY: memory }),
    ...(progress === true ? { SHEAF_PROGRESS: '1' } : {}),
    ...(dashboard === true ? { SHEAF_DASHBOARD: String(port ?? 1) } : {}),
    ...(events === undefined ? {} : { SHEAF_EVENTS: resolve(events) }),
  };
}

/**
 * The script's process. A terminal sends interrupts to both of us, `kill` to one: whichever way they come, the first cancels and the second
 * ends. Before the script has an engine it is on its own, as under Node.
 */
class Watched {
  readonly ended: Promise<number>;
  readonly #child: ChildProcess;
  readonly #control: Duplex;
  /** It has an engine, which does what is said here. */
  #listens = false;
  #interrupts = 0;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#control = child.stdio[3] as Duplex;
    this.#control.on('error', () => {});
    this.#control.on('data', (bytes: Buffer) => {
      for (const byte of bytes) {
        if (byte === 0x72) this.#listens = true;
        if (byte === 0x73) this.#interrupted();
      }
    });
    const onInterrupt = (): void => this.#interrupted();
    const onTerminate = (): void => void child.kill('SIGTERM');
    process.on('SIGINT', onInterrupt).on('SIGTERM', onTerminate);
    this.ended = new Promise((resolve_, reject) => {
      child.on('error', reject);
      child.on('exit', (code, signal) => {
        process.off('SIGINT', onInterrupt).off('SIGTERM', onTerminate);
        this.#control.destroy();
        if (this.#interrupts > 0) resolve_(exitCodes.interrupted);
        else resolve_(code ?? 128 + (constants.signals[signal!] ?? 0));
      });
    });
  }

  #interrupted(): void {
    this.#interrupts++;
    if (!this.#listens) {
      // A terminal has told it too.
      if (!process.stdin.isTTY) this.#child.kill('SIGINT');
      return;
    }
    this.#control.write('i');
    if (this.#interrupts === 1)
      process.stderr.write('\nsheaf: interrupted, cancelling what runs. Interrupt again to end at once.\n');
    else setTimeout(() => this.#child.kill('SIGKILL'), endMs).unref();
  }
}
