import { sameInTurn } from '../function/capture.js';
import type { AnyFunction, PortableFunction } from '../function/portable.js';
import type { Calls } from './calls.js';

/** Idle streams that are kept, so that the next call of their function finds it ready in the workers. */
const idleStreams = 64;

type Open = (fn: PortableFunction, spread: boolean) => Calls;

interface Stream {
  readonly fn: PortableFunction;
  readonly calls: Calls;
}

/** For each function, the calls that travel together: those that captured the same values. */
export class CallStreams {
  readonly #streams = new WeakMap<object, Map<boolean, Stream>>();
  /** Streams without a pending call, the longest idle first. */
  readonly #idle = new Set<Stream>();

  /** The stream of the latest call, of `#fn`; `#same` tells whether another call of it in the same turn is of this stream, too. */
  #latest: Calls | undefined;
  #fn: AnyFunction | undefined;
  #spread = false;
  #same: (() => boolean) | undefined;

  /** The stream for a call of `fn`, where the latest call was one of it and of the same turn. */
  inTurn(fn: AnyFunction, spread: boolean): Calls | undefined {
    if (this.#fn !== fn || this.#spread !== spread) return undefined;
    return this.#latest!.gathers && this.#same?.() === true ? this.#latest : undefined;
  }

  /** The stream for a call of `fn`, captured as `portable`; opened where there is none. */
  of(fn: AnyFunction, portable: PortableFunction, spread: boolean, open: Open): Calls {
    // Closures that capture nothing, made anew for each call, are one function.
    const calls = this.#get(portable.values === undefined ? portable : fn, portable, spread, open);
    this.#same = calls.gathers ? sameInTurn(fn) : undefined;
    this.#latest = calls;
    this.#fn = fn;
    this.#spread = spread;
    return calls;
  }

  /** The stream for calls of `key`, captured as `fn`; opened where there is none. */
  #get(key: object, fn: PortableFunction, spread: boolean, open: Open): Calls {
    let both = this.#streams.get(key);
    if (both === undefined) {
      both = new Map();
      this.#streams.set(key, both);
    }
    const known = both.get(spread);
    if (known !== undefined && !known.calls.isOver) {
      if (known.fn === fn || captureSame(known.fn, fn)) {
        this.#idle.delete(known);
        return known.calls;
      }
      this.#retire(known);
    }
    const stream = { fn, calls: open(fn, spread) };
    stream.calls.onIdle = () => {
      this.#idle.add(stream);
      if (this.#idle.size <= idleStreams) return;
      for (const oldest of this.#idle) {
        this.#idle.delete(oldest);
        oldest.calls.end();
        return;
      }
    };
    both.set(spread, stream);
    return stream.calls;
  }

  /** Ends a stream whose function has captured something else since, as soon as its last call is answered. */
  #retire(stream: Stream): void {
    if (this.#idle.delete(stream) || stream.calls.pending === 0) stream.calls.end();
    else stream.calls.onIdle = () => stream.calls.end();
  }
}

function captureSame(a: PortableFunction, b: PortableFunction): boolean {
  if (a.code.hash !== b.code.hash) return false;
  const [x, y] = [a.values, b.values];
  if (x === undefined || y === undefined) return x === y;
  if (x.attached !== undefined || y.attached !== undefined) return false;
  return Buffer.compare(x.bytes, y.bytes) === 0;
}
