// A build step: files of a web site get names by their content, so that browsers may keep them for ever, and are compressed as small as
// Brotli and gzip can. Compressing takes long, and a large file takes longer than many small ones: the largest are begun first.
//
//   npx sheaf run examples/assets.ts [from] [to]
//
// Without folders it takes data files that are there, looks at what was written, and compares it with the files that were read.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { Pool } from 'sheaf';

const from = process.argv[2] ?? fileURLToPath(new URL('../node_modules/vega-datasets/data/', import.meta.url));
const to = process.argv[3] ?? mkdtempSync(join(tmpdir(), 'assets-'));
/** What is larger is no part of a page. */
const largest = 100_000;

interface Asset {
  readonly file: string;
  /** Its name by its content: `cars.3f2a91c04e.json`. */
  readonly name: string;
  readonly bytes: { readonly plain: number; readonly gzip: number; readonly brotli: number };
}

function build({ file }: { file: string }): Asset {
  const content = readFileSync(join(from, file));
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 10);
  const name = `${basename(file, extname(file))}.${hash}${extname(file)}`;
  const [gzip, brotli] = [gzipSync(content, { level: 9 }), brotliCompressSync(content)];
  writeFileSync(join(to, name), content);
  writeFileSync(join(to, `${name}.gz`), gzip);
  writeFileSync(join(to, `${name}.br`), brotli);
  return { file, name, bytes: { plain: content.length, gzip: gzip.length, brotli: brotli.length } };
}

const files = readdirSync(from, { withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(json|csv|tsv|svg|html|css|js)$/.test(entry.name))
  .map(({ name }) => ({ file: name, size: statSync(join(from, name)).size }))
  .filter(({ size }) => size <= largest);

mkdirSync(to, { recursive: true });
const pool = new Pool();
const assets = await pool.map(files, build, { cost: ({ size }) => size, progress: true });
await pool.close();

// Results are in the order of the files, whatever was made first, so the same files give the same manifest.
const manifest = Object.fromEntries(assets.map(({ file, name }) => [file, name]));
writeFileSync(join(to, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);

const total = (kind: keyof Asset['bytes']): string =>
  `${(assets.reduce((sum, { bytes }) => sum + bytes[kind], 0) / 1e6).toFixed(2)} MB`;
console.log(`${assets.length} files: ${total('plain')}, with gzip ${total('gzip')}, with Brotli ${total('brotli')}.`);

assert.deepEqual(
  Object.keys(manifest),
  files.map(({ file }) => file),
);
for (const [file, name] of Object.entries(manifest)) {
  const content = readFileSync(join(from, file));
  assert.equal(name.split('.').at(-2), createHash('sha256').update(content).digest('hex').slice(0, 10));
  assert.ok(content.equals(readFileSync(join(to, name))), name);
  assert.ok(content.equals(gunzipSync(readFileSync(join(to, `${name}.gz`)))), name);
  assert.ok(content.equals(brotliDecompressSync(readFileSync(join(to, `${name}.br`)))), name);
}
console.log('Every file is there three times, and each time it is what was read.');
if (process.argv[3] === undefined) rmSync(to, { recursive: true });
