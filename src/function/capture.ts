/** Makes functions portable. Runs where the function is; never calls it, never starts anything. */
import type { Block } from '../codec/block.js';
import { encodeValue } from '../codec/index.js';
import { CaptureError, ValueError } from '../errors.js';
import { isPlaced, type Recipe, textOf } from './again.js';
import { Graph } from './graph.js';
import type { AnyFunction, FunctionTraits, PortableCode, PortableFunction } from './portable.js';
import { refuse } from './refuse.js';

/** What was found out about a function at its last capture. `result`: every capture of it gives this. */
interface Known {
  readonly recipe: Recipe;
  readonly fns: readonly AnyFunction[];
  readonly result: PortableFunction | undefined;
}

const known = new WeakMap<AnyFunction, Known>();

/** What the last captures of closures found out, by their text: one for each place in the program, the latest first. */
const recipes = new Map<string, Recipe[]>();
const textsKept = 1000;
const placesKept = 8;
/** Closures of some places are never like the one before: after so many of them in a row, few are tried. */
const missesAllowed = 8;

/** Captures without variables, which are the same for all closures of a place. */
const constants = new WeakMap<Recipe, PortableFunction>();

/**
 * Makes a function ready to travel: its code, and its captured variables as they are now. Takes about 1 µs for a function that was
 * captured before and captures nothing, some tens of µs for one whose variables have to be read again and for another closure of the same
 * place in the program, and milliseconds for the first one of a file.
 * @throws CaptureError when the function, or something that it captures, cannot travel. Nothing has run then.
 */
export function capture(fn: AnyFunction): PortableFunction {
  const again = captureAgain(fn);
  if (again !== undefined) return again;
  const { result, graph } = captureAnew(fn);
  remember(fn, graph, result);
  return result;
}

/**
 * For a function that was just captured: how to find out, for another call of it in the same turn, that a capture would give the same;
 * `undefined` where that is not known in advance.
 */
export function sameInTurn(fn: AnyFunction): Pick<Recipe, 'holdsInTurn' | 'holdsSimply'> | undefined {
  const before = known.get(fn);
  return before?.result !== undefined && before.recipe.holdsInTurn(fn) ? before.recipe : undefined;
}

function captureAgain(fn: AnyFunction): PortableFunction | undefined {
  const before = known.get(fn);
  if (before !== undefined) {
    const { recipe, fns, result } = before;
    if (result !== undefined && recipe.holdsSimply(fn)) return result;
    if (result !== undefined && result.name === nameOf(fn) && recipe.holds(fn, fns)) return result;
    return follow(recipe, fns);
  }
  for (const recipe of recipes.get(textOf(fn)) ?? []) {
    if (recipe.misses >= missesAllowed && recipe.misses % missesAllowed > 0) continue;
    const result = follow(recipe, [fn, ...recipe.last.slice(1)]);
    if (result !== undefined) return result;
    if (!isPlaced(fn)) break; // a place that nothing is known of
  }
  return undefined;
}

/** Captures by what an earlier capture has found out; `undefined` where it does not fit any more. */
function follow(recipe: Recipe, fns: readonly (AnyFunction | undefined)[]): PortableFunction | undefined {
  const reading = recipe.read(fns);
  if (reading === undefined) return undefined;
  const [fn] = reading.fns as [AnyFunction];
  let result = constants.get(recipe);
  if (result === undefined) {
    try {
      const { values } = reading;
      result = portable(fn, recipe.code, values.length === 0 ? undefined : encodeValue(values), recipe.traits);
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      return undefined; // told in words by whoever captures it from the start
    }
  }
  recipe.misses = 0;
  known.set(fn, { recipe, fns: reading.fns, result: recipe.isConstant ? result : undefined });
  return result;
}

