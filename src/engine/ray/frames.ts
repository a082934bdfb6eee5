/** Messages between driver and sidecar: a length, a kind, the number of a seat, and a body. `python/sidecar.py` has the other side. */

/** From the driver. */
export const CONNECT = 1;
export const CODE = 2;
export const OPEN = 3;
export const START = 4;
export const STOP = 6;
export const CLOSE = 7;
/** Files, under the number in the place of a seat's; the seats that are to have them. */
export const FILES = 8;
export const PUT = 9;
/** A group of objects that nobody will read again. */
export const RELEASE = 10;
/** Both ways: bytes for a worker, or of one. */
export const DATA = 5;
/** From the sidecar. */
export const READY = 11;
export const FAILED = 12;
export const NODES = 13;
export const UP = 14;
export const LOST = 15;
export const ENDED = 16;
/** Python has Ray, and begins to connect. */
export const IMPORTED = 17;

const headerBytes = 9;

export function frameHeader(kind: number, seat: number, length: number): Buffer {
  const header = Buffer.allocUnsafe(headerBytes);
  header.writeUInt32LE(length, 0);
  header[4] = kind;
  header.writeUInt32LE(seat, 5);
  return header;
}

/** Puts chunks of the sidecar's socket together to messages. The bodies of DATA are handed on in parts, as they come. */
export class SidecarReader {
  readonly #onMessage: (kind: number, seat: number, body: Buffer) => void;
  #waiting: Buffer[] = [];
  #length = 0;
  /** Of the DATA that is under way: its seat, and what is missing. */
  #seat = 0;
  #missing = 0;

  constructor(onMessage: (kind: number, seat: number, body: Buffer) => void) {
    this.#onMessage = onMessage;
  }

  push(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#missing > 0) {
        const part = rest.subarray(0, this.#missing);
        this.#missing -= part.length;
        rest = rest.subarray(part.length);
        this.#onMessage(DATA, this.#seat, part);
        continue;
      }
      this.#waiting.push(rest);
      this.#length += rest.length;
      if (this.#length < headerBytes) return;
      const all = this.#waiting.length === 1 ? this.#waiting[0]! : Buffer.concat(this.#waiting);
      const size = all.readUInt32LE(0);
      const kind = all[4]!;
      const seat = all.readUInt32LE(5);
      if (kind === DATA) {
        this.#seat = seat;
        this.#missing = size;
        rest = all.subarray(headerBytes);
      } else {
        if (all.length < headerBytes + size) {
          this.#waiting = [all];
          return;
        }
        this.#onMessage(kind, seat, all.subarray(headerBytes, headerBytes + size));
        rest = all.subarray(headerBytes + size);
      }
      this.#waiting = [];
      this.#length = 0;
    }
  }
}
