/** A disk for scratch files that is full: one error that says where and what to do, and nothing is left, of scratch files or of output. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

/** Where file systems may be mounted: as root, or in a namespace of one's own. */
const given = [['--mount'], ['--user', '--map-root-user', '--mount']].find((options) => {
  const probe = ['sh', '-c', 'd=$(mktemp -d) && mount -t tmpfs -o size=1m none "$d" && umount "$d" && rmdir "$d"'];
  return spawnSync('unshare', [...options, ...probe]).status === 0;
});

const program = `
import { deepEqual, match, ok } from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Dataset, local } from ${JSON.stringify(pathToFileURL('dist/index.js').href)};

const [, disk, plenty] = process.argv;
const scratch = join(disk, 'scratch');
mkdirSync(scratch);
const files = () => readdirSync(scratch, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
for (const isolation of ['thread', 'process']) {
  const engine = local({ workers: 2, isolation, scratch, memory: '1MB' });
  const rows = Dataset.range(0, 60_000, { engine, partitions: 6 }).map((x) => [x * 7919 % 60_000, 'text '.repeat(20) + x]);
  const small = rows.filter(([key]) => key < 100);
  const actions = {
    sortByKey: (data) => data.sortByKey().count(),
    groupByKey: (data) => data.groupByKey().count(),
    distinct: (data) => data.distinct().count(),
    join: (data) => data.join(data).count(),
    repartition: (data) => data.repartition(3).count(),
    // What it has is for the next action, until nobody wants it any more.
    cache: (data) => {
      const cached = data.cache();
      return cached.count().finally(() => cached.uncache());
    },
    write: (data) => data.sortByKey().map(([key]) => String(key)).write.text(join(plenty, 'out')),
  };
  for (const [name, action] of Object.entries(actions)) {
    const error = await action(rows).then((given) => given, (thrown) => thrown);
    ok(error instanceof Error, name + ' gave ' + JSON.stringify(error));
    deepEqual([error.name, error.code], ['ExchangeError', 'ERR_SHEAF_EXCHANGE'], name + ': ' + error.stack);
    match(error.message, /^Cannot write rows to .*\\/scratch\\/.*: there is no space left on its disk\\. Free some, or name a larger one: local\\({ scratch }\\)\\.$/);
    // The engine goes on, with what there is room for.
    deepEqual(await small.count(), 100, name);
    deepEqual(readdirSync(plenty), [], name);
  }
  deepEqual(files(), []);
  await engine.close();
}
`;

test('a full disk for scratch files', {
  skip: given === undefined ? 'mounting a small file system needs rights that are not given here' : false,
  timeout: 120_000,
}, () => {
  const script = `set -e
    d=$(mktemp -d)
    mkdir "$d/disk" "$d/plenty"
    mount -t tmpfs -o size=2m none "$d/disk"
    "$1" --input-type=module -e "$2" "$d/disk" "$d/plenty" || code=$?
    # All of it is gone with the process.
    if [ -n "$(ls -A "$d/disk/scratch")" ]; then echo "left: $(ls -AR "$d/disk/scratch")" >&2; code=9; fi
    umount "$d/disk"
    rm -r "$d"
    exit \${code:-0}`;
  const { status, stderr } = spawnSync('unshare', [...given!, 'sh', '-c', script, 'sh', process.execPath, program], {
    encoding: 'utf8',
    timeout: 100_000,
  });
  assert.equal(status, 0, stderr);
});
