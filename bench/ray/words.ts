/** W7 on Ray: the same program on a cluster of this machine, in its processes, and by Ray Data in Python. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Dataset, type Engine } from 'sheaf';
import { zipfText } from '../data/text.js';
import { median } from '../statistics.js';

const rounds = 3;
const pieces = 16;
const bytes = Number(process.env.SHEAF_BENCH_BYTES ?? 256 << 20);

/** One of those that are compared. */
interface Way {
  readonly name: string;
  /** The answer: how many words there are, and how often all of them. */
  run(path: string): Promise<{ readonly ms: number; readonly answer: string }>;
}

export type Ask = (command: string) => Promise<string>;

/** Runs all ways in turn and prints how they compare with the engine for Ray. */
export async function compareWords(onRay: Engine, onProcesses: Engine, ask: Ask): Promise<void> {
  const path = inPieces(bytes);
  const ways: readonly Way[] = [
    { name: 'on Ray', run: (path) => timed(() => count(path, onRay)) },
    { name: 'processes of this machine', run: (path) => timed(() => count(path, onProcesses)) },
    // A row a word, as one writes it first, takes Ray Data 37 s for 1 MiB.
    { name: 'Ray Data, counted by block', run: (path) => asked(ask, `counted ${path}`) },
  ];
  // Workers start, and code is read.
  for (const way of ways) await way.run(inPieces(1 << 20));
  const times = new Map(ways.map((way) => [way, [] as number[]]));
  const answers = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    for (const way of ways) {
      const { ms, answer } = await way.run(path);
      times.get(way)!.push(ms);
      answers.add(answer);
    }
  }
  if (answers.size !== 1) throw new Error(`Answers differ: ${[...answers].join(', ')}.`);
  const ours = times.get(ways[0]!)!;
  console.log(`W7: word count of ${bytes >> 20} MiB of text in ${pieces} files`);
  for (const [way, all] of times) {
    const ratio = median(all.map((ms, i) => ms / ours[i]!));
    console.log(`  ${way.name}: ${median(all).toFixed(0)} ms, ${ratio.toFixed(2)} times what it takes on Ray`);
  }
}

async function count(path: string, engine: Engine): Promise<string> {
  const counts = await Dataset.text(join(path, '*.txt'), { engine })
    .flatMap((line) => line.split(' '))
    .map((word) => [word, 1] as const)
    .reduceByKey((a, b) => a + b)
    .collect();
  return `${counts.length}:${counts.reduce((sum, [, n]) => sum + n, 0)}`;
}

async function timed(run: () => Promise<string>): Promise<{ ms: number; answer: string }> {
  const began = performance.now();
  const answer = await run();
  return { ms: performance.now() - began, answer };
}

async function asked(ask: Ask, command: string): Promise<{ ms: number; answer: string }> {
  const [ms, answer] = (await ask(command)).split(' ');
  return { ms: Number(ms), answer: answer! };
}

/** The text cut between lines into files of about one size: what Ray Data reads in parallel. */
function inPieces(bytes: number): string {
  const path = zipfText(bytes);
  const folder = path.replace(/\.txt$/, '-pieces');
  if (existsSync(folder)) return folder;
  const all = readFileSync(path);
  const fresh = `${folder}.${process.pid}.tmp`;
  mkdirSync(fresh);
  let from = 0;
  for (let i = 1; i <= pieces; i++) {
    const to = i === pieces ? all.length : all.indexOf(10, Math.floor((all.length * i) / pieces)) + 1;
    writeFileSync(join(fresh, `${String(i).padStart(2, '0')}.txt`), all.subarray(from, to));
    from = to;
  }
  renameSync(fresh, folder);
  return folder;
}
