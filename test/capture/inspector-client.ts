/**
 * A debugger's side of Node's inspector protocol, for one process and the worker threads in it. Speaks WebSocket (RFC 6455) by
 * itself, as far as the inspector needs: Node 20 has no client of its own.
 */
import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { request } from 'node:http';
import type { Socket } from 'node:net';

export interface InspectorMessage {
  readonly id?: number;
  readonly method?: string;
  // biome-ignore lint/suspicious/noExplicitAny: the protocol's own types are not at hand.
  readonly params?: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  readonly result?: any;
  readonly error?: { readonly message: string };
}

/** One target of the protocol. Emits each notification under the name of its method. */
export class InspectorSession extends EventEmitter {
  #lastId = 0;
  readonly #send: (text: string) => void;
  readonly #waiting = new Map<number, (message: InspectorMessage) => void>();

  constructor(send: (text: string) => void) {
    super();
    this.#send = send;
  }

  /** Calls a method; rejects with what the inspector says against it. */
  // biome-ignore lint/suspicious/noExplicitAny: the protocol's own types are not at hand.
  post(method: string, params: object = {}): Promise<any> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result, error }) => {
        if (error) reject(new Error(`${method}: ${error.message}`));
        else resolve(result);
      });
      this.#send(JSON.stringify({ id, method, params }));
    });
  }

  receive(text: string): void {
    const message: InspectorMessage = JSON.parse(text);
    if (message.id !== undefined) {
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
    } else if (message.method !== undefined) {
      this.emit(message.method, message.params);
    }
  }
}

/** The session of the main thread of the process behind a `ws://` address, and a way to end it. */
export async function connect(address: string): Promise<{ session: InspectorSession; close: () => void }> {
  const { hostname, port, pathname } = new URL(address);
  const upgrade = request({
    hostname,
    port,
    path: pathname,
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
      'Sec-WebSocket-Version': '13',
    },
  });
  upgrade.end();
  const [, socket, head] = (await once(upgrade, 'upgrade')) as [unknown, Socket, Buffer];
  const session = new InspectorSession((text) => socket.write(textFrame(text)));
  const read = frameReader((text) => session.receive(text));
  read(head);
  socket.on('data', read);
  // The process may end first.
  socket.on('error', () => {});
  return { session, close: () => socket.destroy() };
}

/** Gives the session of each worker thread that starts from now on to `onWorker`; the thread waits until that lets it run. */
export async function onWorkers(main: InspectorSession, onWorker: (worker: InspectorSession) => void): Promise<void> {
  const workers = new Map<string, InspectorSession>();
  main.on('NodeWorker.attachedToWorker', ({ sessionId }) => {
    const worker = new InspectorSession((message) => {
      // Refused once the worker is gone, when nobody waits for an answer any more.
      main.post('NodeWorker.sendMessageToWorker', { sessionId, message }).catch(() => {});
    });
    workers.set(sessionId, worker);
    onWorker(worker);
  });
  main.on('NodeWorker.receivedMessageFromWorker', ({ sessionId, message }) => workers.get(sessionId)?.receive(message));
  await main.post('NodeWorker.enable', { waitForDebuggerOnStart: true });
}

/** A final text frame, masked with zeros as clients must mask. */
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const { length } = payload;
  const header = length < 126 ? Buffer.alloc(2) : length < 65_536 ? Buffer.alloc(4) : Buffer.alloc(10);
  header[0] = 0x81;
  if (length < 126) header[1] = 0x80 | length;
  else if (length < 65_536) {
    header[1] = 0x80 | 126;
    header.writeUInt16BE(length, 2);
  } else {
    header[1] = 0x80 | 127;
    header.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([header, Buffer.alloc(4), payload]);
}

/** Cuts the inspector's stream into frames; it neither masks nor fragments its texts. */
function frameReader(onText: (text: string) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      if (rest.length < 2) return;
      const short = (rest[1] as number) & 0x7f;
      const headerLength = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (rest.length < headerLength) return;
      const length = short < 126 ? short : short === 126 ? rest.readUInt16BE(2) : Number(rest.readBigUInt64BE(2));
      if (rest.length < headerLength + length) return;
      const isText = ((rest[0] as number) & 0x0f) === 1;
      if (isText) onText(rest.toString('utf8', headerLength, headerLength + length));
      rest = rest.subarray(headerLength + length);
    }
  };
}
