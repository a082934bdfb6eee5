/** A cluster that talks TLS, by certificates of an authority made for the test. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { EngineError, Pool } from 'sheaf';
import { type RayOptions, ray } from 'sheaf/ray';
import { errorOf } from '../contract/check.js';
import { RayCluster } from '../support/ray-cluster.js';
import { enterNamespace } from '../support/ray-namespace.js';

const here = enterNamespace();

if ('reason' in here) test('a cluster that talks TLS', { skip: here.reason }, () => {});
else describe('Ray with TLS', { timeout: 120_000 }, () => cases(here.python));

interface Certificate {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

function openssl(folder: string, ...args: string[]): void {
  const { status, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

/** Files of an authority and of a certificate of this machine's that it has signed. */
function certify(folder: string, name: string): Certificate {
  const path = (kind: string): string => join(folder, `${name}-${kind}.pem`);
  const [ca, caKey, cert, key, request, names] = ['ca', 'ca-key', 'cert', 'key', 'request', 'names'].map(path) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  writeFileSync(names, 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
  const fresh = ['req', '-newkey', 'rsa:2048', '-nodes'];
  openssl(folder, ...fresh, '-x509', '-days', '2', '-subj', `/CN=${name}`, '-keyout', caKey, '-out', ca);
  openssl(folder, ...fresh, '-subj', '/CN=127.0.0.1', '-keyout', key, '-out', request);
  const signed = ['x509', '-req', '-days', '2', '-in', request, '-CA', ca, '-CAkey', caKey, '-CAcreateserial'];
  openssl(folder, ...signed, '-extfile', names, '-out', cert);
  return { ca, cert, key };
}

function cases(python: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'sheaf-test-'));
  const tls = certify(folder, 'ours');
  const cluster = new RayCluster(python, {
    RAY_USE_TLS: '1',
    RAY_TLS_CA_CERT: tls.ca,
    RAY_TLS_SERVER_CERT: tls.cert,
    RAY_TLS_SERVER_KEY: tls.key,
  });
  after(() => {
    cluster.stop();
    rmSync(folder, { recursive: true, force: true });
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
