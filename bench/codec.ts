/** Time of one row through the codec, one way each, beside the runtime's own serializers. `node build/bench/codec.js [rows]` */
import { deserialize, serialize } from 'node:v8';
import { decodeRows, encodeRow, encodeRows, packRows } from '../src/codec/index.js';

const rows = Number(process.argv[2] ?? 200_000);
const CHUNK = 4096;
const ROUNDS = 7;

type Rows = unknown[];

const workloads: Record<string, (i: number) => unknown> = {
  numbers: (i) => i / 3,
  strings: (i) => `user-${i}`,
  booleans: (i) => i % 3 === 0,
  'long strings': (i) => `${i}`.padEnd(1000, 'x'),
  'objects (W5)': (i) => ({ id: i, name: `user-${i}`, tags: [`a${i % 10}`, `b${i % 7}`, 'c'], score: i / 3 }),
  'nested objects': (i) => ({ id: i, at: { x: i / 2, y: -i }, name: i % 5 === 0 ? null : `n${i}`, ok: i % 2 === 0 }),
  'mixed shapes': (i) => (i % 2 === 0 ? { id: i, name: `user-${i}` } : { key: `k${i}`, list: [1, 2, 3] }),
  'Float64Array(16)': (i) => new Float64Array(16).fill(i),
};

const columns = ['encode', 'decode', 'structuredClone', 'v8.serialize', 'v8.deserialize', 'snapshot', 'pack'] as const;

function measure(make: (i: number) => unknown): Record<(typeof columns)[number], number> {
  const samples = Object.fromEntries(columns.map((name) => [name, [] as number[]]));
  const all = Array.from({ length: rows }, (_, i) => make(i));
  const chunks: Rows[] = [];
  for (let i = 0; i < rows; i += CHUNK) chunks.push(all.slice(i, i + CHUNK));
  for (let round = 0; round < ROUNDS; round++) {
    const time = <T>(name: string, input: readonly T[], run: (item: T) => unknown): unknown[] => {
      const start = process.hrtime.bigint();
      const output = input.map((item) => run(item));
      samples[name]!.push(Number(process.hrtime.bigint() - start) / 1000 / rows);
      return output;
    };
    const blocks = time('encode', chunks, (chunk) => encodeRows(chunk)) as ReturnType<typeof encodeRows>[];
    time('decode', blocks, (block) => decodeRows(block));
    time('structuredClone', chunks, (chunk) => structuredClone(chunk));
    const bytes = time('v8.serialize', chunks, (chunk) => serialize(chunk)) as Buffer[];
    time('v8.deserialize', bytes, (buffer) => deserialize(buffer));
    const snapshots = time('snapshot', chunks, (chunk) => chunk.map((row) => encodeRow(row))) as never[][];
    time('pack', snapshots, (chunk) => packRows(chunk));
  }
  const median = (name: string) => samples[name]!.sort((a, b) => a - b)[ROUNDS >> 1]!;
  return Object.fromEntries(columns.map((name) => [name, median(name)])) as Record<(typeof columns)[number], number>;
}

console.log(`${rows} rows in chunks of ${CHUNK}, medians of ${ROUNDS}, µs a row (node ${process.version})`);
console.log(['', ...columns].map((name) => name.padStart(16)).join(''));
for (const [name, make] of Object.entries(workloads)) {
  const result = measure(make);
  console.log(name.padStart(16) + columns.map((column) => result[column].toFixed(4).padStart(16)).join(''));
}
