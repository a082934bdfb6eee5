import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { SheafEvent } from 'sheaf';
import { checkStory, ofKind } from '../observe/story.js';
import { cleanEnvironment, cli, Folder } from './command.js';

const folder = new Folder();
after(() => folder.remove());

folder.file(
  'squares.mts',
  `import { Pool } from 'sheaf';
  type Row = { n: number };
  const rows: Row[] = Array.from({ length: 1000 }, (_, n) => ({ n }));
  await using pool = new Pool();
  const squares = await pool.map(rows, ({ n }) => n * n, { label: 'squares', inline: false });
  console.log(squares.at(-1), JSON.stringify(process.argv.slice(2)), import.meta.url.endsWith('squares.mts'));`,
);
folder.file(
  'engine.mjs',
  `import { local, Pool, context } from 'sheaf';
  import { isMainThread } from 'node:worker_threads';
  const engine = process.argv[2] === 'own' ? local({ workers: 1 }) : undefined;
  const pool = new Pool({ engine });
  const seen = [];
  pool.events.listen((event) => seen.push(event));
  await pool.map([1, 2, 3, 4, 5, 6], (x) => x, { inline: false, chunkSize: 1 });
  await pool.close();
  const { workers, slots } = seen.find(({ kind }) => kind === 'engine-opened');
  console.log(workers, slots, Object.keys(process.env).filter((name) => /^SHEAF_(EVENTS|PROGRESS|DASHBOARD|CONTROL)$/.test(name)));`,
);
folder.file(
  'endless.mjs',
  `import { Pool } from 'sheaf';
  const pool = new Pool({ workers: 2 });
  const job = pool.map([1, 2, 3, 4], () => { for (;;); }, { label: 'endless' });
  const look = setInterval(() => {
    if (process.listenerCount('SIGINT') === 0) return; // nobody has an ear for it yet
    clearInterval(look);
    console.log('under way');
  }, 5);
  try {
    await job;
  } catch (error) {
    console.log('caught', error.name);
  }
  console.log('cleaned up');
  if (process.argv[2] === 'stays') setInterval(() => console.log('still here'), 600);`,
);
folder.file('code.mjs', 'process.exitCode = Number(process.argv[2]);');
folder.file('killed.mjs', "process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000);");

test('TypeScript, with its arguments, as if Node had been given it', () => {
  const { code, stdout, stderr } = folder.sheaf(['run', 'squares.mts', '--workers', 'x y', '--', '-h']);
  assert.deepEqual(
    { code, stdout, stderr },
    { code: 0, stdout: '998001 ["--workers","x y","--","-h"] true\n', stderr: '' },
  );
});

test('a refusal names the place in the source, whatever ran it', () => {
  folder.file(
    'refused.mts',
    `import { map } from 'sheaf';
    interface Row {
      n: number;
    }
    const rows: Row[] = [{ n: 1 }];
    let total = 0;

    await map(rows, (row: Row) => {
      total += row.n;
    }).catch((error: Error) => console.log(error.message));
    console.log(total);`,
  );
  const { code, stdout } = folder.sheaf(['run', 'refused.mts']);
  assert.equal(code, 0);
  assert.match(stdout, /refused\.mts:9:\d+\)/);
});

test("TypeScript by the script's own tsconfig.json, wherever it is called", () => {
  const squares = join(folder.path, 'squares.mts');
  // The folder of the tests is the project's, whose tsconfig.json says that the library is its source.
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'run', squares], {
    encoding: 'utf8',
    timeout: 60_000,
    env: cleanEnvironment(),
  });
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '998001 [] true\n', stderr: '' });
});

test('what is said of the engine is the default: what the script says itself goes before it', () => {
  const run = (...args: string[]): string => {
    const { code, stdout, stderr } = folder.sheaf(['run', ...args]);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    return stdout;
  };
  assert.equal(run('--workers', '3', 'engine.mjs'), 'thread 3 []\n');
  assert.equal(run('-w', '2', '-i', 'process', 'engine.mjs'), 'process 2 []\n');
  assert.equal(run('--workers=3', '--isolation=process', 'engine.mjs', 'own'), 'process 1 []\n');
  assert.equal(run('--engine', 'inline', 'engine.mjs'), 'caller 1 []\n');
});

