/** The machine: Node, cores, memory, scratch space. */
import { mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, freemem, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { findTsx, runsTypeScript } from '../script.js';
import { manifest } from '../version.js';
import { bytes, type Check } from './check.js';

const littleSpace = 2 ** 30;

export const machine: readonly Check[] = [
  {
    name: 'Node',
    look() {
      const needed = manifest().engines.node;
      const version = process.versions.node;
      const detail = `${version} on ${process.platform} ${process.arch}`;
      if (isAtLeast(version, needed)) return { status: 'ok', detail };
      return {
        status: 'failed',
        detail: `${detail}; Sheaf needs ${needed}`,
        fix: 'install Node 22 or later: https://nodejs.org',
      };
    },
  },
  {
    name: 'TypeScript',
    look() {
      if (runsTypeScript()) return { status: 'ok', detail: 'run by Node itself' };
      if (findTsx(join(process.cwd(), 'script.ts')) !== undefined) return { status: 'ok', detail: 'run through tsx' };
      return {
        status: 'missing',
        detail: 'this Node does not run TypeScript, and tsx is not installed here',
        fix: 'npm install --save-dev tsx',
      };
    },
  },
  {
    name: 'Cores',
    look() {
      const [cores, usable, limit] = [cpus().length, availableParallelism(), cpuLimit()];
      const asked = process.env.SHEAF_WORKERS;
      const workers = `${asked ?? usable} workers by default${asked === undefined ? '' : ' (SHEAF_WORKERS)'}`;
      if (limit !== undefined && limit < usable) {
        const fix = `export SHEAF_WORKERS=${Math.max(1, Math.round(limit))}`;
        const detail = `${usable} of ${cores} may be used, but the container's limit is ${limit.toFixed(1)}: ${workers}`;
        return { status: asked === undefined ? 'warning' : 'ok', detail, ...(asked === undefined ? { fix } : {}) };
      }
      return { status: 'ok', detail: `${usable} of ${cores} may be used: ${workers}` };
    },
  },
  {
    name: 'Memory',
    look() {
      const constrained = process.constrainedMemory();
      // Where there is no limit, some versions give a number larger than any memory.
      const limit = constrained > 0 && constrained < totalmem() ? constrained : undefined;
      const detail = `${bytes(freemem())} free of ${bytes(totalmem())}${limit === undefined ? ', no limit' : `; the container's limit is ${bytes(limit)}`}`;
      return { status: 'ok', detail };
    },
  },
  {
    name: 'Scratch space',
    look() {
      const place = process.env.SHEAF_SCRATCH || tmpdir();
      try {
        const folder = mkdtempSync(join(place, 'sheaf-doctor-'));
        try {
          writeFileSync(join(folder, 'probe'), 'x', { mode: 0o600 });
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
        const { bavail, bsize } = statfsSync(place);
        const free = bavail * bsize;
        const detail = `${place}, ${bytes(free)} free`;
        if (free >= littleSpace) return { status: 'ok', detail };
        return {
          status: 'warning',
          detail: `${detail}: little, where much is to be spilled`,
          fix: 'export SHEAF_SCRATCH=<a folder on a larger disk>',
        };
      } catch (error) {
        return {
          status: 'failed',
          detail: `${place}: ${(error as Error).message}`,
          fix: 'export TMPDIR=<a folder you may write to>',
        };
      }
    },
  },
];

/** The container's limit in cores, where it has one. */
function cpuLimit(): number | undefined {
  try {
    const [quota, period] = readFileSync('/sys/fs/cgroup/cpu.max', 'utf8').trim().split(' ');
    return quota === 'max' ? undefined : Number(quota) / Number(period);
  } catch {
    return undefined;
  }
}

function isAtLeast(version: string, range: string): boolean {
  const [have, need] = [version, range.replace(/^>=\s*/, '')].map((text) => text.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (have![i] ?? 0) - (need![i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
