/** A cluster that talks TLS, by certificates of an authority made for the test. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EngineError, Pool } from 'sheaf';
import { type RayOptions, ray } from 'sheaf/ray';
import { errorOf } from '../contract/check.js';
import { type Certificate, certify } from '../support/certify.js';
import { enterNamespace } from '../support/ray-namespace.js';
import { raySuite } from '../support/ray-suite.js';

const here = enterNamespace();

if ('reason' in here) test('a cluster that talks TLS', { skip: here.reason }, () => {});
else describe('Ray with TLS', { timeout: 120_000 }, () => cases(here.python));

function cases(python: string): void {
  let tls!: Certificate;
  const { cluster, folder } = raySuite(python, (folder) => {
    tls = certify(folder, 'ours');
    return {
      RAY_USE_TLS: '1',
      RAY_TLS_CA_CERT: tls.ca,
      RAY_TLS_SERVER_CERT: tls.cert,
      RAY_TLS_SERVER_KEY: tls.key,
    };
  });
  cluster.start({ cpus: 1 });
  const { address, tokenPath } = cluster;
  const open = (options: RayOptions): Pool =>
    new Pool({ engine: ray({ address, python, tokenPath, logs: false, workers: 1, ...options }) });

  test('with its files: right answers', async () => {
    const pool = open({ tls });
    const factor = 3;
    assert.deepEqual(await pool.map([1, 2, 3], (x) => x * factor), [3, 6, 9]);
    await pool.close();
  });

  const refusals: readonly (readonly [name: string, options: () => RayOptions, says: RegExp])[] = [
    ['without files', () => ({}), /does not talk plainly.*tls/],
    ['with files of another authority', () => ({ tls: certify(folder, 'other') }), /does not take up TLS.*tls/],
    [
      'with its files and a wrong token',
      () => ({ tls, tokenPath: undefined, token: '0'.repeat(64) }),
      /does not accept the token/,
    ],
  ];
  for (const [name, options, says] of refusals) {
    test(`${name}: refused, in time`, { timeout: 15_000 }, async () => {
      const pool = open(options());
      const error = await errorOf(pool.run(() => 1));
      assert.ok(error instanceof EngineError);
      assert.match(error.message, says);
      await pool.close();
    });
  }
}
