/**
 * A block: rows encoded as bytes. The unit in which data moves between driver, workers, memory and files. Its first byte names
 * the encoding, so that a block explains itself; who moves it never looks inside.
 */
export interface Block {
  /** How many rows it holds. */
  readonly rows: number;
  /** The encoding's tag, then its body. Owns its whole buffer (offset 0, exact length) unless it came out of a larger frame. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /**
   * Memory that travels beside the bytes, which refer to it by position: buffers copied or moved as a whole, shared memory, and
   * other transferables (threads only). Absent when there is none. Of the encoding `beside` it is the rows themselves.
   */
  readonly attached?: readonly Attachment[];
}

/** What can travel beside a block's bytes. */
export type Attachment = ArrayBuffer | SharedArrayBuffer | import('node:worker_threads').MessagePort | object;
