import { after, test } from 'node:test';
import { ray } from 'sheaf/ray';
import { RayCluster } from '../support/ray-cluster.js';
import { enterNamespace } from '../support/ray-namespace.js';
import { testEngine } from './engine.js';

const here = enterNamespace();

if ('reason' in here) test('a cluster of three nodes', { skip: here.reason }, () => {});
else {
  const { python } = here;
  const cluster = new RayCluster(python);
  after(() => cluster.stop());
  for (const zone of ['a', 'b', 'c']) cluster.start({ labels: { zone } });

  const { address, tokenPath } = cluster;
  testEngine('Ray', (options) => ray({ address, python, tokenPath, workers: 2, ...options }), {
    parallel: true,
    losesWorkers: true,
    interruptsLoops: true,
    processes: true,
    limitsMemory: true,
    renewsWorkers: true,
    sharesMemory: 'workers are on other machines, as far as anybody knows',
    isDistant: true,
  });
}
