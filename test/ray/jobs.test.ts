/** A program as a Ray job, with its packages in the working directory, as the documents say it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { enterNamespace } from '../support/ray-namespace.js';
import { raySuite } from '../support/ray-suite.js';

const here = enterNamespace(['--jobs']);

if ('reason' in here) test('Ray jobs', { skip: here.reason }, () => {});
else describe('Ray: jobs', { timeout: 240_000 }, () => cases(here.python));

const script = `
import { Dataset, map, run } from 'sheaf';
import { triple } from './triple.mjs';
const sums = await Dataset.range(0, 1000).keyBy((x) => x % 2).mapValues((x) => x).reduceByKey((a, b) => a + b).collect();
const said = [await map([1, 2, 3], triple), sums.sort(), typeof (await run(() => process.env.SHEAF_PLACE))];
console.log('said ' + JSON.stringify(said));
`;

function cases(python: string): void {
  const { cluster, folder } = raySuite(python);
  cluster.start({ cpus: 2, dashboard: true });

  test('ray job submit --working-dir . -- node script.mjs', { timeout: 150_000 }, async () => {
    const installed = join(folder, 'node_modules/sheaf');
    mkdirSync(installed, { recursive: true });
    cpSync('dist', join(installed, 'dist'), { recursive: true });
    cpSync('package.json', join(installed, 'package.json'));
    writeFileSync(join(folder, 'script.mjs'), script);
    writeFileSync(join(folder, 'triple.mjs'), 'export const triple = (x) => x * 3;');
    const environment = { SHEAF_ENGINE: 'ray', SHEAF_PYTHON: python };
    const submit = async (...command: string[]): Promise<readonly [code: number, said: string]> => {
      const options = ['--working-dir', '.', '--runtime-env-json', JSON.stringify({ env_vars: environment })];
      const child = spawn(join(dirname(python), 'ray'), ['job', 'submit', ...options, '--', ...command], {
        cwd: folder,
        env: {
          ...process.env,
          RAY_API_SERVER_ADDRESS: 'http://127.0.0.1:8265',
          RAY_AUTH_MODE: 'token',
          RAY_AUTH_TOKEN_PATH: cluster.tokenPath,
        },
      });
      let said = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (text) => {
          said += text;
        });
      const [code] = await once(child, 'close');
      return [code as number, said];
    };
    const [code, said] = await submit('node', 'script.mjs');
    assert.equal(code, 0, said);
    assert.ok(said.includes('said [[3,6,9],[[0,249500],[1,250000]],"string"]'), said);
    writeFileSync(
      join(folder, 'wrong.mjs'),
      "import { run } from 'sheaf'; await run(() => { throw new RangeError('of the job'); });",
    );
    const [failure, why] = await submit('node', 'wrong.mjs');
    assert.notEqual(failure, 0);
    assert.match(why, /RangeError: of the job/);
  });
}
