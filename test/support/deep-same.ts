import { Buffer } from 'node:buffer';
import { types } from 'node:util';

/**
 * Whether two values are the same to every observer but identity: `Object.is` of primitives, prototypes, internal types and contents,
 * own keys with their order and attributes, holes, and which objects are one object (also the memory behind views). Returns
 * `undefined`, or where and how they differ.
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

  compare(a: unknown, b: unknown, at: string): string | undefined {
    if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
      return Object.is(a, b) ? undefined : `${at}: ${show(a)} instead of ${show(b)}`;
    }
    const partner = this.#forth.get(a);
    if (partner !== undefined || this.#back.has(b)) {
      return partner === b ? undefined : `${at}: which objects are one object differs`;
    }
    this.#forth.set(a, b);
    this.#back.set(b, a);
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
    // A Buffer brings the part of its memory that it shows.
    if (Buffer.isBuffer(a) && Buffer.isBuffer(b) && a.buffer.byteLength !== b.buffer.byteLength) {
      const found = this.#sameMemory(a.buffer, b.buffer, at);
      return found ?? (a.equals(b) ? undefined : `${at}: other bytes`);
    }
    if (a.byteOffset !== b.byteOffset) return `${at}: at ${a.byteOffset} instead of ${b.byteOffset}`;
    return this.compare(a.buffer, b.buffer, `${at}.buffer`);
  }

  #sameMemory(a: object, b: object, at: string): string | undefined {
    const partner = this.#forth.get(a);
    if (partner !== undefined || this.#back.has(b)) {
      return partner === b ? undefined : `${at}: shares memory with other views`;
    }
    this.#forth.set(a, b);
    this.#back.set(b, a);
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

/** The internal type, whatever prototype and tag say. */
function internalType(value: object): string {
  if (Array.isArray(value)) return 'Array';
  for (const [name, test] of Object.entries(types)) {
    if (name.startsWith('is') && name !== 'isExternal' && (test as (value: unknown) => boolean)(value)) return name;
  }
  return 'Object';
}

function show(value: unknown): string {
  if (Object.is(value, -0)) return '-0';
  if (typeof value === 'string') return JSON.stringify(value);
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
