/** Ray's own autoscaler, with nodes that it starts on this machine in the place of others. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { Pool } from 'sheaf';
import { ray } from 'sheaf/ray';
import { numbers } from '../contract/check.js';
import { until } from '../contract/gates.js';
import { RayCluster } from '../support/ray-cluster.js';
import { enterNamespace } from '../support/ray-namespace.js';

const here = enterNamespace();

if ('reason' in here) test('a cluster that grows', { skip: here.reason }, () => {});
else describe('Ray: autoscaler', { timeout: 240_000 }, () => cases(here.python));

function cases(python: string): void {
  const cluster = new RayCluster(python);
  after(() => cluster.stop());
  cluster.start({ cpus: 1, grows: { cpus: 2, labels: { zone: 'grown' }, most: 2 } });
  const { address, tokenPath } = cluster;

  test('the cluster grows for workers that it has no room for, and shrinks behind them; slots follow', async () => {
    const watching = ray({ address, python, tokenPath, logs: false });
    const watcher = new Pool({ engine: watching });
    const head = await watcher.run(() => process.env.SHEAF_PLACE!);
    assert.equal(watching.slots, 1);
    const labels = { zone: 'grown' };
    const growing = new Pool({
      engine: ray({ address, python, tokenPath, logs: false, workers: 2, autoscales: true, labels, idleMs: 100 }),
    });
    const places = await growing.map(numbers(4), () => process.env.SHEAF_PLACE!, { chunkSize: 1 });
    assert.ok(!places.includes(head), 'on a node that was not there');
    await until(() => watching.slots >= 3, 'the new node to count');
    assert.ok(places.includes(await watcher.run(() => process.env.SHEAF_PLACE!, [], { labels })));
    await growing.close();
    await until(() => watching.slots === 1, 'the new node to be gone');
    assert.equal(await watcher.run(() => process.env.SHEAF_PLACE!), head);
    await watcher.close();
  });
}
