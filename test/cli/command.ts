/** The command line as people call it, on scripts in a folder of their own. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const boundMs = 60_000;
export const cli = resolve('dist/cli.js');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Environment without what may be set where the tests run. */
export function cleanEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const env: Record<string, string> = { ...(process.env as Record<string, string>) };
  for (const name of Object.keys(env))
    if (/^(SHEAF_|RAY_|CI$|NO_COLOR$|FORCE_COLOR$|NODE_OPTIONS$|NODE_TEST)/.test(name)) delete env[name];
  return { ...env, ...more };
}

export class Folder {
  /** In the project, so that scripts find the library by its name. */
  readonly path = mkdtempSync(join(resolve('build'), 'cli-'));
  readonly #running = new Set<ChildProcess>();

  constructor() {
    // That of the project says that the library is its source.
    this.file('tsconfig.json', '{}');
  }

  file(name: string, text: string): string {
    const path = join(this.path, name);
    writeFileSync(path, text);
    return path;
  }

  read(name: string): string {
    return readFileSync(join(this.path, name), 'utf8');
  }

  sheaf(args: readonly string[], env: Readonly<Record<string, string>> = {}): Ended {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
      cwd: this.path,
      encoding: 'utf8',
      timeout: boundMs,
      env: cleanEnvironment(env),
    });
    return { code: status, stdout, stderr };
  }

  /** Starts it, and goes on. */
  start(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    stdin: 'ignore' | 'pipe' = 'ignore',
  ): Started {
    const child = spawn(process.execPath, [cli, ...args], {
      cwd: this.path,
      env: cleanEnvironment(env),
      stdio: [stdin, 'pipe', 'pipe'],
    });
    this.#running.add(child);
    child.on('exit', () => this.#running.delete(child));
    return new Started(child);
  }

  startWithInput(args: readonly string[]): Started {
    return this.start(args, {}, 'pipe');
  }

  /** On a terminal of its own, made by util-linux's `script`; what is written to its input is typed there. */
  startOnTerminal(args: readonly string[]): Started {
    const command = [process.execPath, cli, ...args].map((word) => `'${word}'`).join(' ');
    const child = spawn('script', ['-qefc', command, '/dev/null'], {
      cwd: this.path,
      env: cleanEnvironment(),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#running.add(child);
    child.on('exit', () => this.#running.delete(child));
    return new Started(child);
  }

  remove(): void {
    for (const child of this.#running) child.kill('SIGKILL');
    rmSync(this.path, { recursive: true, force: true });
  }
}

export class Started {
  stdout = '';
  stderr = '';
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  #changed: () => void = () => {};

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.#changed();
    });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.#changed();
    });
    this.ended = new Promise((done) => {
      child.on('close', (code) => {
        done({ code, stdout: this.stdout, stderr: this.stderr });
        this.#changed();
      });
    });
  }

  /** A line of input. */
  say(): void {
    this.child.stdin!.write('\n');
  }

  /** The last one. */
  sayLast(): void {
    this.child.stdin!.end('\n');
  }

  /** Waits until what it has written matches. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    const began = performance.now();
    for (let waited = false; ; waited = true) {
      const found = pattern.exec(this.stdout) ?? pattern.exec(this.stderr);
      if (found !== null) return found;
      if (waited && this.child.exitCode !== null)
        assert.fail(`It ended without ${pattern}:\n${this.stdout}\n${this.stderr}`);
      if (performance.now() - began > boundMs)
        assert.fail(`It did not say ${pattern}:\n${this.stdout}\n${this.stderr}`);
      await new Promise<void>((done, fail) => {
        const bound = setTimeout(
          () => fail(new Error(`It did not say ${pattern}:\n${this.stdout}\n${this.stderr}`)),
          boundMs,
        );
        this.#changed = () => {
          clearTimeout(bound);
          done();
        };
        if (this.child.exitCode !== null) this.#changed();
      });
    }
  }
}
