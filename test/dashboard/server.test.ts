import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { local, Pool } from 'sheaf';

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

function get(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers, method }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    });
    sent.on('error', reject).end();
  });
}

test('the page opens for those who have its token, on this machine, by its own name', async () => {
  const engine = local({ workers: 1 });
  await using dashboard = await engine.dashboard();
  const url = new URL(dashboard.url);
  assert.equal(url.hostname, '127.0.0.1');
  assert.match(url.pathname, /^\/[0-9a-f]{32}\/$/);
  const page = await get(dashboard.url);
  assert.equal(page.status, 200);
  assert.match(String(page.headers['content-security-policy']), /default-src 'none'; script-src 'nonce-/);
  assert.equal(page.headers['referrer-policy'], 'no-referrer');
  assert.equal(page.headers['cache-control'], 'no-store');
  for (const path of [
    '/',
    '/metrics',
    '/events',
    `/${'0'.repeat(32)}/`,
    `/${'0'.repeat(32)}/events`,
    `${url.pathname.slice(0, -2)}/`,
  ])
    assert.equal((await get(new URL(path, url).href)).status, 403, path);
  assert.equal((await get(dashboard.url, { host: 'evil.example' })).status, 403);
  assert.equal((await get(dashboard.url, {}, 'POST')).status, 405);
  assert.equal((await get(`${dashboard.url}no/such`)).status, 404);
  await engine.close();
});

test('metrics as Prometheus reads them, by address or with the token in a header', async () => {
  const engine = local({ workers: 2 });
  const dashboard = await engine.dashboard();
  const pool = new Pool({ engine });
  await pool.map([1, 2, 3], (n) => n, { inline: false, chunkSize: 1 });
  await pool.map([1], () => process.exit(1)).settled();
  const { status, headers, body } = await get(`${dashboard.url}metrics`);
  assert.equal(status, 200);
  assert.match(String(headers['content-type']), /^text\/plain; version=0\.0\.4/);
  for (const line of body.trimEnd().split('\n'))
    assert.match(
      line,
      /^(# HELP [a-z_]+ .+|# TYPE [a-z_]+ (counter|gauge)|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?\d+(\.\d+)?(e-?\d+)?)$/,
    );
  const value = (name: string): number => Number(new RegExp(`^${name} (.+)$`, 'm').exec(body)?.[1]);
  assert.equal(value('sheaf_rows_done_total'), 3);
  assert.equal(value('sheaf_rows_failed_total'), 1);
  assert.equal(value('sheaf_workers_lost_total'), 3);
  assert.equal(value('sheaf_jobs_started_total'), 2);
  assert.equal(value('sheaf_tasks_total\\{outcome="done"\\}'), 3);
  const token = new URL(dashboard.url).pathname.split('/')[1]!;
  const scraped = await get(new URL('/metrics', dashboard.url).href, { authorization: `Bearer ${token}` });
  assert.equal(scraped.status, 200);
  assert.equal((await get(new URL('/metrics', dashboard.url).href, { authorization: 'Bearer 00' })).status, 403);
  await pool.close();
  await dashboard.close();
  await assert.rejects(get(dashboard.url));
});

test('what cannot be a port is refused', async () => {
  const engine = local({ workers: 1 });
  for (const port of [-1, 1.5, 70_000, '80' as unknown as number])
    await assert.rejects(engine.dashboard({ port }), RangeError);
  await engine.close();
});
