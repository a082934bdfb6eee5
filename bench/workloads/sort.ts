/** W8: sorting, from file to file and in memory. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalOptions } from 'sheaf';
import { type Case, type Contender, milliseconds } from '../case.js';
import { dataset } from '../contenders/dataset.js';
import { serial } from '../contenders/serial.js';
import { outputPath } from '../data/made.js';
import { records } from '../data/records.js';
import { digestRows } from '../digest.js';
import { seeded } from '../random.js';

/** The file, or the folder of files whose names are in order, that a run wrote. */
type Path = string;

/** GNU sort with two threads, by bytes. */
const gnuSort = (memory: string): Contender<Path, Path> => ({
  name: `sort --parallel=2 -S ${memory}`,
  family: 'sort',
  role: 'reference',
  open: async () => {
    const out = outputPath('sorted-by-gnu');
    const run = (path: Path): Promise<Path> =>
      new Promise((resolve, reject) => {
        const child = spawn('sort', ['--parallel=2', '-S', memory, '-o', out, path], {
          stdio: 'ignore',
          env: { ...process.env, LC_ALL: 'C' },
        });
        child.once('error', reject);
        child.once('exit', (code) => (code === 0 ? resolve(out) : reject(new Error(`sort ended with ${code}`))));
      });
    return { run, close: async () => rmSync(out, { force: true }) };
  },
});

function sheaf(options: LocalOptions): Contender<Path, Path> {
  const contender = dataset<Path, Path>({
    options,
    run: async (path, { Dataset }, engine) => {
      const out = outputPath('sorted');
      await Dataset.text(path, { engine })
        .sortBy((line) => line)
        .write.text(out, { overwrite: true });
      return out;
    },
  });
  return {
    ...contender,
    open: async () => {
      const session = await contender.open();
      const close = async (): Promise<void> => {
        await session.close();
        rmSync(outputPath('sorted'), { recursive: true, force: true });
      };
      return { ...session, close };
    },
  };
}

/** Checksum of the lines, however they end and whatever files they are in. */
function digestLines(path: Path): string {
  const files = statSync(path).isDirectory()
    ? readdirSync(path)
        .sort()
        .map((name) => join(path, name))
    : [path];
  const hash = createHash('sha1');
  const block = Buffer.allocUnsafe(1 << 20);
  for (const file of files) {
    const fd = openSync(file, 'r');
    for (let read = readSync(fd, block); read > 0; read = readSync(fd, block))
      hash.update(block.latin1Slice(0, read).replaceAll('\r', ''), 'latin1');
    closeSync(fd);
  }
  return hash.digest('hex').slice(0, 16);
}

const files = {
  size: { full: 5_000_000, quick: 100_000 },
  metrics: [milliseconds()],
  input: records,
  warm: () => records(20_000),
  digest: digestLines,
};

const fileToFile: Case<Path, Path> = {
  ...files,
  id: 'W8-sort',
  title: '5,000,000 records of 100 bytes, file to file',
  contenders: [gnuSort('1G'), sheaf({})],
};

const pastMemory: Case<Path, Path> = {
  ...files,
  id: 'W8-memory',
  title: "the same with memory: '256MB'",
  contenders: [gnuSort('256M'), sheaf({ memory: '256MB' })],
};

interface Item {
  readonly id: number;
  readonly score: number;
  readonly name: string;
}

const itemsOf = (count: number): readonly Item[] => {
  const random = seeded(11);
  return Array.from({ length: count }, (_, id) => ({ id, score: random(), name: `item-${id}` }));
};

const objects: Case<readonly Item[], readonly Item[]> = {
  id: 'W8-objects',
  title: '1,000,000 objects in memory, by a number',
  size: { full: 1_000_000, quick: 50_000 },
  metrics: [milliseconds()],
  input: itemsOf,
  warm: () => itemsOf(20_000),
  digest: (items) => digestRows([items]),
  contenders: [
    serial((items) => items.toSorted((a, b) => a.score - b.score)),
    dataset({
      run: (items, { Dataset }, engine) =>
        Dataset.of(items, { engine })
          .sortBy((item) => item.score)
          .collect(),
    }),
  ],
};

export default [fileToFile, pastMemory, objects];
