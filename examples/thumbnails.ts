// Thumbnails of a folder of pictures: read, decoded, made smaller and encoded again. The bytes of a file are moved to a worker, not copied,
// and those of its thumbnail are moved back.
//
//   npx sheaf run examples/thumbnails.ts [pictures] [folder]
//
// The pictures are drawn here first, and every pixel of every thumbnail is compared with what a run without workers gives, and with what
// it should be by the formula of the drawing.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'sheaf';
import { decodePng, encodePng, type Image } from './png.ts';

const count = Number(process.argv[2] ?? 24);
const folder = process.argv[3] ?? mkdtempSync(join(tmpdir(), 'thumbnails-'));
const [width, height, times] = [900, 600, 6];

/** A channel of a pixel of a picture: waves around a point. */
const shade = (picture: number, x: number, y: number, channel: number): number =>
  Math.round(127.5 + 127.5 * Math.sin(Math.hypot(x - picture * 40, y - 300) / (10 + picture + 7 * channel)));

function draw(picture: number): void {
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let channel = 0; channel < 3; channel++) pixels[at++] = shade(picture, x, y, channel);
  writeFileSync(join(folder, `${picture}.png`), encodePng({ width, height, channels: 3, pixels }));
}

/** The picture at a fraction of its size: each pixel is the mean of a square of pixels. */
function shrink({ width, height, channels, pixels }: Image, times: number): Image {
  const small = { width: Math.floor(width / times), height: Math.floor(height / times), channels };
  const means = new Uint8Array(small.width * small.height * channels);
  for (let y = 0, at = 0; y < small.height; y++)
    for (let x = 0; x < small.width; x++)
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let v = y * times; v < (y + 1) * times; v++)
          for (let u = x * times; u < (x + 1) * times; u++) sum += pixels[(v * width + u) * channels + channel]!;
        means[at++] = Math.round(sum / times ** 2);
      }
  return { ...small, pixels: means };
}

const thumbnailOf = (png: Uint8Array): Uint8Array => encodePng(shrink(decodePng(png), times));

const pool = new Pool();
mkdirSync(folder, { recursive: true });
await pool.map(
  Array.from({ length: count }, (_, picture) => picture),
  draw,
);

const names = readdirSync(folder).filter((name) => /^\d+\.png$/.test(name));
const moved: ArrayBufferView[] = [];
let [read, made] = [0, 0];

/** Files are read as the pool asks for them: only a few are in memory at a time. */
async function* files() {
  for (const name of names) {
    const png = await readFile(join(folder, name));
    read += png.length;
    moved.push(png);
    yield { name, png };
  }
}
const job = pool.map(files(), ({ name, png }) => ({ name, thumbnail: thumbnailOf(png) }), {
  transfer: ({ png }) => [png],
  progress: true,
  label: 'thumbnails',
});
for await (const { name, thumbnail } of job) {
  await writeFile(join(folder, `small-${name}`), thumbnail);
  made += thumbnail.length;
}
await pool.close();

const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;
console.log(
  `${names.length} pictures, ${mb(read)}, became thumbnails of ${width / times} × ${height / times}, ${mb(made)}.`,
);
assert.ok(moved.every(({ byteLength }) => byteLength === 0));
console.log('All bytes that were read were moved to the workers: none are left here.');

for (const name of names) {
  const small = await readFile(join(folder, `small-${name}`));
  assert.deepEqual(decodePng(small), decodePng(thumbnailOf(await readFile(join(folder, name)))));
  const { pixels } = decodePng(small);
  const drawn = (x: number, y: number, channel: number) => shade(Number.parseInt(name, 10), x, y, channel);
  for (let at = 0; at < pixels.length; at++) {
    const [x, y, channel] = [Math.floor(at / 3) % (width / times), Math.floor(at / (3 * (width / times))), at % 3];
    let sum = 0;
    for (let i = 0; i < times ** 2; i++)
      sum += drawn(x * times + (i % times), y * times + Math.floor(i / times), channel);
    assert.equal(pixels[at], Math.round(sum / times ** 2), `${name}, pixel ${x}, ${y}`);
  }
}
console.log('Every pixel is that of a run without workers, and of the drawing.');
if (process.argv[3] === undefined) rmSync(folder, { recursive: true });
