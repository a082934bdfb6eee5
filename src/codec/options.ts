/** Names of the encoders, for tests that force one. `general` carries everything, the others only what they are made for. */
export type EncoderName = 'general' | 'numbers' | 'constants' | 'strings' | 'views' | 'records';

export interface EncodeOptions {
  /** First row to encode; 0 by default. */
  readonly from?: number;
  /** One past the last row to encode; all by default. */
  readonly to?: number;
  /** Place of row `from` in the whole input, for `ValueError.index`; `from` by default. */
  readonly firstIndex?: number;
  /** ArrayBuffers (or views of them) and MessagePorts that move to the receiver instead of being copied. They are detached. */
  readonly move?: readonly object[] | undefined;
  /** Large buffers were made for this block and are seen by no one else, so that they may be moved instead of copied. */
  readonly moveFresh?: boolean;
  /** The block is copied to its frame before anything else runs, so that large buffers need no copy of their own before that. */
  readonly borrow?: boolean;
  /** Memory of exactly this size for a copy that lies beside the bytes, with anything in it. */
  readonly memory?: ((size: number) => ArrayBuffer) | undefined;
  /** Use this encoder where it can carry the rows, and the general one elsewhere. */
  readonly encoder?: EncoderName;
  /** Default true. False refuses what only threads of one process can share: SharedArrayBuffer, MessagePort, handles of Node. */
  readonly sharedMemory?: boolean;
}

/** An array that nobody has put anything into, nor can. */
export const NO_ITEMS: readonly [] = Object.freeze([]) as unknown as readonly [];
