// The Python with Ray that the tests and benchmarks of the Ray engine use, installed into .cache/ when it is first needed.
//   node scripts/ray-python.mjs           prints its path
//   node scripts/ray-python.mjs --data    one that has what Ray Data needs as well
//   node scripts/ray-python.mjs --jobs    one that has what Ray's jobs need, and no Ray Data
//   node scripts/ray-python.mjs --lint    one beside which there is the linter of the Python side
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './prepare.mjs';

// With what Ray makes environments of, for Node from a wheel.
const requirements = ['ray>=2.60,<2.61', 'virtualenv==20.36.1'];
const series = '2.60';
const linter = 'ruff==0.16.0';

/**
 * The path of a Python that has Ray.
 * @returns {string}
 * @throws {Error} why there is none
 */
export function rayPython() {
  return pythonWith(`ray-${series}-virtualenv`, requirements);
}

/** The path of a Python whose Ray runs jobs: its nodes start slower, and take more memory. */
export function rayJobsPython() {
  return pythonWith(`ray-${series}-jobs`, ['ray[default]>=2.60,<2.61', 'virtualenv==20.36.1']);
}

/** The path of a Python beside which there is the linter. */
export function lintPython() {
  return pythonWith(linter.replace('==', '-'), [linter]);
}

function pythonWith(name, what) {
  const folder = join(root, '.cache', name);
  const python = join(folder, 'bin', 'python');
  const isThere = () => existsSync(join(folder, 'whole'));
  if (isThere()) return python;
  // Made in its place, since such a folder cannot be moved; several that need it at once take turns.
  const lock = `${folder}.lock`;
  if (!take(lock, isThere)) return python;
  try {
    rmSync(folder, { recursive: true, force: true });
    command('python3', ['-m', 'venv', folder]);
    command(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...what]);
    command(python, ['-c', `open(${JSON.stringify(join(folder, 'whole'))}, 'w').close()`]);
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
  return python;
}

/**
 * The same, with what Ray Data needs: only the benchmark has it beside Sheaf.
 * @returns {string}
 */
export function rayDataPython() {
  const python = rayPython();
  const marker = join(dirname(dirname(python)), 'data');
  if (existsSync(marker)) return python;
  const [ray = ''] = requirements;
  command(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `ray[data]${ray.slice(3)}`]);
  command(python, ['-c', `open(${JSON.stringify(marker)}, 'w').close()`]);
  return python;
}

/** Waits for the lock; false if somebody else has made meanwhile what it is for. */
function take(lock, isThere) {
  mkdirSync(dirname(lock), { recursive: true });
  for (let seconds = 0; seconds < 300; seconds++) {
    try {
      mkdirSync(lock);
      if (!isThere()) return true;
      rmSync(lock, { recursive: true });
      return false;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (isThere()) return false;
    command('sleep', ['1']);
  }
  throw new Error(`${lock} is held by another installation for 5 minutes. Remove it if there is none.`);
}

function command(name, args) {
  const { status, error, stderr } = spawnSync(name, args, { encoding: 'utf8' });
  if (status !== 0)
    throw new Error(
      `${args.at(-1)} cannot be installed (${name} ${args.join(' ')}): ${error?.message ?? stderr.trim()}`,
    );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    const asked = process.argv[2];
    const pythons = { '--lint': lintPython, '--data': rayDataPython, '--jobs': rayJobsPython };
    console.log((pythons[asked] ?? rayPython)());
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
