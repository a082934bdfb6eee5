/**
 * Rows that are objects of one shape: a plan is made from samples, an encoder and a decoder are generated from the plan. The encoder
 * stops at the first row that is not exactly as planned (other keys or their order, another prototype, one object in two places, a
 * proxy, holes or names on arrays …), so that what comes out is what structured clone gives.
 */
import { Buffer } from 'node:buffer';
import { types } from 'node:util';
import type { Block } from '../block.js';
import { damaged } from '../bytes.js';
import type { Encoded } from '../columns.js';
import { forcedEncoder } from '../forced.js';
import { joinParts, splitParts } from '../parts.js';
import { Encoding } from '../tags.js';
import { generateCopier, type RowCopier } from './generate-copier.js';
import { generateDecoder, interpretDecoder, type RowDecoder } from './generate-decoder.js';
import { generateEncoder, type RowEncoder } from './generate-encoder.js';
import { isSite, makePlan, type Plan, type Site } from './plan.js';
import { RowInput } from './row-input.js';
import { Scratch } from './scratch.js';

const SAMPLES = 24;
/** A plan of few rows that come next to each other says little of whether strings repeat: it is made anew from this many times as many rows. */
const BETTER = 8;
const WELL_KNOWN = 256;
/** Making a plan takes as long as encoding some rows otherwise. */
const MIN_ROWS = 8;
const MAX_CACHED = 256;

/** Whether code may be generated in this process (`--disallow-code-generation-from-strings`). */
const mayGenerate: boolean = (() => {
  try {
    return new Function('return true')() === true;
  } catch {
    return false;
  }
})();

interface Prepared {
  readonly plan: Plan;
  /** So many rows were there to choose the samples from. */
  rows: number;
  /** The plan's root as it travels: JSON in UTF-8, with spaces up to a multiple of 8, so that numbers behind it are read where they lie. */
  readonly planBytes: Uint8Array;
  readonly encode: RowEncoder;
  copy: RowCopier | undefined;
}

/** By the outline of the first row, so that the blocks of one job share a plan. */
const prepared = new Map<string, Prepared>();
const encoders = new Map<string, RowEncoder>();
const decoders = new Map<string, RowDecoder>();
const idle: Scratch[] = [];

/** Encodes rows from `from` as far as they are alike; `undefined` if not even a few are. */
export function encodeRecords(
  rows: ArrayLike<unknown>,
  from: number,
  to: number,
  minimum = MIN_ROWS,
): Encoded | undefined {
  if (!mayGenerate) return undefined;
  const outline = outlineOf(rows[from]);
  if (outline === undefined) return undefined;
  const known = knownFor(outline, rows, from, to);
  const atOnce = known && run(known, rows, from, to);
  if (atOnce !== undefined && atOnce.end - from >= Math.min(minimum, to - from)) return atOnce;
  if (to - from < minimum) return atOnce;
  const fresh = prepare(rows, from, to);
  if (fresh === undefined) return atOnce;
  remember(prepared, outline, fresh);
  return run(fresh, rows, from, to) ?? atOnce;
}

function knownFor(outline: string, rows: ArrayLike<unknown>, from: number, to: number): Prepared | undefined {
  const known = prepared.get(outline);
  if (known === undefined || known.rows >= WELL_KNOWN || to - from < known.rows * BETTER) return known;
  known.rows = WELL_KNOWN; // where there is none better, there is no second try
  const better = prepare(rows, from, to);
  if (better === undefined) return known;
  remember(prepared, outline, better);
  return better;
}

/**
 * Copies rows from `from` to the end of `target` as far as they are alike, plain objects and arrays; gives where it stopped. The copies are what
 * decoding encoded rows gives.
 */
