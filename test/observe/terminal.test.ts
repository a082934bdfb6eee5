import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const program = `import { Pool } from 'sheaf';
const pool = new Pool({ workers: 2 });
await pool.map(Array.from({ length: 40 }, (_, i) => i), async (i) => {
  await new Promise((resolve) => setTimeout(resolve, 20));
  if (i === 20) console.log('printed by a worker');
}, { progress: true, label: 'naps' });
await pool.close();`;

/** Runs the program with a terminal (made by util-linux's `script`) or a pipe as its standard error. */
function run(command: string, args: readonly string[]) {
  // In the project, so that it finds the library by its name.
  const folder = mkdtempSync(join('build', 'terminal-'));
  const file = join(folder, 'program.mjs');
  try {
    writeFileSync(file, program);
    const { CI, NO_COLOR, FORCE_COLOR, ...env } = process.env;
    return spawnSync(command, [...args.map((argument) => argument.replace('FILE', file))], {
      encoding: 'utf8',
      timeout: 60_000,
      env: { ...env, TERM: 'xterm-256color' },
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;

test('a job draws its bar on a terminal', { skip: hasScript ? false : "needs util-linux's script" }, () => {
  const { status, stdout } = run('script', ['-qefc', `stty cols 80 rows 24; "${process.execPath}" FILE`, '/dev/null']);
  assert.equal(status, 0);
  const [csi, hideCursor] = ['\u001b[', '\u001b[?25l'];
  assert.ok(stdout.includes(`${csi}1mnaps`), 'the label, in bold');
  assert.match(stdout, /printed by a worker/);
  assert.match(stdout.trimEnd().split('\n').at(-1)!, /━ ?.* 40\/40 .* in \d/);
  assert.ok(!stdout.includes(hideCursor));
});

test('and nothing into a pipe', () => {
  const { status, stdout, stderr } = run(process.execPath, ['FILE']);
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: 'printed by a worker\n', stderr: '' });
});
