/**
 * Messages over a byte stream: a length, then the message as V8 serializes it. Only Sheaf's own message objects go through here; what
 * users send is opaque bytes inside them.
 */

const headerBytes = 4;

// Loaded only where there are processes.
let v8: typeof import('node:v8') | undefined;
function loadV8(): typeof import('node:v8') {
  v8 ??= process.getBuiltinModule('node:v8');
  return v8;
}

const noLength = new Uint8Array(headerBytes);

/** The length is written into the message's own memory, since copying a large one costs more than making it. */
export function encodeFrame(message: unknown): Buffer {
  const serializer = new (loadV8().DefaultSerializer)();
  serializer.writeRawBytes(noLength);
  serializer.writeHeader();
  serializer.writeValue(message);
  const frame = serializer.releaseBuffer();
  frame.writeUInt32LE(frame.length - headerBytes, 0);
  return frame;
}

/** Puts chunks of a stream together to messages. */
export class FrameReader {
  readonly #onMessage: (message: unknown) => void;
  readonly #header = Buffer.alloc(headerBytes);
  #headerRead = 0;
  /** Of the message that is being read, where it is longer than the chunk it began in. */
  #body: Buffer | undefined;
  #bodyRead = 0;

  constructor(onMessage: (message: unknown) => void) {
    this.#onMessage = onMessage;
  }

  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#body !== undefined) {
        const count = chunk.copy(this.#body, this.#bodyRead, at);
        at += count;
        this.#bodyRead += count;
        if (this.#bodyRead < this.#body.length) return;
        const body = this.#body;
        this.#body = undefined;
        this.#onMessage(loadV8().deserialize(body));
        continue;
      }
      const count = chunk.copy(this.#header, this.#headerRead, at);
      at += count;
      this.#headerRead += count;
      if (this.#headerRead < headerBytes) return;
      this.#headerRead = 0;
      const size = this.#header.readUInt32LE(0);
      if (at + size > chunk.length) {
        this.#body = Buffer.allocUnsafeSlow(size);
        this.#bodyRead = 0;
        continue;
      }
      at += size;
      this.#onMessage(loadV8().deserialize(chunk.subarray(at - size, at)));
    }
  }
}
