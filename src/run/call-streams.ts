import { type EncodedRow, encodeRow } from '../codec/index.js';
import type { Engine } from '../engine/engine.js';
import { sameInTurn } from '../function/capture.js';
import type { AnyFunction, PortableFunction } from '../function/portable.js';
import { CallMemory } from './call-memory.js';
import type { Calls } from './calls.js';
import { isPlain } from './plain-arguments.js';

/** Idle streams that are kept, so that the next call of their function finds it ready in the workers. */
const idleStreams = 64;

type Open = (fn: PortableFunction, spread: boolean) => Calls;

type Method = (...args: never[]) => unknown;

interface Stream {
  readonly fn: PortableFunction;
  readonly calls: Calls;
}

interface Known {
  readonly stream: Stream;
  readonly spread: boolean;
  readonly same: NonNullable<ReturnType<typeof sameInTurn>>;
}

/** For each function, the calls that travel together: those that captured the same values. */
export class CallStreams {
  readonly #streams = new WeakMap<object, Map<boolean, Stream>>();
  /** Streams without a pending call, the longest idle first. */
  readonly #idle = new Set<Stream>();
  /** What copies of large arguments lie in. */
  readonly memory: CallMemory;
  readonly #open: Open;
  readonly #ended: () => Error;

  /** The stream of the latest call, of `#fn`; `#same` tells whether another call of it in the same turn is of this stream, too. */
  #latest: Calls | undefined;
  #fn: AnyFunction | undefined;
  #spread = false;
  #same: ReturnType<typeof sameInTurn>;
  /** For functions of which it can be told quickly that a capture would give the same as the last time. */
  readonly #known = new WeakMap<AnyFunction, Known>();

  /** @param ended the error of calls when the pool was terminated */
  constructor(engine: Pick<Engine, 'sharesMemory'>, open: Open, ended: () => Error) {
    this.memory = new CallMemory(engine);
    this.#open = open;
    this.#ended = ended;
  }

  /**
   * The promise of a call like the latest one, of the same turn, or like an earlier one of the function while nothing is under way;
   * `undefined` where it may be another.
   * @param method of the caller's, to find out where it was called
   * @param atOnce nobody was first
   */
  again(fn: AnyFunction, args: readonly unknown[], method: Method, atOnce: boolean): Promise<unknown> | undefined {
    if (fn !== this.#fn) return atOnce ? this.#alone(fn, args, method) : undefined;
    if (!Array.isArray(args)) return undefined;
    const calls = this.#latest!;
    const spread = args.length !== 1;
    if (spread !== this.#spread || !calls.gathers || !this.#same!.holdsInTurn(fn)) return undefined;
    const row: unknown = spread ? (args.length === 0 ? undefined : args) : args[0];
    if (typeof row === 'object' || typeof row === 'function' || typeof row === 'symbol')
      return this.#encodeAgain(calls, row, args, method);
    return calls.another(row as EncodedRow, args, method);
  }

  /**
   * A call after a rest. The code on its way is cold, so that each function costs more than what it does: whatever can wait until the call
   * is on its way does.
   */
  #alone(fn: AnyFunction, args: readonly unknown[], method: Method): Promise<unknown> | undefined {
    const known = this.#known.get(fn);
    if (known === undefined || !Array.isArray(args) || known.spread !== (args.length !== 1)) return undefined;
    if ((args.length > 0 && !isPlain(args)) || !known.same.holdsInTurn(fn)) return undefined;
    const { stream } = known;
    const row = args.length < 2 ? (args[0] as EncodedRow) : encodeRow(args, this.memory.options);
    const promise = stream.calls.alone(row, args);
    if (promise === undefined) return undefined;
    this.#idle.delete(stream);
    if (!known.same.holdsSimply(fn)) this.#known.delete(fn);
    stream.calls.calledBy(stream.calls.callers.of(method));
    return promise;
  }

  #encodeAgain(calls: Calls, value: unknown, args: readonly unknown[], method: Method): Promise<unknown> {
    let row: EncodedRow;
    try {
      row = encodeRow(value, this.memory.options);
    } catch (error) {
      return Promise.reject(error);
    }
    if (!calls.gathers) return Promise.reject(this.#ended()); // by a getter of the arguments
    return calls.another(row, args, method);
  }

  /** The stream for a call of `fn`, captured as `portable`; opened where there is none. */
  of(fn: AnyFunction, portable: PortableFunction, spread: boolean): Calls {
    // Closures that capture nothing, made anew for each call, are one function.
    const stream = this.#get(portable.values === undefined ? portable : fn, portable, spread);
    const { calls } = stream;
    const same = sameInTurn(fn);
    if (same !== undefined) this.#known.set(fn, { stream, spread, same });
    this.#same = calls.gathers ? same : undefined;
    this.#latest = calls;
    this.#fn = this.#same && fn; // what is of no use here is not kept alive
    this.#spread = spread;
    return calls;
  }

  /** The stream for calls of `key`, captured as `fn`; opened where there is none. */
  #get(key: object, fn: PortableFunction, spread: boolean): Stream {
    let both = this.#streams.get(key);
    if (both === undefined) {
      both = new Map();
      this.#streams.set(key, both);
    }
    const known = both.get(spread);
    if (known !== undefined && !known.calls.isOver) {
      if (known.fn === fn || captureSame(known.fn, fn)) {
        this.#idle.delete(known);
        return known;
      }
      this.#retire(known);
    }
    const stream = { fn, calls: this.#open(fn, spread) };
    stream.calls.onIdle = () => {
      this.#idle.add(stream);
      if (this.#latest === stream.calls) this.#fn = this.#same = undefined;
      if (this.#idle.size <= idleStreams) return;
      for (const oldest of this.#idle) {
        this.#idle.delete(oldest);
        oldest.calls.end();
        return;
      }
    };
    both.set(spread, stream);
    return stream;
  }

  /** Ends a stream whose function has captured something else since, as soon as its last call is answered. */
  #retire(stream: Stream): void {
    if (this.#idle.delete(stream) || stream.calls.pending === 0) stream.calls.end();
    else stream.calls.onIdle = () => stream.calls.end();
  }
}

/** What travels of a list of arguments. No arguments are no list: it would cost as much as some. */
export function rowOf(args: readonly unknown[]): unknown {
  return args.length === 1 ? args[0] : args.length === 0 ? undefined : args;
}

function captureSame(a: PortableFunction, b: PortableFunction): boolean {
  if (a.code.hash !== b.code.hash) return false;
  const [x, y] = [a.values, b.values];
  if (x === undefined || y === undefined) return x === y;
  if (x.attached !== undefined || y.attached !== undefined) return false;
  return Buffer.compare(x.bytes, y.bytes) === 0;
}
