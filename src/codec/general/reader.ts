/** Reads the general encoding. */
import { ExchangeError } from '../../errors.js';
import type { Attachment, Block } from '../block.js';
import { ByteReader, damaged } from '../bytes.js';
import { type MemoryPart, readMemory } from '../memory.js';
import { splitParts } from '../parts.js';
import { errorClasses, Row, Tag } from '../tags.js';
import { newView } from '../views.js';
import { NONE, ValueInput } from './value-input.js';

/** Decodes all rows of a block in the general encoding, giving each to `take`. Throws `ExchangeError` for damaged bytes. */
export function readGeneral(block: Block, take: (row: unknown, index: number) => void): void {
  const reader = guarded(() => new GeneralReader(block));
  for (let i = 0; i < block.rows; i++) {
    const row = guarded(() => reader.row());
    take(row, i);
  }
  reader.end();
}

/** Constructors refuse impossible values (dates, expressions, lengths). */
function guarded<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ExchangeError) throw error;
    throw damaged(error instanceof Error ? error.message : String(error));
  }
}

const HOLE = Symbol('hole');

class GeneralReader {
  readonly #in: ValueInput;
  readonly #memory: MemoryPart[];
  readonly #attached: readonly Attachment[];
  readonly #shapes: string[][] = [];
  /** Objects of the current row by number; `undefined` where no reference needs them. */
  #objects: unknown[] | undefined;
  #deferred: { readonly owner: object; readonly key: unknown }[] = [];

  constructor(block: Block) {
    const { first, second, text } = splitParts(block);
    this.#attached = block.attached ?? [];
    this.#memory = readMemory(new ByteReader(second), this.#attached);
    this.#in = new ValueInput(first, text);
  }

  row(): unknown {
    const flag = this.#in.byte();
    if (flag !== Row.tree && flag !== Row.references) throw damaged('a row in it does not begin as one');
    this.#objects = flag === Row.references ? [] : undefined;
    const value = this.#value();
    if (this.#deferred.length > 0) this.#fillDeferred();
    return value;
  }

  #fillDeferred(): void {
    for (let i = 0; i < this.#deferred.length; i++) {
      const { owner, key } = this.#deferred[i]!;
      const value = this.#value();
      if (owner instanceof Map) owner.set(key, value);
      else define(owner, key as string | number, value);
    }
    this.#deferred = [];
  }

  end(): void {
    this.#in.end();
  }

  #value(): unknown {
    const input = this.#in;
    const tag = input.byte();
    const primitive = input.primitive(tag);
    if (primitive !== NONE) return primitive;
    switch (tag) {
      case Tag.object:
      case Tag.newShape:
      case Tag.loneShape:
        return this.#object(tag);
      case Tag.array:
        return this.#array();
      case Tag.arrayWithNames: {
        const array = this.#array();
        this.#entries(array);
        return array;
      }
      case Tag.sparseArray: {
        const array = this.#note<unknown[]>([]);
        array.length = input.varint();
        this.#entries(array);
        return array;
      }
      case Tag.doubles:
        return this.#doubles();
      case Tag.map:
        return this.#map();
      case Tag.set:
        return this.#set();
      case Tag.date:
        return this.#note(new Date(input.float64()));
      case Tag.regexp: {
        const number = this.#reserve();
        const source = this.#in.string();
        return this.#place(number, new RegExp(source, this.#in.string()));
      }
      case Tag.error:
        return this.#error();
      case Tag.boxed: {
        const number = this.#reserve();
        return this.#place(number, Object(this.#value()));
      }
      case Tag.memory:
        return this.#note(this.#part().memory);
      case Tag.view:
        return this.#view();
      case Tag.attached: {
        const attachment = this.#attached[input.varint()];
        if (attachment === undefined) throw damaged('an object that belongs to it is missing');
        return this.#note(attachment);
      }
      case Tag.reference: {
        const number = input.varint();
        if (this.#objects === undefined || number >= this.#objects.length) throw damaged('it refers to nothing');
        return this.#objects[number];
      }
      case Tag.domException:
        return this.#domException();
      default:
        throw damaged(`a value in it has the unknown tag ${tag}`);
    }
  }

  /** As a value, or HOLE. */
  #slot(): unknown {
    if (this.#in.peek() !== Tag.hole) return this.#value();
    this.#in.byte();
    return HOLE;
  }

