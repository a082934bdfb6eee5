// PageRank of airports: where is somebody who boards one flight after another, chosen by chance among those that leave? The routes are
// partitioned by airport and cached, so that each pass moves nothing but new ranks. The engine's events prove it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Dataset, hash, local } from 'sheaf';

const passes = 10;
const damping = 0.85;
const file = fileURLToPath(new URL('../node_modules/vega-datasets/data/flights-airport.csv', import.meta.url));
const engine = local();

const told = []; // what each pass reads
engine.events.listen((event) => {
  if (event.kind === 'job-started') told.push({ made: 0, kept: 0, exchanges: new Set() });
  if (event.kind === 'partition-cached') told.at(-1).made++;
  if (event.kind === 'partition-read-from-cache') told.at(-1).kept++;
  if (event.kind === 'exchange-written') told.at(-1).exchanges.add(event.exchange);
});

// Of each airport where its flights go, and which share of them. Whatever joins this by airport in the same way moves nothing of it.
const byAirport = hash(4);
const routes = Dataset.csv(file, { engine })
  .map(({ origin, destination, count }) => [origin, { destination, count }])
  .groupByKey(byAirport)
  .mapValues((all) => {
    const flights = all.reduce((sum, { count }) => sum + count, 0);
    return all.map(({ destination, count }) => [destination, count / flights]);
  })
  .cache();

let ranks = routes.mapValues(() => 1);
for (let i = 0; i < passes; i++) {
  // Kept, or each pass would begin with the first. Reading them is what makes them.
  ranks = routes
    .join(ranks)
    .values()
    .flatMap(([shares, rank]) => shares.map(([destination, share]) => [destination, rank * share]))
    .reduceByKey((a, b) => a + b, byAirport)
    .mapValues((sum) => 1 - damping + damping * sum)
    .cache();
  await ranks.count();
}
const everyPass = told.slice();
const result = await ranks.sortBy(([, rank]) => -rank).collect();
await engine.close();

console.log(`Of ${result.length} airports, after ${passes} passes:`);
for (const [airport, rank] of result.slice(0, 5)) console.log(`  ${airport} ${rank.toFixed(2)}`);

// The first pass also makes the routes, for which they move once. Every other one reads four partitions of the routes, four of the ranks
// before and four of those that it makes, and all that moves is the shares of ranks, in one exchange.
assert.deepEqual(
  everyPass.map(({ made, exchanges }) => ({ made, exchanges: exchanges.size })),
  Array.from({ length: passes }, (_, i) => (i === 0 ? { made: 8, exchanges: 2 } : { made: 4, exchanges: 1 })),
);
assert.ok(everyPass.slice(1).every(({ kept }) => kept === 12));

// The same by hand.
const lines = readFileSync(file, 'utf8').trim().split(/\r?\n/).slice(1);
const table = lines.map((line) => line.split(',')).map(([from, to, count]) => ({ from, to, count: Number(count) }));
const leaving = new Map();
for (const { from, count } of table) leaving.set(from, (leaving.get(from) ?? 0) + count);
let expected = new Map([...leaving.keys()].map((airport) => [airport, 1]));
for (let i = 0; i < passes; i++) {
  const sums = new Map();
  for (const { from, to, count } of table) {
    if (!expected.has(from)) continue;
    sums.set(to, (sums.get(to) ?? 0) + expected.get(from) * (count / leaving.get(from)));
  }
  expected = new Map([...sums].map(([airport, sum]) => [airport, 1 - damping + damping * sum]));
}
assert.equal(result.length, expected.size);
for (const [airport, rank] of result) assert.ok(Math.abs(rank - expected.get(airport)) < 1e-9, airport);
console.log(
  'Each pass read routes and ranks from the cache and moved only shares; the ranks are those of a plain loop.',
);
