// Three million flights: how late they leave, by airport and month. The delays are put together by the program's own functions over all
// cores, and every figure is compared with DuckDB's answer to the same question in SQL.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { Dataset } from 'sheaf';

const file = fileURLToPath(new URL('../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url));

const delays = await Dataset.parquet(file, { columns: ['origin', 'date', 'delay'] })
  .map(({ origin, date, delay }) => [[origin, date.getUTCMonth() + 1], delay])
  .aggregateByKey(
    { flights: 0, late: 0, total: 0, worst: -Infinity },
    (sum, delay) => {
      sum.flights++;
      sum.total += delay;
      if (delay > 15) sum.late++;
      if (delay > sum.worst) sum.worst = delay;
      return sum;
    },
    (a, b) => ({
      flights: a.flights + b.flights,
      late: a.late + b.late,
      total: a.total + b.total,
      worst: Math.max(a.worst, b.worst),
    }),
  )
  .sortByKey()
  .collect();

const busy = delays.filter(([, { flights }]) => flights > 3000);
const latest = busy.sort(([, a], [, b]) => b.total / b.flights - a.total / a.flights).slice(0, 5);
console.log(`${delays.length} airports and months. Of those with more than 3,000 flights, the latest:`);
for (const [[airport, month], { flights, late, total, worst }] of latest) {
  const share = Math.round((late / flights) * 100);
  console.log(
    `  ${airport}, month ${month}: ${(total / flights).toFixed(1)} min on average, ${share} % late, ${worst} min at worst`,
  );
}

const expected = await Dataset.sql(`
  SELECT origin, month(date) AS month, count(*) AS flights, count(*) FILTER (delay > 15) AS late, sum(delay) AS total, max(delay) AS worst
  FROM '${file.replaceAll("'", "''")}' GROUP BY origin, month ORDER BY origin, month`).collect();
assert.deepEqual(
  delays.map(([[origin, month], sums]) => ({ origin, month, ...sums })),
  expected,
);
console.log(`All ${expected.length * 4} figures are DuckDB's.`);
