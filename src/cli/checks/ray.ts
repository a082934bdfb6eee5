/** What a Ray cluster needs: Python, Ray, a way in, and somebody who answers. Nobody who does not use Ray needs any of it. */
import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import type { Check } from './check.js';

const exec = promisify(execFile);
const connectMs = 3000;
const pythonMs = 15_000;
const defaultPort = 6379;

const python = process.env.SHEAF_PYTHON || 'python3';
const engine = process.env.SHEAF_ENGINE ?? '';
/** Somebody means to use Ray: what is missing is then a failure. */
const isAsked = engine === 'ray' || engine.startsWith('ray:');
const missing = isAsked ? 'failed' : 'missing';

export const ray: readonly Check[] = [
  {
    name: 'Python',
    async look() {
      const version = await ask('import sys; print("%d.%d.%d" % sys.version_info[:3])');
      if (version === undefined)
        return {
          status: missing,
          detail: `${python} does not run; for Ray`,
          fix: 'export SHEAF_PYTHON=<path of a Python 3.10 or later>',
        };
      const [major = 0, minor = 0] = version.split('.').map(Number);
      if (major > 3 || (major === 3 && minor >= 10)) return { status: 'ok', detail: `${version} (${python})` };
      return {
        status: missing,
        detail: `${version} (${python}) is too old for Ray`,
        fix: 'export SHEAF_PYTHON=<path of a Python 3.10 or later>',
      };
    },
  },
  {
    name: 'Ray',
    async look() {
      const version = await ask('import importlib.metadata as m; print(m.version("ray"))');
      if (version !== undefined) return { status: 'ok', detail: version };
      return {
        status: missing,
        detail: `not installed for ${python}; for clusters`,
        fix: `${python} -m pip install "ray[default]"`,
      };
    },
  },
  {
    name: 'Ray token',
    look() {
      if (process.env.RAY_AUTH_TOKEN) return { status: 'ok', detail: 'in RAY_AUTH_TOKEN' };
      const path = process.env.RAY_AUTH_TOKEN_PATH;
      if (!path) {
        const detail = "none given: a cluster without authentication runs anybody's code";
        return {
          status: isAsked ? 'warning' : 'missing',
          detail,
          fix: "export RAY_AUTH_TOKEN_PATH=<file with the cluster's token>",
        };
      }
      try {
        const { mode, size } = statSync(path);
        if (size === 0)
          return { status: 'failed', detail: `${path} is empty`, fix: `write the cluster's token to ${path}` };
        if (process.platform !== 'win32' && (mode & 0o077) !== 0)
          return { status: 'warning', detail: `${path} can be read by others`, fix: `chmod 600 ${path}` };
        return { status: 'ok', detail: `in ${path}` };
      } catch (error) {
        return {
          status: 'failed',
          detail: `${path}: ${(error as Error).message}`,
          fix: "export RAY_AUTH_TOKEN_PATH=<file with the cluster's token>",
        };
      }
    },
  },
  {
    name: 'Ray cluster',
    async look() {
      const address = engine.startsWith('ray:') ? engine.slice('ray:'.length) : undefined;
      if (address === undefined || address === 'auto' || address === 'local')
        return {
          status: isAsked ? 'ok' : 'missing',
          detail: 'no address is given; SHEAF_ENGINE=ray:<host>:6379 names one',
        };
      const [, host = '', port = `${defaultPort}`] = /^(?:ray:\/\/)?(.*?)(?::(\d+))?$/.exec(address) ?? [];
      const problem = await reach(host, Number(port));
      if (problem === undefined) return { status: 'ok', detail: `${host}:${port} answers` };
      return {
        status: 'failed',
        detail: `${host}:${port}: ${problem}`,
        fix: 'ray status, on the head node; then check the address and the firewall',
      };
    },
  },
];

/** What a line of Python prints; `undefined` where it fails. */
async function ask(line: string): Promise<string | undefined> {
  try {
    const { stdout } = await exec(python, ['-c', line], { timeout: pythonMs });
    return stdout.trim();
  } catch {
    return undefined;
  }
}

function reach(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: connectMs });
    const end = (problem: string | undefined): void => {
      socket.destroy();
      resolve(problem);
    };
    socket.on('connect', () => end(undefined));
    socket.on('timeout', () => end(`no answer within ${connectMs / 1000} s`));
    socket.on('error', (error) => end(error.message));
  });
}
