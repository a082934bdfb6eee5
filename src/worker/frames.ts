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

export function encodeFrame(message: unknown): Buffer {
  const body = loadV8().serialize(message);
  const frame = Buffer.allocUnsafe(headerBytes + body.length);
  frame.writeUInt32LE(body.length, 0);
  body.copy(frame, headerBytes);
  return frame;
}

/** Puts chunks of a stream together to messages. */
export class FrameReader {
  readonly #onMessage: (message: unknown) => void;
  #chunks: Buffer[] = [];
  #length = 0;

  constructor(onMessage: (message: unknown) => void) {
    this.#onMessage = onMessage;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    for (;;) {
      if (this.#length < headerBytes) return;
      if (this.#chunks[0]!.length < headerBytes) this.#chunks = [Buffer.concat(this.#chunks)];
      const size = headerBytes + this.#chunks[0]!.readUInt32LE(0);
      if (this.#length < size) return;
      const all = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
      this.#chunks = size === all.length ? [] : [all.subarray(size)];
      this.#length -= size;
      this.#onMessage(loadV8().deserialize(all.subarray(headerBytes, size)));
    }
  }
}
