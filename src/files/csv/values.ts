/** Values of CSV: from bytes. The empty field is `null`. */

/** What a column holds. */
export type ColumnType = 'string' | 'number' | 'bigint' | 'boolean' | 'date';

export const columnTypes: readonly ColumnType[] = ['string', 'number', 'bigint', 'boolean', 'date'];

/** Reads a field: from `start` to `end`, below 0 if quotes in it are doubled. Throws for what is no such value. */
export type FieldReader = (bytes: Buffer, start: number, end: number) => unknown;

export function readerOf(type: ColumnType): FieldReader {
  if (type === 'string') return stringReader();
  if (type === 'number') return readNumber;
  const parse = { bigint: toBigInt, boolean: toBoolean, date: toDate }[type];
  return (bytes, start, end) => (start === end ? null : parse(textOf(bytes, start, end)));
}

/** Whether the field is a number that reads back to the same text, or empty. */
export function readsBack(bytes: Buffer, start: number, end: number): boolean {
  if (start === end) return true;
  let i = start;
  if (bytes[i] === minus) i++;
  const first = i;
  let c = bytes[i]!;
  // An integer of few digits, without zeros in front, is what it says.
  while (i < end && c >= zero && c <= nine) c = bytes[++i]!;
  if (i === end && i > first && i - first <= exactDigits && (bytes[first] !== zero || i - start === 1)) return true;
  // So is a fraction of few digits without zeros at the end, and not so small that it would be written with an exponent.
  if (bytes[i] === point && i > first && i < end && end - first <= exactDigits + 1) {
    const whole = i - first;
    i++;
    c = bytes[i]!;
    while (i < end && c >= zero && c <= nine) c = bytes[++i]!;
    const plain = i === end && i - first > whole + 1 && bytes[end - 1] !== zero;
    if (plain && (bytes[first] !== zero || (whole === 1 && !isSmall(bytes, first + 2, end)))) return true;
  }
  const text = textOf(bytes, start, end);
  return String(Number(text)) === text;
}

/** Below 0.000001. */
function isSmall(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < Math.min(end, start + 6); i++) if (bytes[i] !== zero) return false;
  return true;
}

const minus = 45;
const point = 46;
const zero = 48;
const nine = 57;
/** So many decimal digits are a whole number without rounding, whatever they are. */
const exactDigits = 15;
const powers = Float64Array.from({ length: exactDigits + 1 }, (_, i) => 10 ** i);

const readNumber: FieldReader = (bytes, start, end) => {
  if (start === end) return null;
  let i = start;
  if (bytes[i] === minus) i++;
  let value = 0;
  let digits = 0;
  let fraction = 0;
  for (; i < end; i++) {
    const c = bytes[i]! - zero;
    if (c < 0 || c > 9) break;
    value = value * 10 + c;
    digits++;
  }
  if (i < end && bytes[i] === point) {
    for (i++; i < end; i++) {
      const c = bytes[i]! - zero;
      if (c < 0 || c > 9) break;
      value = value * 10 + c;
      fraction++;
    }
  }
  if (i !== end || digits === 0 || digits + fraction > exactDigits) return slowNumber(textOf(bytes, start, end));
  // Both are exact, so that their quotient is rounded once: the nearest number, as Number gives it.
  if (fraction > 0) value /= powers[fraction]!;
  return bytes[start] === minus ? -value : value;
};

function slowNumber(text: string): number {
  const value = Number(text);
  if ((Number.isNaN(value) && text !== 'NaN') || text.trim() === '') throw new TypeError('is no number');
  return value;
}

function toBigInt(text: string): bigint {
  if (!/^[+-]?\d+$/.test(text)) throw new TypeError('is no whole number');
  return BigInt(text);
}

function toBoolean(text: string): boolean {
  const lower = text.toLowerCase();
  if (lower !== 'true' && lower !== 'false') throw new TypeError('is neither true nor false');
  return lower === 'true';
}

function toDate(text: string): Date {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw new TypeError('is no date');
  return date;
}

/** The field as text. */
export function textOf(bytes: Buffer, start: number, end: number): string {
  if (end >= 0) return sliceOf(bytes, start, end);
  return sliceOf(bytes, start, ~end).replaceAll('""', '"');
}

function sliceOf(bytes: Buffer, start: number, end: number): string {
  for (let i = start; i < end; i++) if (bytes[i]! >= 128) return bytes.utf8Slice(start, end);
  return bytes.latin1Slice(start, end);
}

const kept = 1 << 12;
const longestKept = 24;
const judged = 1 << 14;

/**
 * Strings of few values are told again and again: what was made before is found by its bytes, for a fraction of what another string costs.
 * A column whose values are mostly new ones is read without looking.
 */
function stringReader(): FieldReader {
  const strings: string[] = new Array(kept).fill('');
  let looked = 0;
  let found = 0;
  return (bytes, start, end) => {
    if (start === end) return null;
    const length = end - start;
    if (end < 0 || length > longestKept || looked < 0) return textOf(bytes, start, end);
    let hash = length;
    for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + bytes[i]!) | 0;
    const slot = (hash ^ (hash >>> 15)) & (kept - 1);
    const one = strings[slot]!;
    looked++;
    if (one.length === length && isSame(one, bytes, start)) {
      found++;
      return one;
    }
    if (looked >= judged) {
      // For good, or until the next look.
      looked = found < judged / 4 ? -1 : 0;
      found = 0;
    }
    const text = textOf(bytes, start, end);
    // As many units as bytes: each is one byte of ASCII.
    if (text.length === length) strings[slot] = text;
    return text;
  };
}

function isSame(text: string, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}