/** Captures a function as if it, and others of its place, had never been captured before. */
export function captureAnew(fn: AnyFunction): { readonly result: PortableFunction; readonly graph: Graph } {
  // Of a bound function, the name of what was bound may be empty, too.
  const name = /^(?:bound )*$/.test(fn.name) ? 'fn' : fn.name;
  const { graph, root } = build(fn, name);
  const { nodes, files, values, traits } = graph.finish();
  const code: PortableCode = { hash: hashOf(JSON.stringify([root, nodes, files])), nodes, root, files };
  return { result: portable(fn, code, encode(graph, values), traits), graph };
}

/** A text that is no longer than this is its own hash: `node:crypto` takes longer to load than all the rest of a small capture. */
const longestOwn = 1000;

function hashOf(text: string): string {
  if (text.length <= longestOwn) return text;
  return process.getBuiltinModule('node:crypto').createHash('sha1').update(text).digest('hex');
}

/** Notes what the next capture of this function, or of another closure of its place, need not find out again. */
function remember(fn: AnyFunction, graph: Graph, result: PortableFunction): void {
  const recipe = graph.recipe(result.code, result.traits);
  const missed = known.delete(fn) ? 0 : 1;
  if (recipe === undefined) return;
  known.set(fn, { recipe, fns: recipe.last as AnyFunction[], result: recipe.isConstant ? result : undefined });
  if (!recipe.isForOthers || graph.prefer === 'module') return;
  if (recipe.isConstant && !result.traits.stateful) constants.set(recipe, result);
  const text = textOf(fn);
  const others = recipes.get(text) ?? [];
  const before = others.findIndex((other) => other.isOfPlaceOf(recipe));
  if (before >= 0) recipe.misses = (others.splice(before, 1)[0]?.misses ?? 0) + missed;
  recipes.delete(text);
  recipes.set(text, [recipe, ...others.slice(0, placesKept - 1)]);
  if (recipes.size > textsKept) recipes.delete(recipes.keys().next().value as string);
}

/**
 * Exported functions of a module are taken by source where others of that module are, so that what they share stays shared; if that cannot
 * be, they are imported, provided that they share nothing that may change.
 */
function build(fn: AnyFunction, name: string): { graph: Graph; root: number } {
  let graph = new Graph();
  try {
    let root = graph.addRoot(fn, [name]);
    const scripts = new Set<string>();
    for (let split = graph.splitScripts(); split.size > 0; split = graph.splitScripts()) {
      for (const script of split) scripts.add(script);
      graph = new Graph('source', scripts);
      root = graph.addRoot(fn, [name]);
    }
    return { graph, root };
  } catch (error) {
    if (!(error instanceof CaptureError) || !graph.passedExports) throw error;
    const other = new Graph('module');
    try {
      const root = other.addRoot(fn, [name]);
      if (other.isCoherent()) return { graph: other, root };
    } catch {
      // The first reason is the one to tell.
    }
    throw error;
  }
}

function portable(
  fn: AnyFunction,
  code: PortableCode,
  values: Block | undefined,
  traits: FunctionTraits,
): PortableFunction {
  const name = nameOf(fn);
  return values === undefined ? { name, code, traits } : { name, code, values, traits };
}

const nameOf = (fn: AnyFunction): string => (typeof fn.name === 'string' ? fn.name : '');

/** All values in one row, so that what they share stays shared. */
function encode(graph: Graph, values: readonly unknown[]): Block | undefined {
  if (values.length === 0) return undefined;
  try {
    return encodeValue(values);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    const [, slot = '0', rest = ''] = /^\[(\d+)\](.*)$/s.exec(error.path) ?? [];
    const path = graph.pathOfSlot(Number(slot));
    if (rest !== '') path.push(`${path.pop() ?? ''}${rest}`);
    const [what, advice] = reasonOf(error);
    throw refuse(path, what, advice, undefined, error.cause);
  }
}

/** What is wrong with a value, and what to do, without the place, which is that of the slot. */
function reasonOf({ message, path }: ValueError): readonly [what: string, advice: string] {
  const said = message.slice(`The value at ${path} cannot be sent: `.length);
  const [, what = said, advice = ''] = /^it (is .*?)\.(?: (.*))?$/s.exec(said) ?? [];
  return what === said ? ['is a value that cannot be copied', said] : [what, advice];
}
