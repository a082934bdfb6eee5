/**
 * Functions that compute something small of plain data, such as `x => x * factor` or `row => ({ ...row, n: row.n + 1 })`, as far as
 * their text tells: a yes is certain, a no may be wrong. They call nothing but functions of `Math`, are over soon, and change and keep nothing.
 */
import { isNode, type Node } from './parse.js';
import type { PortableFunction, SourceNode } from './portable.js';
import { simpleOf } from './simple.js';

/** Captured values are no more bytes than this: numbers, and short strings. */
const mostCaptured = 200;
/** Powers and shifts of bigints can take very long; `in` and `instanceof` look at more than data. */
const operators = new Set('+ - * / % & | ^ == != === !== < <= > >='.split(' '));
const literals = new Set(['string', 'number', 'boolean']);
/** What members of plain data might be called that are no data. */
const prototypes: readonly object[] = [Object, Array, String, Number, Boolean, BigInt].map((one) => one.prototype);

const known = new WeakMap<PortableFunction, boolean>();

/**
 * Of rows that are plain trees (primitives, plain objects and arrays) which nobody else has, the results are plain trees that nobody else
 * has: they need no copy, and no look.
 */
export function isLight(fn: PortableFunction): boolean {
  let answer = known.get(fn);
  if (answer === undefined) {
    answer = looksLight(fn);
    known.set(fn, answer);
  }
  return answer;
}

function looksLight(fn: PortableFunction): boolean {
  const { code, traits, values } = fn;
  const source = code.nodes[code.root];
  if (source?.kind !== 'source' || source.own !== undefined || source.prototype !== undefined) return false;
  // What is not stateful captures nothing but primitives.
  if (traits.stateful || (values !== undefined && (values.bytes.length > mostCaptured || values.attached?.length)))
    return false;
  if (!source.free.every(({ node, eager, member }) => code.nodes[node]?.kind === 'value' && !eager && !member))
    return false;
  const simple = simpleOf(fn);
  return simple !== undefined && new Light(simple.parameters, source).isPlain(simple.given);
}

class Light {
  readonly #names: ReadonlySet<string>;

  constructor(parameters: readonly string[], { free }: SourceNode) {
    this.#names = new Set([...parameters, ...free.map(({ name }) => name)]);
  }

  /** Whether an expression gives data, and does nothing else. */
  isPlain(node: unknown): boolean {
    if (!isNode(node)) return false;
    switch (node.type) {
      case 'Identifier':
        return this.#names.has(node.name as string);
      case 'Literal':
        return node.value === null
          ? node.regex === undefined && node.bigint === undefined
          : literals.has(typeof node.value);
      case 'MemberExpression':
        return this.isPlain(node.object) && isOfData(node);
      case 'ChainExpression':
      case 'ParenthesizedExpression':
        return this.isPlain(node.expression);
      case 'UnaryExpression':
        return node.operator !== 'delete' && this.isPlain(node.argument);
      case 'BinaryExpression':
        return operators.has(node.operator as string) && this.#are(node.left, node.right);
      case 'LogicalExpression':
        return this.#are(node.left, node.right);
      case 'ConditionalExpression':
        return this.#are(node.test, node.consequent, node.alternate);
      case 'CallExpression':
        return this.#isOfMath(node.callee) && this.#are(...(node.arguments as unknown[]));
      case 'ArrayExpression':
        return this.#are(...(node.elements as unknown[]));
      case 'ObjectExpression':
        return (node.properties as Node[]).every((property) => this.#isProperty(property));
      default:
        return false;
    }
  }

  #are(...nodes: unknown[]): boolean {
    return nodes.every((node) => this.isPlain(node));
  }

  #isProperty({ type, argument, kind, method, computed, key, value }: Node): boolean {
    if (type === 'SpreadElement') return isNode(argument) && argument.type === 'Identifier' && this.isPlain(argument);
    if (kind !== 'init' || method === true || computed === true) return false;
    // A property of this name would be no property.
    const name = nameOf(key);
    return name !== undefined && name !== '__proto__' && this.isPlain(value);
  }

  #isOfMath(callee: unknown): boolean {
    if (!isNode(callee) || callee.type !== 'MemberExpression' || callee.computed === true) return false;
    const { object } = callee;
    if (!isNode(object) || object.type !== 'Identifier' || object.name !== 'Math' || this.#names.has('Math'))
      return false;
    return (
      typeof Math[nameOf(callee.property) as 'abs'] === 'function' && Object.hasOwn(Math, nameOf(callee.property)!)
    );
  }
}

/** Whether what a member gives is data: of one that all objects have, such as `constructor`, it might be a function. */
function isOfData({ computed, property }: Node): boolean {
  if (computed === true && (!isNode(property) || property.type !== 'Literal')) return false;
  const name = nameOf(property);
  return name !== undefined && (name === 'length' || !prototypes.some((prototype) => name in prototype));
}

/** The name that a key stands for; `undefined` for one that is computed. */
function nameOf(key: unknown): string | undefined {
  if (!isNode(key)) return undefined;
  if (key.type === 'Identifier') return key.name as string;
  if (key.type !== 'Literal') return undefined;
  return typeof key.value === 'string' || typeof key.value === 'number' ? String(key.value) : undefined;
}
