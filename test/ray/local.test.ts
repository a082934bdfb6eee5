/** The cluster for trying out: of this machine alone, for nobody but the program that started it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Pool } from 'sheaf';
import { ray } from 'sheaf/ray';
import { until } from '../contract/gates.js';
import { commandOf, processesLike, RayCluster } from '../support/ray-cluster.js';
import { enterNamespace } from '../support/ray-namespace.js';

const here = enterNamespace();
const skip = 'reason' in here ? here.reason : false;

test("address: 'local': right answers, a token, nothing beyond the loopback interface, and nothing is left", {
  skip,
  timeout: 180_000,
}, async () => {
  // An address that others could reach, as far as Ray can tell: it would listen there.
  const outward =
    'ip link add out type veth peer name in && ip link set out up && ip addr add 10.99.0.2/24 dev out && ip route add default via 10.99.0.1';
  spawnSync('sh', ['-c', outward]);
  const python = 'python' in here ? here.python : '';
  const pool = new Pool({ engine: ray({ address: 'local', python, workers: 2, logs: false }) });
  const factor = 3;
  assert.deepEqual(await pool.map([1, 2, 3], (x) => x * factor, { inline: false }), [3, 6, 9]);
  const loopback = /^(0100007F|0{24}0100007F|0000000000000000FFFF00000100007F|00000000000000000000000001000000)$/;
  const listening = RayCluster.listening();
  assert.ok(listening.length > 2);
  assert.deepEqual(
    listening.filter((one) => !loopback.test(one)),
    [],
  );
  const [head] = processesLike(/gcs_server/);
  assert.match(readFileSync(`/proc/${head}/environ`, 'utf8'), /RAY_AUTH_MODE=token\0/);
  await pool.close();
  const left = (): string[] => processesLike(/gcs_server|raylet|sidecar\.py|^ray::/).map(commandOf);
  await until(() => left().length === 0, 'all of Ray to end').catch((error) => assert.deepEqual(left(), [], error));
});