  /** Reads a property; one that is deferred is undefined until the row is read. */
  #property(owner: object, key: string | number): boolean {
    const tag = this.#in.peek();
    if (tag === Tag.hole || tag === Tag.deferred) {
      this.#in.byte();
      if (tag === Tag.hole) return false;
      define(owner, key, undefined);
      this.#deferred.push({ owner, key });
    } else {
      define(owner, key, this.#value());
    }
    return true;
  }

  /** Gives an object the next number before what it holds is read. */
  #note<T>(object: T): T {
    this.#objects?.push(object);
    return object;
  }

  #reserve(): number {
    return this.#objects === undefined ? 0 : this.#objects.push(undefined) - 1;
  }

  #place<T>(number: number, object: T): T {
    if (this.#objects !== undefined) this.#objects[number] = object;
    return object;
  }

  #object(tag: number): Record<string, unknown> {
    const object = this.#note<Record<string, unknown>>({});
    const keys = tag === Tag.object ? this.#shapes[this.#in.varint()] : this.#newShape(tag === Tag.newShape);
    if (keys === undefined) throw damaged('an object in it has an unknown shape');
    for (let i = 0; i < keys.length; i++) this.#property(object, keys[i]!);
    return object;
  }

  #newShape(keep: boolean): string[] {
    const keys: string[] = [];
    for (let left = this.#in.count(); left > 0; left--) keys.push(this.#in.string());
    if (keep) this.#shapes.push(keys);
    return keys;
  }

  #array(): unknown[] {
    const length = this.#in.count();
    const array = this.#note<unknown[]>([]);
    for (let i = 0; i < length; i++) {
      if (!this.#property(array, i)) array.length = i + 1;
    }
    return array;
  }

  #entries(owner: object): void {
    for (let left = this.#in.count(); left > 0; left--) {
      this.#property(owner, this.#in.string());
    }
  }

  #doubles(): number[] {
    const length = this.#in.count(8);
    const array = this.#note<number[]>([]);
    for (let i = 0; i < length; i++) array.push(this.#in.float64());
    return array;
  }

  #map(): Map<unknown, unknown> {
    const map = this.#note(new Map<unknown, unknown>());
    for (let left = this.#in.count(2); left > 0; left--) {
      const key = this.#value();
      if (this.#in.peek() !== Tag.deferred) {
        map.set(key, this.#value());
        continue;
      }
      this.#in.byte();
      map.set(key, undefined);
      this.#deferred.push({ owner: map, key });
    }
    return map;
  }

  #set(): Set<unknown> {
    const set = this.#note(new Set<unknown>());
    for (let left = this.#in.count(); left > 0; left--) set.add(this.#value());
    return set;
  }

  #error(): Error {
    const name = errorClasses[this.#in.byte()];
    if (name === undefined) throw damaged('an error in it is of an unknown class');
    const number = this.#reserve();
    const message = this.#value() as string | undefined;
    const error = this.#place(number, newError(name, message));
    const cause = this.#slot();
    if (cause !== HOLE) {
      Object.defineProperty(error, 'cause', { value: cause, writable: true, enumerable: false, configurable: true });
    }
    Object.assign(error, { stack: this.#value() });
    return error;
  }

  #domException(): DOMException {
    const number = this.#reserve();
    const message = this.#in.string();
    const exception = new DOMException(message, this.#in.string());
    const stack = this.#value();
    Object.assign(exception, { stack });
    return this.#place(number, exception);
  }

  #part(): MemoryPart {
    const part = this.#memory[this.#in.varint()];
    if (part === undefined) throw damaged('memory that belongs to it is missing');
    return part;
  }

  #view(): ArrayBufferView {
    const kind = this.#in.byte();
    const { memory, low } = this.#part();
    const offset = this.#in.varint() - low;
    const length = this.#in.varint();
    return this.#note(newView(kind, memory, offset, length === 0 ? undefined : length - 1));
  }
}

function define(owner: object, key: string | number, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(owner, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    (owner as Record<string | number, unknown>)[key] = value;
  }
}

/** An error without the cost of collecting a stack that is replaced at once. */
function newError(name: string, message: string | undefined): Error {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return new (Reflect.get(globalThis, name) as ErrorConstructor)(message);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
