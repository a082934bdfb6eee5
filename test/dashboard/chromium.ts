/** A headless Chromium, driven by its own protocol over pipes. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

const boundMs = 60_000;

/** The browser on this machine; `SHEAF_CHROMIUM` names one. */
export function findChromium(): string | undefined {
  const names = [process.env.SHEAF_CHROMIUM, 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  return names.find((name) => name !== undefined && spawnSync(name, ['--version']).status === 0);
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

export class Chromium {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  readonly #pages = new Map<string, Page>();
  #rest = '';
  #next = 1;

  constructor(binary: string) {
    this.#profile = mkdtempSync(join(tmpdir(), 'sheaf-chromium-'));
    this.#process = spawn(
      binary,
      [
        ...[
          '--headless=new',
          '--no-sandbox',
          '--disable-gpu',
          '--disable-dev-shm-usage',
          '--remote-debugging-pipe',
          '--no-first-run',
        ],
        ...[
          '--disable-background-networking',
          '--disable-component-update',
          '--hide-scrollbars',
          `--user-data-dir=${this.#profile}`,
        ],
      ],
      // A group of its own: what it starts ends with it.
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], detached: true },
    );
    (this.#process.stdio[4] as Readable).setEncoding('utf8').on('data', (text: string) => {
      const messages = (this.#rest + text).split('\0');
      this.#rest = messages.pop()!;
      for (const message of messages) this.#receive(JSON.parse(message) as Message);
    });
    this.#process.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('Chromium has ended.'));
    });
  }

  async page(
    url: string,
    size: { width: number; height: number; dark?: boolean } = { width: 1200, height: 900 },
  ): Promise<Page> {
    const { targetId } = await this.send<{ targetId: string }>('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this, sessionId);
    this.#pages.set(sessionId, page);
    await page.send('Page.enable');
    await page.send('Runtime.enable');
    await page.send('Network.enable');
    await page.send('Log.enable');
    await page.resize(size.width, size.height, size.dark === true);
    await page.send('Page.navigate', { url });
    return page;
  }

  send<R>(method: string, params: object = {}, sessionId?: string): Promise<R> {
    const id = this.#next++;
    return new Promise<R>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
      (this.#process.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    process.kill(-this.#process.pid!, 'SIGKILL');
    await gone;
    // Those of the group that are not its own children may be gone a moment later, and write until then.
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }

  #receive(message: Message): void {
    if (message.id === undefined) {
      this.#pages.get(message.sessionId ?? '')?.heard(message.method!, message.params ?? {});
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.error === undefined) waiting?.resolve(message.result);
    else waiting?.reject(new Error(message.error.message));
  }
}

export class Page {
  /** What went wrong on it: errors that nobody caught, refusals by its policy. */
  readonly problems: string[] = [];
  /** What it asked for. */
  readonly requests: string[] = [];
  readonly #browser: Chromium;
  readonly #session: string;

  constructor(browser: Chromium, session: string) {
    this.#browser = browser;
    this.#session = session;
  }

  heard(method: string, params: Record<string, unknown>): void {
    if (method === 'Runtime.exceptionThrown') this.problems.push(JSON.stringify(params.exceptionDetails));
    if (method === 'Log.entryAdded') {
      const { level, text, source } = params.entry as { level: string; text: string; source: string };
      // That the program has ended is no problem of the page's.
      if (level === 'error' && source !== 'network') this.problems.push(text);
    }
    if (method === 'Network.requestWillBeSent') this.requests.push((params.request as { url: string }).url);
  }

  send<R>(method: string, params: object = {}): Promise<R> {
    return this.#browser.send<R>(method, params, this.#session);
  }

  async resize(width: number, height: number, dark: boolean): Promise<void> {
    await this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 500 });
    await this.send('Emulation.setTouchEmulationEnabled', { enabled: width < 500 });
    await this.send('Emulation.setEmulatedMedia', {
      features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }],
    });
  }

  /** The value of an expression there. */
  async value<R>(expression: string): Promise<R> {
    const answer = await this.send<{
      result: { value: R };
      exceptionDetails?: { exception?: { description?: string } };
    }>('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    if (answer.exceptionDetails !== undefined)
      throw new Error(answer.exceptionDetails.exception?.description ?? expression);
    return answer.result.value;
  }

  /** Waits until an expression is true there. */
  async until(expression: string): Promise<void> {
    const end = performance.now() + boundMs;
    while (
      !(await this.value<boolean>(`(() => { try { return Boolean(${expression}); } catch { return false; } })()`))
    ) {
      if (performance.now() > end) {
        const text = await this.value<string>('document.body.innerText');
        assert.fail(
          `${expression} did not come true. The page:\n${text.slice(0, 2000)}\nProblems: ${this.problems.join('\n')}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  text(selector: string): Promise<string> {
    return this.value(`document.querySelector(${JSON.stringify(selector)})?.textContent ?? ''`);
  }

  /** A picture of it, as PNG. */
  async picture(whole = false): Promise<Buffer> {
    const { data } = await this.send<{ data: string }>('Page.captureScreenshot', {
      format: 'png',
      captureBeyondViewport: whole,
    });
    return Buffer.from(data, 'base64');
  }

  async key(key: string): Promise<void> {
    const text = key.length === 1 ? { text: key } : {};
    // What the browser itself does at a key goes by its number.
    const number = { Tab: { windowsVirtualKeyCode: 9 }, Enter: { windowsVirtualKeyCode: 13, text: '\r' } }[key];
    await this.send('Input.dispatchKeyEvent', { type: 'keyDown', key, ...text, ...number });
    await this.send('Input.dispatchKeyEvent', { type: 'keyUp', key });
  }

  mouse(type: string, x: number, y: number, more: object = {}): Promise<unknown> {
    return this.send('Input.dispatchMouseEvent', { type, x, y, ...more });
  }
}
