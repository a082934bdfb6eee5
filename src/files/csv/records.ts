/** Rows as objects, from fields in bytes. */
import type { Tokens } from './tokens.js';
import type { FieldReader } from './values.js';

/**
 * Puts rows `from` to `to` of what has been read behind those in `rows`. Throws where a field is no such value: then `rows` ends with the
 * row before that.
 */
export type RowMaker = (bytes: Buffer, tokens: Tokens, from: number, to: number, rows: unknown[]) => void;

/** A property of the rows: its name, the field it is in, and how that is read. */
export interface Property {
  readonly name: string;
  readonly field: number;
  readonly read: FieldReader;
}

/** A function that makes rows of these properties, in this order. Made for them alone where code may be generated, several times as fast. */
export function rowMaker(properties: readonly Property[], columns: number): RowMaker {
  try {
    return generated(properties, columns);
  } catch (error) {
    if (!(error instanceof EvalError)) throw error;
    return general(properties, columns);
  }
}

function generated(properties: readonly Property[], columns: number): RowMaker {
  // Brackets, so that no name means anything else (`__proto__`).
  const members = properties.map(
    ({ name, field }, i) => `[${JSON.stringify(name)}]: read${i}(bytes, starts[at + ${field}], ends[at + ${field}])`,
  );
  const source = `
    const [${properties.map((_, i) => `read${i}`).join(', ')}] = readers;
    return (bytes, { starts, ends }, from, to, rows) => {
      for (let row = from, at = from * ${columns}; row < to; row++, at += ${columns}) {
        rows.push({ ${members.join(',\n')} });
      }
    };`;
  return new Function('readers', source)(properties.map(({ read }) => read)) as RowMaker;
}

function general(properties: readonly Property[], columns: number): RowMaker {
  return (bytes, { starts, ends }, from, to, rows) => {
    for (let row = from; row < to; row++) {
      const record: Record<string, unknown> = {};
      for (const { name, field, read } of properties) {
        const at = row * columns + field;
        const value = read(bytes, starts[at]!, ends[at]!);
        if (name === '__proto__')
          Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true });
        else record[name] = value;
      }
      rows.push(record);
    }
  };
}
