/** Serves the page that shows a run, on this machine only, to those who have its address. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import page from 'sheaf:page';
import type { SheafEvent } from '../observe/events.js';
import type { RunView } from '../observe/view.js';
import { metricsOf } from './metrics.js';

/** Events go out together, so often. */
const batchMs = 200;
/** A page that takes no more than this, in bytes, is sent everything anew when it does. */
const mostWaiting = 4 * 2 ** 20;
/** Events between two sendings, at most; past that a page gets everything anew. */
const mostBatched = 20_000;

interface Page {
  readonly response: ServerResponse;
  /** It needs everything. */
  isStale: boolean;
}

export class DashboardServer {
  readonly #view: RunView;
  readonly #token = randomBytes(16).toString('hex');
  readonly #pages = new Set<Page>();
  readonly #server: Server;
  readonly #staysAlive: boolean;
  #batch: SheafEvent[] = [];
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param view what is shown; whoever made it keeps it up to date
   * @param staysAlive the process does not end while the page is served
   */
  constructor(view: RunView, staysAlive = false) {
    this.#view = view;
    this.#staysAlive = staysAlive;
    this.#server = createServer((request, response) => this.#answer(request, response));
    if (!staysAlive) this.#server.on('connection', (socket) => socket.unref());
  }

  /** Starts to listen, on a free port where it is 0; resolves with the address of the page, which holds the token that opens it. */
  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    if (!this.#staysAlive) this.#server.unref();
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${this.#token}/`;
  }

  /** An event that the view has had, for the pages that are open. */
  tell(event: SheafEvent): void {
    if (this.#pages.size === 0) return;
    if (this.#batch.length < mostBatched) this.#batch.push(event);
    else for (const page_ of this.#pages) page_.isStale = true;
    if (this.#timer === undefined) {
      this.#timer = setTimeout(() => this.#send(), batchMs);
      if (!this.#staysAlive) this.#timer.unref();
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#batch.length > 0) this.#send();
    for (const { response } of this.#pages) response.end();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const [, first = '', second = '', ...rest] = pathname.split('/');
    // Scrapers send the token in a header.
    const bearer = /^Bearer (\w+)$/.exec(request.headers.authorization ?? '')?.[1];
    const [token, what] = first === 'metrics' && bearer !== undefined ? [bearer, 'metrics'] : [first, second];
    // A page of another site that has this address by a name of its own must not be answered, whatever it knows.
    if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? ''))
      refuse(response, 403, 'Not by this name.');
    else if (request.method !== 'GET') refuse(response, 405, 'This page is only to be looked at.');
    else if (!this.#opens(token))
      refuse(response, 403, 'The address of this page has a token, which is missing or wrong.');
    else if (rest.length > 0) refuse(response, 404, 'There is no such page.');
    else if (what === '') this.#page(pathname, response);
    else if (what === 'events') this.#follow(request, response);
    else if (what === 'metrics') this.#metrics(response);
    else refuse(response, 404, 'There is no such page.');
  }

  #opens(token: string): boolean {
    const [given, right] = [Buffer.from(token), Buffer.from(this.#token)];
    return given.length === right.length && timingSafeEqual(given, right);
  }

  #page(pathname: string, response: ServerResponse): void {
    if (!pathname.endsWith('/')) {
      response.writeHead(308, { ...headers, location: `${pathname}/` }).end();
      return;
    }
    const nonce = randomBytes(16).toString('base64');
    const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'unsafe-inline'; connect-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`;
    response
      .writeHead(200, { ...headers, 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy })
      .end(page.replaceAll('<script>', `<script nonce="${nonce}">`));
  }

  #metrics(response: ServerResponse): void {
    response
      .writeHead(200, { ...headers, 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
      .end(metricsOf(this.#view));
  }

  #follow(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' });
    // What the others wait for is in the view already.
    if (this.#batch.length > 0) this.#send();
    const one: Page = { response, isStale: true };
    this.#pages.add(one);
    request.on('close', () => this.#pages.delete(one));
    response.on('error', () => this.#pages.delete(one));
    this.#send();
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    let events: string | undefined;
    let all: string | undefined;
    for (const one of this.#pages) {
      if (one.response.writableLength > mostWaiting) {
        one.isStale = true;
        continue;
      }
      if (one.isStale) {
        all ??= `event: all\ndata: ${JSON.stringify(this.#view)}\n\n`;
        one.response.write(all);
        one.isStale = false;
      } else if (this.#batch.length > 0) {
        events ??= `data: ${JSON.stringify(this.#batch)}\n\n`;
        one.response.write(events);
      }
    }
    this.#batch = [];
  }
}

const headers = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
} as const;

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { ...headers, 'content-type': 'text/plain; charset=utf-8' }).end(`${why}\n`);
}
