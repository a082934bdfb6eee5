import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { createServer } from 'node:net';
import { after, test } from 'node:test';
import { Folder } from './command.js';

const folder = new Folder();
after(() => folder.remove());

interface Report {
  readonly ok: boolean;
  readonly checks: readonly { name: string; status: string; detail: string; fix?: string }[];
}

function doctor(env: Readonly<Record<string, string>> = {}): { code: number | null; report: Report } {
  const { code, stdout, stderr } = folder.sheaf(['doctor', '--json'], env);
  assert.equal(stderr, '');
  return { code, report: JSON.parse(stdout) as Report };
}

test('where Sheaf works, it says so, and what is optional and missing is no failure', () => {
  const { code, report } = doctor({ SHEAF_PYTHON: '/no/such/python' });
  assert.deepEqual([code, report.ok], [0, true]);
  const of = Object.fromEntries(report.checks.map((check) => [check.name, check]));
  for (const name of ['Node', 'Cores', 'Memory', 'Scratch space', 'Threads', 'Processes'])
    assert.notEqual(of[name]?.status, 'failed', name);
  assert.equal(of.Python?.status, 'missing');
  for (const { status, fix, name } of report.checks)
    if (status === 'failed') assert.ok(fix, `${name} says what mends it`);
  const words = folder.sheaf(['doctor']).stdout;
  for (const { name } of report.checks) assert.ok(words.includes(name), name);
  assert.match(words, /Sheaf works here\.\n$/);
});

test('what is asked for and does not work is a failure, with what mends it', () => {
  const env = { SHEAF_PYTHON: '/no/such/python', SHEAF_ENGINE: 'ray:127.0.0.1:1' };
  const { code, report } = doctor(env);
  assert.deepEqual([code, report.ok], [1, false]);
  const failed = report.checks.filter(({ status }) => status === 'failed');
  assert.deepEqual(
    failed.map(({ name }) => name),
    ['Python', 'Ray', 'Ray cluster'],
  );
  for (const { name, fix } of failed) assert.ok(fix, name);
  assert.match(folder.sheaf(['doctor'], env).stdout, /does not work: see above\.\n$/);
});

test('an address that answers', async () => {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const { stdout } = await folder.start(['doctor', '--json'], { SHEAF_ENGINE: `ray:127.0.0.1:${port}` }).ended;
  const found = (JSON.parse(stdout) as Report).checks.find(({ name }) => name === 'Ray cluster');
  assert.deepEqual([found?.status, found?.detail], ['ok', `127.0.0.1:${port} answers`]);
  server.close();
});

test('scratch space that cannot be written, and a token that others can read', {
  skip: process.platform === 'win32' ? 'modes are of POSIX' : false,
}, () => {
  const of_ = Object.fromEntries(
    doctor({ TMPDIR: '/no/such/folder' }).report.checks.map((check) => [check.name, check]),
  );
  assert.equal(of_['Scratch space']?.status, 'failed');
  assert.match(of_['Scratch space']?.fix ?? '', /TMPDIR/);
  assert.equal(of_.Processes?.status, 'ok', 'workers do without');
  const token = folder.file('token', 'secret');
  const of = (mode: number) => {
    chmodSync(token, mode);
    return doctor({ RAY_AUTH_TOKEN_PATH: token }).report.checks.find(({ name }) => name === 'Ray token')!;
  };
  assert.deepEqual([of(0o644).status, of(0o600).status], ['warning', 'ok']);
  assert.ok(!JSON.stringify(of(0o600)).includes('secret'));
});