export function copyRecords(rows: ArrayLike<unknown>, from: number, to: number, target: unknown[]): number {
  if (!mayGenerate || forcedEncoder !== undefined) return from;
  const outline = outlineOf(rows[from]);
  if (outline === undefined) return from;
  const known = prepared.get(outline);
  const end = known === undefined ? from : copied(known, rows, from, to, target);
  if (end > from || to - from < MIN_ROWS) return end;
  const fresh = prepare(rows, from, to);
  if (fresh === undefined) return from;
  remember(prepared, outline, fresh);
  return copied(fresh, rows, from, to, target);
}

function copied(of: Prepared, rows: ArrayLike<unknown>, from: number, to: number, target: unknown[]): number {
  const { plan } = of;
  // Instances of classes are a matter of those who call.
  if (plan.prototypes.some((prototype) => prototype !== Object.prototype)) return from;
  of.copy ??= generateCopier(plan.root);
  return of.copy(rows, from, to, plan.prototypes, target, target.length);
}

export function decodeRecords(block: Block, target: { [index: number]: unknown }, at: number): void {
  const { first, second, text } = splitParts(block);
  const decode = decoderFor(Buffer.from(first).toString('utf8'));
  const input = new RowInput(second, text);
  try {
    decode(input, block.rows, target, at);
  } catch (error) {
    // A number that would lie outside.
    throw error instanceof RangeError ? damaged('it ends within a row') : error;
  }
  input.end();
}

function run(prepared: Prepared, rows: ArrayLike<unknown>, from: number, to: number): Encoded | undefined {
  // A getter of a row may encode something itself.
  const scratch = idle.pop() ?? new Scratch();
  try {
    const end = encoded(prepared, scratch, rows, from, to);
    if (end === from) return undefined;
    const { text, length } = scratch;
    const bytes = joinParts(Encoding.records, prepared.planBytes, scratch.bytes.subarray(0, length), text);
    return { block: { rows: end - from, bytes }, end };
  } finally {
    scratch.clear();
    idle.push(scratch);
  }
}

/** How far the encoder came. What a getter throws is for the general encoding to tell, which knows where it was. */
function encoded(of: Prepared, scratch: Scratch, rows: ArrayLike<unknown>, from: number, to: number): number {
  try {
    return of.encode(scratch, rows, from, to, of.plan.prototypes);
  } catch {
    return from;
  }
}

function prepare(rows: ArrayLike<unknown>, from: number, to: number): Prepared | undefined {
  const count = Math.min(SAMPLES, to - from);
  const samples = Array.from({ length: count }, (_, i) => rows[from + Math.floor((i * (to - from)) / count)]);
  const plan = makePlan(samples);
  if (plan === undefined) return undefined;
  const text = JSON.stringify(plan.root);
  let encode = encoders.get(text);
  if (encode === undefined) {
    encode = generateEncoder(plan.root);
    remember(encoders, text, encode);
  }
  const bytes = Buffer.byteLength(text);
  const planBytes = Buffer.from(text.padEnd(text.length + ((8 - (bytes % 8)) % 8)), 'utf8');
  return { plan, rows: to - from, planBytes, encode, copy: undefined };
}

function decoderFor(plan: string): RowDecoder {
  let decode = decoders.get(plan);
  if (decode === undefined) {
    const root = parsePlan(plan);
    decode = mayGenerate ? generateDecoder(root) : interpretDecoder(root);
    remember(decoders, plan, decode);
  }
  return decode;
}

function parsePlan(text: string): Site {
  try {
    const root: unknown = JSON.parse(text);
    if (isSite(root)) return root;
  } catch {
    // Reported below, like any other text that is no plan.
  }
  throw damaged('its plan cannot be read');
}

/** Rows with the same outline are likely, not certain, to follow the same plan. `undefined` for what never has one. */
function outlineOf(row: unknown): string | undefined {
  if (typeof row !== 'object' || row === null || types.isProxy(row)) return undefined;
  if (Array.isArray(row)) return `[${row.length}`;
  return ArrayBuffer.isView(row) ? undefined : Object.keys(row).join('\0');
}

function remember<T>(cache: Map<string, T>, key: string, value: T): void {
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(key, value);
}