test('a log of all events, which a report reads', () => {
  const { code, stdout, stderr } = folder.sheaf(['run', '--events', 'run.jsonl', 'squares.mts']);
  assert.deepEqual({ code, stdout: stdout.slice(0, 6), stderr }, { code: 0, stdout: '998001', stderr: '' });
  const events = folder
    .read('run.jsonl')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as SheafEvent);
  checkStory(events);
  assert.equal(ofKind(events, 'job-ended')[0]?.done, 1000);

  const report = folder.sheaf(['report', 'run.jsonl', '--json']);
  assert.equal(report.code, 0, report.stderr);
  const run = JSON.parse(report.stdout);
  assert.deepEqual([run.jobs[0].label, run.jobs[0].done, run.totals.rowsDone], ['squares', 1000, 1000]);

  const page = folder.sheaf(['report', 'run.jsonl']);
  assert.deepEqual([page.code, page.stdout], [0, 'run.html\n']);
  const html = folder.read('run.html');
  assert.match(html, /<script type="application\/json" id="run">/);
  assert.ok(!/(src|href)="(?!data:|#)/.test(html), 'it asks nobody for anything');
});

test('progress in a pipe: plain lines', () => {
  const { code, stderr } = folder.sheaf(['run', '--progress', 'squares.mts']);
  assert.equal(code, 0);
  assert.match(stderr, /sheaf: 1 job, 1,000 rows, \d+ workers?, [\d.]+ s\n$/);
  assert.ok(!stderr.includes('\u001b'), 'nothing but text');
});

const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;
test('progress on a terminal: bars, and NO_COLOR', { skip: hasScript ? false : "needs util-linux's script" }, () => {
  const file = folder.file(
    'slow.mjs',
    `import { Pool } from 'sheaf';
    const pool = new Pool({ workers: 2 });
    await pool.map(Array.from({ length: 30 }, (_, i) => i), () => new Promise((resolve) => setTimeout(resolve, 60)), { label: 'naps' });
    await pool.close();`,
  );
  const draw = (env: Record<string, string>): string =>
    spawnSync(
      'script',
      ['-qefc', `stty cols 80 rows 24; "${process.execPath}" "${cli}" run --progress "${file}"`, '/dev/null'],
      {
        encoding: 'utf8',
        timeout: 60_000,
        env: cleanEnvironment({ TERM: 'xterm-256color', ...env }),
      },
    ).stdout;
  const bold = '\u001b[1m';
  const colored = draw({});
  assert.match(colored, /naps.*━.* 30\/30 .* in \d/);
  assert.ok(colored.includes(`${bold}naps`));
  const plain = draw({ NO_COLOR: '1' });
  assert.match(plain, /naps.*━.* 30\/30 .* in \d/);
  assert.ok(!plain.includes(bold));
});

test('the code that the script ends with, or the signal that ended it', () => {
  assert.equal(folder.sheaf(['run', 'code.mjs', '0']).code, 0);
  assert.equal(folder.sheaf(['run', 'code.mjs', '7']).code, 7);
  if (process.platform !== 'win32') assert.equal(folder.sheaf(['run', 'killed.mjs']).code, 143);
});

const signals = { skip: process.platform === 'win32' ? 'signals are of POSIX' : false };

test('an interrupt cancels, and the script goes on from there', signals, async () => {
  const started = folder.start(['run', 'endless.mjs']);
  await started.until(/under way/);
  started.child.kill('SIGINT');
  const { code, stdout, stderr } = await started.ended;
  assert.deepEqual({ code, stdout }, { code: 130, stdout: 'under way\ncaught CancelledError\ncleaned up\n' });
  assert.match(stderr, /interrupted, cancelling what runs/);
});

test('a second one ends it at once', signals, async () => {
  const started = folder.start(['run', 'endless.mjs', 'stays']);
  await started.until(/under way/);
  started.child.kill('SIGINT');
  await started.until(/cleaned up/);
  started.child.kill('SIGINT');
  assert.equal((await started.ended).code, 130);
});

test('Ctrl-C on a terminal, which tells every process of it: once is once', {
  skip: hasScript ? false : "needs util-linux's script",
}, async () => {
  const started = folder.startOnTerminal(['run', 'endless.mjs', 'stays']);
  await started.until(/under way/);
  started.child.stdin!.write('\u0003');
  // Words of Sheaf's own may come in between: both write to the terminal.
  for (const said of [/caught CancelledError/, /cleaned up/, /still here/]) await started.until(said);
  started.child.stdin!.write('\u0003');
  assert.equal((await started.ended).code, 130);
});

