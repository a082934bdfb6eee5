/** First byte of a block: its encoding. */
export const Encoding = {
  general: 1,
  numbers: 2,
  constants: 3,
  strings: 4,
  views: 5,
  records: 6,
  /** Several blocks in one. */
  groups: 7,
  /** The rows are what is attached, as they are. */
  beside: 8,
  /** Typed arrays in memory that is lent. */
  lent: 9,
} as const;

/** First byte of a value in the general encoding. */
export const Tag = {
  undefined: 0,
  null: 1,
  true: 2,
  false: 3,
  /** An integer of 32 bits, zigzag. */
  integer: 4,
  double: 5,
  /** Cut from the common text: its length. */
  pooled: 6,
  latin1: 7,
  utf16: 8,
  bigint: 9,
  negativeBigint: 10,
  /** Number of the shape, then the values of its keys in order. */
  object: 11,
  /** A shape not seen before: its keys, then as `object`. */
  newShape: 12,
  array: 13,
  /** An array with named properties. */
  arrayWithNames: 14,
  /** An array of mostly holes: length, then entries as of an object. */
  sparseArray: 15,
  /** An array of numbers. */
  doubles: 16,
  map: 17,
  set: 18,
  date: 19,
  regexp: 20,
  error: 21,
  boxed: 22,
  memory: 23,
  view: 24,
  /** An object beside the bytes. */
  attached: 25,
  /** An object seen before in this row: its number. */
  reference: 26,
  /** A hole of an array, or a property that vanished while the object was read. */
  hole: 27,
  domException: 28,
  /** As `newShape`, but not kept. */
  loneShape: 29,
  /** An object that follows the row. */
  deferred: 30,
} as const;

/** Flag byte before each row. */
export const Row = { tree: 0, references: 1 } as const;

export const viewClasses: readonly string[] = [
  'DataView',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'Float16Array',
  'Buffer',
];

export const errorClasses: readonly string[] = [
  'Error',
  'EvalError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TypeError',
  'URIError',
];
