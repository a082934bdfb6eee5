/** Memory for pieces that are made one after the other and shall lie so. */
export class Arena {
  readonly #shared: boolean;
  #whole: SharedArrayBuffer | undefined;
  #used = 0;

  /** @param shared without it, each piece has memory of its own */
  constructor(shared: boolean) {
    this.#shared = shared;
  }

  /**
   * Memory of so many bytes, a multiple of 8, all of them 0.
   * @param times how many pieces of that size there will be, about; memory that nobody writes to costs nothing
   */
  take(bytes: number, times: number): Uint8Array {
    if (!this.#shared) return new Uint8Array(bytes);
    this.#whole ??= new SharedArrayBuffer(times > 1 ? Math.ceil((bytes * times * 1.1) / 8 + 2 ** 17) * 8 : bytes);
    if (this.#used + bytes > this.#whole.byteLength) return new Uint8Array(new SharedArrayBuffer(bytes));
    const piece = new Uint8Array(this.#whole, this.#used, bytes);
    this.#used += bytes;
    return piece;
  }
}
