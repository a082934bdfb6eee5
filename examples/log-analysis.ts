// Questions to a web server's access log: which answers, how slow is each path, who asks most, how many visits. One file of some
// 80 MB is read by all workers at once, each from another byte on; lines are parsed and counted where they are read, and only counts move.
//
//   npx sheaf run examples/log-analysis.ts [lines]
//
// The log is made up here, from rows that are known, so that each answer can be compared with that of a plain loop over those rows.
import assert from 'node:assert/strict';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Dataset, map } from 'sheaf';

interface Hit {
  readonly visitor: string;
  /** Milliseconds since 1970, whole seconds. */
  readonly at: number;
  readonly path: string;
  readonly status: number;
  readonly bytes: number;
  readonly ms: number;
}

const lines = Number(process.argv[2] ?? 1_000_000);
const visitPauseMs = 30 * 60_000;
const longestMs = 4000;
const paths = ['/', '/search', '/cart', '/api/items', '/img/logo.png'];

/** The request of a line of the log, as it is made up: a pure function of the line's number. */
function hitOf(line: number): Hit {
  const dice = (n: number, of = line): number => {
    let x = Math.imul(of + 1, 0x9e3779b1) ^ Math.imul(n, 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 15), 0x2c1b3ce5);
    x = Math.imul(x ^ (x >>> 13), 0x297a2d39);
    return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
  };
  const path = Math.floor(dice(1) * paths.length);
  // Every ten minutes a hundred others are there, few of them often.
  const visitor = Math.floor(dice(100 + Math.floor(dice(2) * 100), Math.floor(line / 1000)) ** 3 * 20_000);
  const slow = dice(3) < 0.02 ? 20 : 1;
  return {
    visitor: `10.0.${visitor >> 8}.${visitor & 255}`,
    at: Date.UTC(2026, 0, 1) + Math.floor(line * 0.6) * 1000,
    path: paths[path]!,
    status: dice(4) < 0.9 ? 200 : [301, 404, 404, 500][Math.floor(dice(5) * 4)]!,
    bytes: Math.floor(dice(6) * 50_000),
    ms: Math.min(longestMs, Math.floor((path + 1) * 10 * -Math.log(1 - dice(7)) * slow)),
  };
}

const format = ({ visitor, at, path, status, bytes, ms }: Hit): string =>
  `${visitor} - - [${new Date(at).toISOString()}] "GET ${path} HTTP/1.1" ${status} ${bytes} ${ms}ms\n`;

const pattern = /^(\S+) - - \[(\S+)\] "\S+ (\S+) [^"]*" (\d+) (\d+) (\d+)ms$/;
function parse(line: string): Hit[] {
  const [, visitor, at, path, status, bytes, ms] = pattern.exec(line) ?? [];
  if (ms === undefined) return []; // somebody else's line
  const numbers = { status: Number(status), bytes: Number(bytes), ms: Number(ms) };
  return [{ visitor: visitor!, at: Date.parse(at!), path: path!, ...numbers }];
}

/** The time that a share of all answers took at most. */
function percentile(counts: ArrayLike<number>, share: number): number {
  let total = 0;
  for (let ms = 0; ms < counts.length; ms++) total += counts[ms]!;
  let ms = 0;
  for (let seen = counts[0]!; seen < share * total; ) seen += counts[++ms]!;
  return ms;
}

const folder = await mkdtemp(join(tmpdir(), 'access-log-'));
const file = join(folder, 'access.log');
try {
  // A map that is iterated makes no more than is taken from it, and gives it in order: it goes into a file as it comes.
  const block = 10_000;
  const firsts = Array.from({ length: Math.ceil(lines / block) }, (_, i) => i * block);
  const text = map(firsts, (first) => {
    let some = '';
    for (let line = first; line < Math.min(first + block, lines); line++) some += format(hitOf(line));
    return some;
  });
  await pipeline(text, createWriteStream(file));
  console.log(`${lines} lines, ${((await stat(file)).size / 1e6).toFixed(1)} MB`);

  const hits = Dataset.text(file).flatMap(parse).cache();
  const statuses = await hits.map(({ status }) => status).countByValue();
  const latencies = await hits
    .map(({ path, ms }) => [path, ms] as const)
    // A count for each millisecond: percentiles are exact, and a path's counts are all that moves.
    .aggregateByKey(
      new Uint32Array(longestMs + 1),
      (counts, ms) => {
        counts[ms]!++;
        return counts;
      },
      (a, b) => a.map((n, ms) => n + b[ms]!),
    )
    .mapValues((counts) => [0.5, 0.95, 0.99].map((share) => percentile(counts, share)))
    .sortByKey()
    .collect();
  const bytesOf = hits.map(({ visitor, bytes }) => [visitor, bytes] as const).reduceByKey((a, b) => a + b);
  const talkers = await bytesOf.top(3, ([, bytes]) => bytes);
  const visits = await hits
    .map(({ visitor, at }) => [visitor, at] as const)
    .groupByKey()
    .map(([, times]) => times.sort((a, b) => a - b).filter((at, i) => !(at - times[i - 1]! < visitPauseMs)).length)
    .sum();

  for (const [status, n] of [...statuses].sort()) console.log(`${status}  ${n}`);
  for (const [path, ms] of latencies)
    console.log(`${path.padEnd(14)} p50 ${ms[0]} ms, p95 ${ms[1]} ms, p99 ${ms[2]} ms`);
  console.log(
    `Most bytes: ${talkers.map(([visitor, bytes]) => `${visitor} ${(bytes / 1e6).toFixed(1)} MB`).join(', ')}`,
  );
  console.log(`${visits} visits, where half an hour of silence ends one`);

  // The same by hand.
  const all = Array.from({ length: lines }, (_, line) => hitOf(line));
  const sums = { status: new Map<number, number>(), bytes: new Map<string, number>(), ms: new Map<string, number[]>() };
  const last = new Map<string, number>();
  let expectedVisits = 0;
  for (const { visitor, at, path, status, bytes, ms } of all) {
    sums.status.set(status, (sums.status.get(status) ?? 0) + 1);
    sums.bytes.set(visitor, (sums.bytes.get(visitor) ?? 0) + bytes);
    (sums.ms.get(path) ?? sums.ms.set(path, []).get(path)!).push(ms);
    if (!(at - last.get(visitor)! < visitPauseMs)) expectedVisits++;
    last.set(visitor, at);
  }
  assert.deepEqual(statuses, sums.status);
  for (const [path, ms] of latencies) {
    const sorted = sums.ms.get(path)!.sort((a, b) => a - b);
    assert.deepEqual(
      ms,
      [0.5, 0.95, 0.99].map((share) => sorted[Math.ceil(share * sorted.length) - 1]),
    );
  }
  assert.equal(latencies.length, sums.ms.size);
  assert.deepEqual(talkers, [...sums.bytes].sort(([, a], [, b]) => b - a).slice(0, 3));
  assert.equal(visits, expectedVisits);
  console.log('Every figure is that of a plain loop.');
} finally {
  await rm(folder, { recursive: true });
}
