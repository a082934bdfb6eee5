import { Buffer } from 'node:buffer';
import { types } from 'node:util';

/**
 * Whether two values are the same to every observer but identity: `Object.is` of primitives, prototypes, internal types and contents,
 * own keys with their order and attributes, holes, and which objects are one object (also the memory behind views). Returns
 * `undefined`, or where and how they differ.
 *
 * One thing is let pass: where `expected` has a Uint8Array, which is what structured clone makes of a Buffer, `actual` may have a
 * Buffer with the same bytes, whose memory is only the part that is shown; see {@link countBuffers}.
 */
export function difference(actual: unknown, expected: unknown): string | undefined {
  return new Comparison().compare(actual, expected, 'value');
}

/** Throws unless {@link difference} finds none. */
export function assertSame(actual: unknown, expected: unknown, label = ''): void {
  const found = difference(actual, expected);
  if (found !== undefined) throw new Error(`${label === '' ? '' : `${label}: `}${found}`);
}

class Comparison {
  readonly #forth = new Map<object, object>();
  readonly #back = new Map<object, object>();
  /** How much earlier a memory starts than its partner. */
  readonly #shift = new Map<object, number>();

  compare(a: unknown, b: unknown, at: string): string | undefined {
    if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
      return Object.is(a, b) ? undefined : `${at}: ${show(a)} instead of ${show(b)}`;
    }
    const partner = this.#forth.get(a);
    if (partner !== undefined || this.#back.has(b)) {
      return partner === b && (this.#shift.get(a) ?? 0) === 0
        ? undefined
        : `${at}: which objects are one object differs`;
    }
    this.#forth.set(a, b);
    this.#back.set(b, a);
    if (Buffer.isBuffer(a) && types.isUint8Array(b)) return this.#buffer(a, b, at);
    if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return `${at}: another prototype`;
    return this.#internal(a, b, at) ?? this.#properties(a, b, at);
  }

  #internal(a: object, b: object, at: string): string | undefined {
    if (internalType(a) !== internalType(b)) return `${at}: ${internalType(a)} instead of ${internalType(b)}`;
    if (types.isDate(a) && types.isDate(b)) return this.compare(a.getTime(), b.getTime(), `${at} (time)`);
    if (types.isRegExp(a) && types.isRegExp(b)) {
      return this.compare(`${a.source}/${a.flags}`, `${b.source}/${b.flags}`, `${at} (expression)`);
    }
    if (types.isBoxedPrimitive(a) && types.isBoxedPrimitive(b)) {
      return this.compare(a.valueOf(), b.valueOf(), `${at} (boxed)`);
    }
    if (types.isMap(a) && types.isMap(b)) return this.#list([...a].flat(1), [...b].flat(1), `${at} (entries)`);
    if (types.isSet(a) && types.isSet(b)) return this.#list([...a], [...b], `${at} (elements)`);
    if (types.isAnyArrayBuffer(a) && types.isAnyArrayBuffer(b)) return this.#memory(a, b, at);
    if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) return this.#view(a, b, at);
    return undefined;
  }

  #list(a: unknown[], b: unknown[], at: string): string | undefined {
    if (a.length !== b.length) return `${at}: ${a.length} instead of ${b.length}`;
    for (let i = 0; i < a.length; i++) {
      const found = this.compare(a[i], b[i], `${at}[${i}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #memory(a: ArrayBufferLike, b: ArrayBufferLike, at: string): string | undefined {
    const facts = (memory: ArrayBufferLike) => {
      const { resizable, growable, maxByteLength } = memory as {
        resizable?: boolean;
        growable?: boolean;
        maxByteLength?: number;
      };
      return `${memory.byteLength} bytes${resizable || growable ? ` up to ${maxByteLength}` : ''}`;
    };
    if (facts(a) !== facts(b)) return `${at}: ${facts(a)} instead of ${facts(b)}`;
    return Buffer.from(a as ArrayBuffer).equals(Buffer.from(b as ArrayBuffer)) ? undefined : `${at}: other bytes`;
  }

  #view(a: ArrayBufferView, b: ArrayBufferView, at: string): string | undefined {
    if (a.byteLength !== b.byteLength) return `${at}: ${a.byteLength} bytes shown instead of ${b.byteLength}`;
    if (a.byteOffset !== b.byteOffset) return `${at}: at ${a.byteOffset} instead of ${b.byteOffset}`;
    return this.compare(a.buffer, b.buffer, `${at}.buffer`);
  }

  #buffer(a: Buffer, b: Uint8Array, at: string): string | undefined {
    if (!a.equals(b)) return `${at}: other bytes`;
    const shift = b.byteOffset - a.byteOffset;
    const partner = this.#forth.get(a.buffer);
    if (partner !== undefined || this.#back.has(b.buffer)) {
      const same = partner === b.buffer && (this.#shift.get(a.buffer) ?? 0) === shift;
      return same ? undefined : `${at}: shares other memory`;
    }
    this.#forth.set(a.buffer, b.buffer);
    this.#back.set(b.buffer, a.buffer);
    this.#shift.set(a.buffer, shift);
    return undefined;
  }

  #properties(a: object, b: object, at: string): string | undefined {
    if (ArrayBuffer.isView(a)) return undefined;
    const keys = Reflect.ownKeys(a);
    const others = Reflect.ownKeys(b);
    // The order of an error's hidden properties is the engine's own.
    if (types.isNativeError(a))
      for (const list of [keys, others]) list.sort((x, y) => (String(x) < String(y) ? -1 : 1));
    if (keys.length !== others.length || keys.some((key, i) => key !== others[i])) {
      return `${at}: keys ${keys.map(String).join()} instead of ${others.map(String).join()}`;
    }
    for (const key of keys) {
      const found = this.#property(a, b, key, `${at}.${String(key)}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #property(a: object, b: object, key: PropertyKey, at: string): string | undefined {
    const mine = Object.getOwnPropertyDescriptor(a, key)!;
    const other = Object.getOwnPropertyDescriptor(b, key)!;
    for (const attribute of ['enumerable', 'configurable', 'writable'] as const) {
      if (mine[attribute] !== other[attribute]) return `${at}: ${attribute} is ${mine[attribute]}`;
    }
    // Newer engines make an error's stack an accessor.
    if ('get' in mine !== 'get' in other) return `${at}: accessor and value`;
    return this.compare(Reflect.get(a, key), Reflect.get(b, key), at);
  }
}

/** How many Buffers a value holds, to complete {@link difference}. */
export function countBuffers(value: unknown, seen = new Set<object>()): number {
  if (typeof value !== 'object' || value === null || seen.has(value)) return 0;
  seen.add(value);
  if (ArrayBuffer.isView(value)) return Buffer.isBuffer(value) ? 1 : 0;
  const inner: unknown[] = types.isMap(value)
    ? [...value].flat(1)
    : types.isSet(value)
      ? [...value]
      : Object.values(value);
  if (types.isNativeError(value)) inner.splice(0, inner.length, Object.getOwnPropertyDescriptor(value, 'cause')?.value);
  return inner.reduce<number>((sum, item) => sum + countBuffers(item, seen), 0);
}

const tests = Object.entries(types).filter(([name]) => name.startsWith('is') && name !== 'isExternal') as [
  string,
  (value: unknown) => boolean,
][];

/** The internal type, whatever prototype and tag say. */
function internalType(value: object): string {
  if (Array.isArray(value)) return 'Array';
  for (const [name, test] of tests) if (test(value)) return name;
  return 'Object';
}

function show(value: unknown): string {
  if (Object.is(value, -0)) return '-0';
  if (typeof value === 'string') return JSON.stringify(value);
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
