/**
 * What a function does with typed arrays, as far as its text tells: a yes is certain, a no may be wrong. In such a function every value is
 * a primitive, its first parameter, an array that it makes, or an object or array literal; an array is indexed by numbers alone, since
 * by any other key there is a way to what lies behind it. Nothing that it calls could keep an array: functions of `Math` get primitives,
 * methods of the array itself are the language's own (`codec/intact.ts`).
 */
import type { Uses } from '../codec/intact.js';
import { first, fresh, Unclear } from './array-kinds.js';
import { ArrayReader } from './array-reader.js';
import { textOfExport } from './exported-text.js';
import { parseFunction, SourceError } from './parse.js';
import type { CodeNode, FreeName, PortableCode, PortableFunction } from './portable.js';
import { scanWeight } from './scan.js';

/** What may come out of a function that is sure to keep no array. */
export interface ArrayUse {
  /** Its first argument is, or may be, part of the result. */
  readonly givesFirst: boolean;
  /** An array that it made is, or may be, part of the result. */
  readonly givesFresh: boolean;
  /** Present if it only looks at its first argument, going over it a few times: how much it does for an element. See {@link scanWeight}. */
  readonly scan?: number | undefined;
  /** What has to be the language's own where it runs. */
  readonly uses: Uses;
  /** Of an exported function: its text, which a worker has to have, too. */
  readonly text?: string;
}

const known = new WeakMap<PortableCode, { readonly use: ArrayUse | undefined }>();

/**
 * How a function uses a first argument that is a typed array; the second, if there is one, is a number. `undefined` where it might keep an
 * array that it was given or has made, or see what memory lies behind it.
 */
export function arrayUse(fn: PortableFunction): ArrayUse | undefined {
  // What is not stateful captures nothing but primitives.
  if (fn.traits.stateful) return undefined;
  let answer = known.get(fn.code);
  if (answer === undefined) {
    answer = { use: read(fn.code) };
    known.set(fn.code, answer);
  }
  return answer.use;
}

/** Whatever else a text is of, it needs no parser, which takes some ms to load. */
const hasArrays = /[[.]|Array|\bof\b/;
/** Longer texts are not looked at. */
const mostText = 10_000;

function read(code: PortableCode): ArrayUse | undefined {
  const root = code.nodes[code.root];
  const exported = textOfExport(root);
  const source = exported === undefined ? sourceOf(code, root) : { ...exported, captured: [] };
  if (source === undefined || source.text.length > mostText || !hasArrays.test(source.text)) return undefined;
  const { text, strict, captured } = source;
  try {
    const { node } = parseFunction(text, strict ? 'module' : 'script');
    const reader = new ArrayReader(captured);
    const result = reader.read(node);
    const givesFirst = (result & first) !== 0;
    // What is captured might be a string, which grows with each element that is added to it.
    const looks = !givesFirst && !reader.writes && exported === undefined && captured.length === 0;
    const scan = looks ? scanWeight(node) : undefined;
    return {
      givesFirst,
      ...(scan !== undefined && { scan }),
      givesFresh: (result & fresh) !== 0,
      uses: reader.uses,
      ...(exported && { text }),
    };
  } catch (error) {
    if (error instanceof Unclear || error instanceof SourceError) return undefined;
    throw error;
  }
}

interface Source {
  readonly text: string;
  readonly strict: boolean;
  readonly captured: readonly string[];
}

/** A function that travels by its source and captures nothing but values. */
function sourceOf({ nodes }: PortableCode, root: CodeNode | undefined): Source | undefined {
  if (root?.kind !== 'source' || root.isClass || root.part !== 'value') return undefined;
  if (root.own !== undefined || root.prototype !== undefined || root.imports) return undefined;
  const isValue = ({ node, eager, member }: FreeName): boolean => nodes[node]?.kind === 'value' && !eager && !member;
  const { text, strict, free } = root;
  return free.every(isValue) ? { text, strict, captured: free.map(({ name }) => name) } : undefined;
}
