import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { SheafEvent } from 'sheaf';
import { Folder } from '../cli/command.js';
import { Chromium, findChromium, type Page } from './chromium.js';
import { join as joined, manyTasks } from './made-up.js';

const binary = findChromium();
const folder = new Folder();
after(() => folder.remove());

/** Where pictures are kept, for those who look at them: CI keeps what is in build/artifacts. */
const pictures = join('build', 'artifacts', 'dashboard');

async function keep(page: Page, name: string): Promise<void> {
  mkdirSync(pictures, { recursive: true });
  writeFileSync(join(pictures, `${name}.png`), await page.picture());
}

const lines = (events: readonly SheafEvent[]): string => events.map((event) => `${JSON.stringify(event)}\n`).join('');

describe('the page in a browser', {
  skip: binary === undefined ? 'no Chromium on this machine (SHEAF_CHROMIUM names one)' : false,
}, () => {
  let browser: Chromium;
  before(() => {
    browser = new Chromium(binary!);
  });
  after(() => browser.close());

  test('live: progress, a failure with its item and stack, a worker that is killed, and the end', async () => {
    folder.file(
      'live.mjs',
      `import { Pool } from 'sheaf';
      import { createInterface } from 'node:readline';
      const lines = createInterface(process.stdin)[Symbol.asyncIterator]();
      const pool = new Pool({ workers: 2, isolation: 'process' });
      let release;
      const gated = (async function* () {
        for (let i = 0; i < 50; i++) yield i;
        await new Promise((resolve) => { release = resolve; });
        for (let i = 50; i < 100; i++) yield i;
      })();
      const half = pool.map(gated, (i) => i, { label: 'half way', inline: false, chunkSize: 5 });
      await lines.next();
      await pool.map([41, 42, 43], function pick(n) { if (n === 42) throw new RangeError('not this one'); return n; }, { label: 'picky', chunkSize: 1 }).settled();
      await lines.next();
      await pool.map([1, 2], (n) => (n === 2 && process.kill(process.pid, 'SIGKILL'), n), { label: 'deadly', chunkSize: 1 }).settled();
      await lines.next();
      release();
      await half;
      await lines.next();
      await pool.close();`,
    );
    const started = folder.startWithInput(['run', '--dashboard', 'live.mjs']);
    const [, url] = await started.until(/dashboard at (http:\S+)/);
    const page = await browser.page(url!);
    const job = (label: string): string =>
      `[...document.querySelectorAll('.job')].find((one) => one.textContent.includes(${JSON.stringify(label)}))`;
    await page.until(`document.querySelector('.state').dataset.state === 'live'`);
    await page.until(`${job('half way')}?.textContent.includes('50 done')`);
    assert.equal(await page.value(`${job('half way')}.dataset.state`), 'running');

    started.say();
    await page.until(`${job('picky')}?.textContent.includes('1 failed')`);
    await page.until(`document.querySelector('.failure[data-item="1"]')`);
    assert.match(await page.text('.failure summary'), /RangeError: not this one.*item 1 of picky, attempt 1/);
    assert.match(await page.text('.failure pre'), /pick.*live\.mjs:\d+/s);
    assert.match(await page.text('.failure code'), /42/);

    started.say();
    await page.until(`document.querySelectorAll('[data-lost]').length === 3`);
    assert.match(await page.text('[data-lost]'), /was lost at .*killed by SIGKILL/);
    await page.until(`document.querySelector('[data-fact="workers lost"]').textContent.includes('3')`);
    await keep(page, 'live');

    started.say();
    await page.until(`${job('half way')}?.dataset.state === 'done'`);
    assert.match(await page.value<string>(`${job('half way')}.textContent`), /100 done/);
    started.sayLast();
    assert.equal((await started.ended).code, 0);
    await page.until(`document.querySelector('.state').dataset.state === 'over'`);
    assert.deepEqual(page.problems, []);
    assert.deepEqual(
      page.requests.filter((one) => new URL(one).origin !== new URL(url!).origin && !one.startsWith('data:')),
      [],
    );
  });

  test('a hundred thousand tasks: drawn, zoomed, moved and pointed at without stutter', async () => {
    folder.file('many.jsonl', lines(manyTasks(100_000, 8)));
    assert.equal(folder.sheaf(['report', 'many.jsonl']).code, 0);
    const page = await browser.page(`file://${folder.path}/many.html`);
    await page.until(`document.querySelector('canvas')?.dataset.spans === '100000'`);
    const box = await page.value<{ x: number; y: number; width: number; height: number }>(
      `(() => { const { x, y, width, height } = document.querySelector('.timeline canvas').getBoundingClientRect(); return { x, y, width, height }; })()`,
    );
    const window_ = async (): Promise<number[]> =>
      (await page.value<string>(`document.querySelector('.timeline canvas').dataset.window`)).split(' ').map(Number);
    const [from, to] = (await window_()) as [number, number];
    assert.equal(from, 0);
    await page.value(`document.querySelector('.timeline canvas').focus()`);

    // Each step is drawn before the next: what it took is noted.
    const times: number[] = [];
    const drawn = async (act: () => Promise<unknown>, changes = true): Promise<void> => {
      const before = JSON.stringify(await window_());
      await act();
      if (changes)
        await page.until(
          `JSON.stringify(document.querySelector('.timeline canvas').dataset.window.split(' ').map(Number)) !== ${JSON.stringify(before)}`,
        );
      times.push(Number(await page.value(`document.querySelector('.timeline canvas').dataset.drawMs`)));
    };
    for (let i = 0; i < 6; i++)
      await drawn(() =>
        page.mouse('mouseWheel', box.x + box.width * 0.75, box.y + 40, { deltaX: 0, deltaY: -120, modifiers: 2 }),
      );
    const [closeFrom, closeTo] = (await window_()) as [number, number];
    assert.ok(closeTo - closeFrom < (to - from) / 5, 'closer');
    const share = (box.width * 0.75 - 84) / (box.width - 84);
    assert.ok(
      Math.abs(closeFrom + (closeTo - closeFrom) * share - to * share) < (closeTo - closeFrom) / 50,
      'what was under the pointer still is',
    );
    await drawn(() => page.key('ArrowLeft'));
    assert.ok((await window_())[0]! < closeFrom, 'earlier');
    const beforeDrag = (await window_())[0]!;
    await page.mouse('mousePressed', box.x + 500, box.y + 40, { button: 'left', buttons: 1 });
    await drawn(() => page.mouse('mouseMoved', box.x + 400, box.y + 40, { button: 'left', buttons: 1 }));
    await page.mouse('mouseReleased', box.x + 400, box.y + 40, { button: 'left' });
    assert.ok((await window_())[0]! > beforeDrag, 'dragged to the left, later');
    await page.mouse('mouseMoved', box.x + box.width / 2, box.y + 35);
    await page.until(`document.querySelector('.tip')?.textContent.includes('many: task')`);
    assert.match(await page.text('.tip'), /done, 1 rows? in .*waited .*worker 0/s);
    await keep(page, 'many-close');
    for (let i = 0; i < 10; i++) await drawn(() => page.key('+'));
    await drawn(() => page.key('0'));
    assert.deepEqual(await window_(), [from, to]);
    await keep(page, 'many');
    const median = times.sort((a, b) => a - b)[times.length >> 1]!;
    console.log(`# drawing ${times.length} times: median ${median} ms, longest ${times.at(-1)} ms`);
    // A frame has 16 ms; what else the machine does must not fail this.
    assert.ok(median < 50, `a drawing takes ${median} ms`);
    assert.deepEqual(page.problems, []);
    assert.deepEqual(
      page.requests.filter((one) => /^https?:/.test(one)),
      [],
    );
  });

  test('stages as a graph, a partition that is too large, what spilled and who was lost; light, dark and on a phone', async () => {
    folder.file('join.jsonl', lines(joined()));
    assert.equal(folder.sheaf(['report', 'join.jsonl', '-o', 'join.html']).code, 0);
    const page = await browser.page(`file://${folder.path}/join.html`);
    await page.until(`document.querySelectorAll('[data-stage]').length === 4`);
    const edges = await page.value<string[]>(
      `[...document.querySelectorAll('.graph g.edge')].map((edge) => edge.textContent)`,
    );
    assert.equal(edges.length, 3);
    for (const edge of edges) assert.match(edge, /[\d,]+ rows[\d.]+ MiB/);
    assert.match(await page.text('[data-exchange="x2"]'), /in the largest \(partition 5, \d\.\d times as many\)/);
    assert.match(await page.text('[data-exchange="x0"]'), /of which [\d.]+ MiB by files/);
    // The dark column of the picture is partition 5.
    const darkest = await page.value<number>(`(() => {
      const canvas = document.querySelector('[data-exchange="x0"] canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, 1);
      const light = Array.from({ length: canvas.width }, (_, i) => data[4 * i] + data[4 * i + 1] + data[4 * i + 2]);
      return light.indexOf(Math.min(...light));
    })()`);
    assert.equal(darkest, 5);
    assert.equal(await page.value('document.querySelectorAll(".plot canvas").length'), 4);
    assert.match(await page.text('[data-fact="spilled"]'), /56\.0 MiB/);
    assert.match(await page.text('[data-lost="3"]'), /killed by SIGKILL/);
    assert.match(await page.text('[data-worker="4"]'), /starting/);
    const back = () => page.value<string>('getComputedStyle(document.body).backgroundColor');
    assert.equal(await back(), 'rgb(255, 255, 255)');
    await keep(page, 'join');
    await page.resize(1200, 900, true);
    await page.until(`getComputedStyle(document.body).backgroundColor !== 'rgb(255, 255, 255)'`);
    await keep(page, 'join-dark');
    await page.resize(390, 844, false);
    await page.until('document.documentElement.scrollWidth <= 390');
    await keep(page, 'join-phone');
    assert.deepEqual(page.problems, []);
  });

  test('by the keyboard alone, and by two fingers on a phone', async () => {
    folder.file('some.jsonl', lines(manyTasks(2000, 4)));
    assert.equal(folder.sheaf(['report', 'some.jsonl']).code, 0);
    const page = await browser.page(`file://${folder.path}/some.html`, { width: 390, height: 844, dark: true });
    await page.until(`document.querySelector('canvas')?.dataset.spans === '2000'`);
    assert.match(await page.value<string>(`document.querySelector('.hint').innerText`), /two fingers zoom, one moves$/);
    const seen = `document.querySelector('.timeline canvas').dataset.window`;
    const all = await page.value<string>(seen);

    // Tab comes to everything that can be used, and what has the focus shows that it has.
    const reached = new Set<string>();
    for (let i = 0; i < 40; i++) {
      await page.key('Tab');
      reached.add(
        await page.value<string>(
          `(({ tagName, ariaLabel, textContent }) => tagName + ' ' + (ariaLabel ?? textContent).slice(0, 20))(document.activeElement)`,
        ),
      );
      if (i < 8) assert.notEqual(await page.value(`getComputedStyle(document.activeElement).outlineStyle`), 'none');
    }
    for (const name of ['BUTTON many', 'BUTTON Zoom in', 'BUTTON All', 'CANVAS What 4 workers ran'])
      assert.ok(
        [...reached].some((one) => one.startsWith(name)),
        `${name} of ${[...reached].join(', ')}`,
      );
    await page.value(`document.querySelector('.job button').focus()`);
    await page.key('Enter');
    await page.until(`document.querySelector('.job button').getAttribute('aria-pressed') === 'true'`);

    const box = await page.value<{ x: number; y: number; width: number }>(`(() => {
      const canvas = document.querySelector('.timeline canvas');
      canvas.scrollIntoView();
      const { x, y, width } = canvas.getBoundingClientRect();
      return { x, y, width };
    })()`);
    assert.ok(box.width > 300 && box.x >= 0 && box.x + box.width <= 390, JSON.stringify(box));
    const fingers = (type: string, ...xs: number[]): Promise<unknown> =>
      page.send('Input.dispatchTouchEvent', { type, touchPoints: xs.map((x, id) => ({ id, x, y: box.y + 40 })) });
    await fingers('touchStart', 180, 220);
    await fingers('touchMove', 150, 250);
    await fingers('touchMove', 120, 280);
    await fingers('touchEnd');
    await page.until(`${seen} !== ${JSON.stringify(all)}`);
    const [from, to] = (await page.value<string>(seen)).split(' ').map(Number) as [number, number];
    const [, whole] = all.split(' ').map(Number) as [number, number];
    assert.ok(to - from < whole / 2, `closer: ${from} to ${to} of ${whole}`);
    await keep(page, 'phone-dark');
    assert.deepEqual(page.problems, []);
  });

  test('labels and items that look like HTML are text', async () => {
    const [opened, started] = manyTasks(1, 1);
    const evil = '</script><img src=x onerror="document.title=1">';
    const told = { engine: 0, time: opened!.time + 1 };
    const failed = {
      ...told,
      kind: 'item-failed',
      job: 0,
      index: 0,
      item: evil,
      attempt: 1,
      worker: 0,
      cause: { name: evil, message: evil },
    };
    const job = { ...told, kind: 'job-started', job: 0, label: evil, of: 'map', total: 1 };
    folder.file('evil.jsonl', lines([opened!, started!, job as SheafEvent, failed as SheafEvent]));
    assert.equal(folder.sheaf(['report', 'evil.jsonl']).code, 0);
    const page = await browser.page(`file://${folder.path}/evil.html`);
    await page.until(`document.querySelector('.job')`);
    assert.equal(await page.text('.job .label'), evil);
    assert.match(await page.text('.failure code'), /<\/script>/);
    assert.equal(await page.value('document.title'), 'evil.jsonl · Sheaf');
    assert.deepEqual(page.problems, []);
  });
});
