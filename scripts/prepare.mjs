// What every command needs before it can run, on a fresh clone too: packages installed, the library built. Node built-ins only,
// since nothing else is there yet.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs a command in the project's root with this terminal's input and output; stops the whole program with its exit code if it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (result.error) throw result.error;
  if (result.status !== 0) process.exit(result.status ?? 1);
}

/** Runs npm, by the same copy that started this script where there is one. */
export function npm(args, options = {}) {
  const cli = process.env.npm_execpath;
  if (cli?.endsWith('.js')) return run(process.execPath, [cli, ...args], options);
  return run('npm', args, { shell: process.platform === 'win32', ...options });
}

/** Installs what package-lock.json names, if it is not what node_modules holds. */
export function install() {
  if (isInstalled()) return;
  console.log('Installing packages (npm ci) …');
  // By name, since NODE_ENV=production would leave out what builds and tests.
  npm(['ci', '--include=dev', '--no-audit', '--no-fund']);
}

// By content and not by date: a checkout touches the lock without changing it.
function isInstalled() {
  const installed = lockedPackages('node_modules/.package-lock.json');
  if (installed === undefined) return false;
  const wanted = lockedPackages('package-lock.json') ?? {};
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const found = installed[path];
    // Optional ones are those of other platforms.
    return found === undefined ? entry.optional === true : found.integrity === entry.integrity;
  });
}

function lockedPackages(path) {
  const file = join(root, path);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : undefined;
}

/** Builds the library, without its types, if it is missing or older than what it is made of. */
export function buildIfStale() {
  if (isStale('dist/index.js', ['src', 'scripts/build.mjs', 'package-lock.json'])) {
    console.log('Building …');
    run(process.execPath, ['scripts/build.mjs', '--no-types']);
  }
}

function isStale(output, inputs) {
  const file = join(root, output);
  if (!existsSync(file)) return true;
  const built = statSync(file).mtimeMs;
  return inputs.some((input) => newest(join(root, input)) > built);
}

function newest(path) {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}
