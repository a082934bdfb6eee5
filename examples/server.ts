// A web server with a handler that computes: tiles of the Mandelbrot set, as PNG. A pool does the computing, so that the server goes on
// to answer. Whoever hangs up cancels what they asked for; what takes too long is a 504, and what would wait too long a 503, at once.
//
//   npx sheaf run examples/server.ts              asks itself, and checks the answers
//   npx sheaf run examples/server.ts --port 8080  serves: http://localhost:8080/tile?x=-0.75&y=0.1&size=0.01&depth=5000
import assert from 'node:assert/strict';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { CancelledError, Pool, TimeoutError } from 'sheaf';
import { decodePng, encodePng, type Image } from './png.ts';

const side = 128;

/** How soon each point of a square escapes, in shades of grey. */
function tile(x: number, y: number, size: number, depth: number): Uint8Array {
  const pixels = new Uint8Array(side * side);
  for (let at = 0; at < pixels.length; at++) {
    const [a, b] = [x + size * ((at % side) / side - 0.5), y + size * (Math.floor(at / side) / side - 0.5)];
    let [u, v, n] = [0, 0, 0];
    for (; n < depth && u * u + v * v < 4; n++) [u, v] = [u * u - v * v + a, 2 * u * v + b];
    pixels[at] = n === depth ? 0 : 255 - (n % 256);
  }
  return encodePng({ width: side, height: side, channels: 1, pixels });
}

interface Limits {
  /** Tiles that are being made or wait for it, at most. */
  readonly queue: number;
  readonly timeoutMs: number;
  /** Without a pool the server computes by itself, as a comparison. */
  readonly pool: Pool | undefined;
}

function serve({ queue, timeoutMs, pool }: Limits): Server {
  let [busy, hungUp] = [0, 0];
  async function sendTile(response: ServerResponse, query: URLSearchParams): Promise<void> {
    if (busy >= queue) return void response.writeHead(503, { 'retry-after': '1' }).end('Too much to do.');
    const args = ['x', 'y', 'size', 'depth'].map((name) => Number(query.get(name))) as [number, number, number, number];
    const hangUp = new AbortController();
    response.on('close', () => hangUp.abort());
    busy++;
    try {
      const png = pool ? await pool.run(tile, args, { signal: hangUp.signal, timeoutMs }) : tile(...args);
      response.writeHead(200, { 'content-type': 'image/png' }).end(png);
    } catch (error) {
      if (error instanceof CancelledError) return void hungUp++; // nobody listens any more
      if (!(error instanceof TimeoutError)) console.error(error);
      response.writeHead(error instanceof TimeoutError ? 504 : 500).end();
    } finally {
      busy--;
    }
  }
  return createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
    if (pathname === '/tile') void sendTile(response, searchParams);
    else if (pathname === '/health') response.end(JSON.stringify({ busy, hungUp }));
    else response.writeHead(404).end();
  });
}

async function listen(server: Server, port = 0): Promise<string> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

// A worker that is in the midst of a tile that nobody wants is replaced, after so long.
const pool = new Pool({ graceMs: 20 });
const { port } = parseArgs({ options: { port: { type: 'string' } } }).values;
if (port === undefined) await check();
else console.log(`${await listen(serve({ queue: 100, timeoutMs: 10_000, pool }), Number(port))}/health`);

async function check(): Promise<void> {
  const alone = serve({ queue: 12, timeoutMs: 60_000, pool: undefined });
  const pooled = serve({ queue: 12, timeoutMs: 30_000, pool });
  const strict = serve({ queue: 12, timeoutMs: 100, pool });
  const paths = Array.from({ length: 12 }, (_, i) => `/tile?x=${-0.7 - i / 100}&y=0.1&size=0.5&depth=800`);

  // Twelve tiles at once, and meanwhile one cheap question after another.
  async function load(address: string): Promise<Image[]> {
    let pending = true;
    const asked = Promise.all(paths.map(async (path) => decodePng(await bytesOf(await fetch(address + path)))));
    const tiles = asked.finally(() => (pending = false));
    const latencies: number[] = [];
    while (pending) {
      const began = performance.now();
      await (await fetch(`${address}/health`)).text();
      latencies.push(performance.now() - began);
    }
    latencies.sort((a, b) => a - b);
    const [p50, p99] = [0.5, 0.99].map((share) => latencies[Math.floor(share * latencies.length)]!.toFixed(1));
    console.log(`  ${latencies.length} answers of /health, p50 ${p50} ms, p99 ${p99} ms`);
    return tiles;
  }
  console.log('While 12 tiles are made by the server itself:');
  const expected = await load(await listen(alone));
  console.log('While they are made by a pool:');
  const address = await listen(pooled);
  assert.deepEqual(await load(address), expected);

  // The inside of the set, endlessly deep: as many as the server takes on, and one more.
  const endless = '/tile?x=0&y=0&size=0.01&depth=Infinity';
  const hangUp = new AbortController();
  const hopeless = paths.map(() => fetch(address + endless, { signal: hangUp.signal }).catch((error) => error.name));
  const health = async () => (await (await fetch(`${address}/health`)).json()) as { busy: number; hungUp: number };
  while ((await health()).busy < paths.length);
  assert.equal((await fetch(address + endless)).status, 503);
  hangUp.abort();
  assert.deepEqual(new Set(await Promise.all(hopeless)), new Set(['AbortError']));
  while ((await health()).busy > 0);
  assert.equal((await health()).hungUp, paths.length);
  assert.deepEqual(decodePng(await bytesOf(await fetch(address + paths[0]))), expected[0]);
  assert.equal((await fetch((await listen(strict)) + endless)).status, 504);
  console.log(
    'With every worker busy for good, /health answered and a tile more was a 503; all hung up, and tiles came again.',
  );
  for (const server of [alone, pooled, strict]) server.close();
  await pool.close();
}

async function bytesOf(response: Response): Promise<Uint8Array> {
  assert.equal(response.status, 200);
  return new Uint8Array(await response.arrayBuffer());
}