test('what is wrong with a command is said before anything runs', () => {
  const cases: [string[], RegExp][] = [
    [['rum', 'a.ts'], /unknown command 'rum'[\s\S]*Did you mean run\?/],
    [['run', '--worker', '2', 'code.mjs'], /unknown option '--worker'[\s\S]*--workers/],
    [['run', '--workers', '0', 'code.mjs'], /'0' is invalid.*whole number of at least 1/],
    [['run', '--workers', '2.5', 'code.mjs'], /whole number/],
    [['run', '--isolation', 'fiber', 'code.mjs'], /Allowed choices are thread, process/],
    [['run', '--engine', 'spark', 'code.mjs'], /local, inline, ray or ray:<address>/],
    [['run', '--memory', 'much', 'code.mjs'], /512MB/],
    [['run', '--engine', 'inline', '--workers', '2', 'code.mjs'], /leave out --workers/],
    [['run', '--port', '8080', 'code.mjs'], /add --dashboard/],
    [['run', '--dashboard', '--port', '0', 'code.mjs'], /1 to 65535/],
    [['run', '--events', 'no/such/run.jsonl', 'code.mjs'], /cannot be written/],
    [['run', 'no-such.ts'], /no file no-such\.ts/],
    [['run', '.'], /\. is a folder/],
    [['run'], /sheaf: missing required argument 'script'/],
    [['code.mjs'], /sheaf run code\.mjs/],
    [['report', 'no-such.jsonl'], /sheaf run --events no-such\.jsonl/],
    [['dashboard'], /sheaf run --dashboard/],
    [['dashboard', 'no-such.jsonl'], /no file/],
  ];
  for (const [args, says] of cases) {
    const { code, stdout, stderr } = folder.sheaf(args);
    assert.deepEqual({ args, code, stdout }, { args, code: 2, stdout: '' });
    assert.match(stderr, says);
  }
  const { code, stderr } = folder.sheaf(['report', 'code.mjs']);
  assert.equal(code, 1);
  assert.match(stderr, /no log of events/);
});

test('nobody reads to the end, and that is no failure', async () => {
  const help = folder.start(['--help']);
  help.child.stdout!.destroy();
  const { code, stderr } = await help.ended;
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
});

test('help teaches, and its examples name what there is', () => {
  for (const args of [
    [],
    ['--help'],
    ['run', '--help'],
    ['doctor', '-h'],
    ['dashboard', '-h'],
    ['report', '-h'],
    ['help', 'run'],
  ]) {
    const { code, stdout, stderr } = folder.sheaf(args);
    assert.deepEqual({ args, code, stderr }, { args, code: 0, stderr: '' });
    assert.match(stdout, /^Usage: sheaf/);
    for (const line of stdout.split('\n')) assert.ok(line.length <= 110, line);
  }
  assert.match(folder.sheaf(['--version']).stdout, /^\d+\.\d+\.\d+\n$/);
});

test('environment variables do what the flags do, and what they cannot mean is an error', () => {
  const run = (env: Record<string, string>) =>
    spawnSync(process.execPath, ['engine.mjs'], { cwd: folder.path, encoding: 'utf8', env: cleanEnvironment(env) });
  assert.equal(run({ SHEAF_WORKERS: '3', SHEAF_EVENTS: 'by-env.jsonl', SHEAF_PROGRESS: '1' }).stdout, 'thread 3 []\n');
  checkStory(
    folder
      .read('by-env.jsonl')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as SheafEvent),
  );
  // What failed is in it, with what it was about.
  assert.equal(statSync(join(folder.path, 'by-env.jsonl')).mode & 0o777, 0o600);
  folder.file(
    'spills.mjs',
    "import { Dataset, local } from 'sheaf';\nawait Dataset.range(0, 9, { engine: local({ exchange: 'file' }) }).repartition(2).count();",
  );
  const nowhere = spawnSync(process.execPath, ['spills.mjs'], {
    cwd: folder.path,
    encoding: 'utf8',
    env: cleanEnvironment({ SHEAF_SCRATCH: '/dev/null/folder' }),
  });
  assert.equal(nowhere.status, 1);
  assert.match(nowhere.stderr, /Error: .*\/dev\/null/);
  for (const [name, value] of [
    ['SHEAF_WORKERS', 'many'],
    ['SHEAF_ISOLATION', 'fiber'],
    ['SHEAF_MEMORY', 'much'],
  ] as const) {
    const { status, stderr } = run({ [name]: value });
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`EngineError: ${name}=${value}`));
  }
});
