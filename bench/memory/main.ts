/**
 * `npm run bench -- memory`: operations on rows many times larger than the memory that they may take, each in a process of its own. Prints
 * how long each took and the most memory that it had with all that it had started; fails where an answer is wrong or something is left.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { operations } from './job.js';
import { pastMemory } from './run.js';

const help = `Sorts, groups and joins past memory.

  npm run bench -- memory                 all operations: ${operations.join(', ')}
  npm run bench -- memory sort join       these

  --size GB        bytes of rows, in GB (3)
  --memory SIZE    what local({ memory }) is given (256MB)
  --folder DIR     a folder on a disk with room for three times the size (that for temporary files)`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: 'string', default: '3' },
    memory: { type: 'string', default: '256MB' },
    folder: { type: 'string', default: tmpdir() },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const words = positionals.slice(1);
const size = Number(values.size);
const unknown = words.find((word) => !operations.some((operation) => operation === word));
if (values.help) console.log(help);
else if (unknown !== undefined || !(size > 0)) {
  console.error(unknown === undefined ? `--size takes a number of GB, not ${values.size}.` : `There is no ${unknown}.`);
  console.error(help);
  process.exitCode = 2;
} else {
  console.log(`${size} GB of rows, memory: '${values.memory}'`);
  for (const operation of operations) {
    if (words.length > 0 && !words.includes(operation)) continue;
    const folder = mkdtempSync(join(values.folder, 'sheaf-past-memory-'));
    try {
      const outcome = await pastMemory({ operation, bytes: size * 1e9, memory: values.memory, folder });
      const peak = Math.round(outcome.peakBytes / 2 ** 20);
      console.log(
        `${operation.padEnd(15)}${outcome.seconds.toFixed(1).padStart(7)} s ${`${peak}`.padStart(6)} MiB   ${outcome.found}`,
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}
