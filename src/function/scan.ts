/**
 * Functions that go over typed arrays a few times from one end to the other, by operators that cost next to nothing, such as sums: what a
 * call takes is bounded by the length of its array. For functions that `arrays.ts` can follow; a yes is certain, a no may be wrong.
 */
import { Unclear } from './array-kinds.js';
import { isNode, type Node } from './parse.js';

const mostPasses = 4;

/** Of numbers and booleans all of them take a few cycles, which powers and remainders do not. */
const operators = new Set('+ - * / & | ^ << >> >>> == != === !== < <= > >= = && || ??'.split(' '));
const unary = new Set(['!', '-', '+', '~', 'void']);
const cheapMath = new Set('abs ceil floor fround imul max min round sign sqrt trunc clz32'.split(' '));
const passes = new Set(
  'forEach some every find findLast findIndex findLastIndex map reduce reduceRight indexOf lastIndexOf includes slice'.split(
    ' ',
  ),
);

/** What an element costs that is handed to a function or taken from an iterator, and one of an array that is made, in nodes. */
const perCall = 40;
const perPage = 16;

/**
 * How many nodes of its text a function goes through for each element of its array, at most; `undefined` if it may do more than go over it
 * a few times.
 */
export function scanWeight(fn: Node): number | undefined {
  try {
    const scan = new Scan();
    scan.visit(fn.body);
    return scan.weight;
  } catch (error) {
    if (error instanceof Unclear) return undefined;
    throw error;
  }
}

class Scan {
  weight = 0;
  #passes = 0;
  #inside = false;
  /** Names of lengths of arrays, and of the variables that loops count with. */
  readonly #lengths = new Set<string>();
  readonly #counters = new Set<string>();

  visit(node: unknown): void {
    if (Array.isArray(node)) for (const one of node) this.visit(one);
    if (!isNode(node)) return;
    if (this.#inside) this.weight++;
    if (this.#follow(node)) for (const [key, value] of Object.entries(node)) if (key !== 'type') this.visit(value);
  }

  /** False if there is nothing more to see inside. */
  #follow(node: Node): boolean {
    switch (node.type) {
      case 'WhileStatement':
      case 'DoWhileStatement':
      case 'TemplateLiteral':
        throw new Unclear();
      case 'ThrowStatement':
        simplyTold((node.argument as Node).arguments);
        return false; // it is the last thing that happens
      case 'ForStatement':
        this.#loop(node);
        return false;
      case 'ForOfStatement':
        this.visit(node.right);
        this.#pass(perCall, () => this.visit(node.body));
        return false;
      case 'CallExpression':
        this.#call(node);
        return false;
      case 'NewExpression':
        this.#array(node);
        return false;
      case 'ArrayExpression':
      case 'ObjectExpression':
        if (this.#inside) throw new Unclear();
        return true;
      case 'Literal':
        if (typeof node.value === 'string' || node.bigint !== undefined) throw new Unclear();
        return false;
      case 'UnaryExpression':
        if (!unary.has(node.operator as string)) throw new Unclear();
        return true;
      case 'BinaryExpression':
      case 'LogicalExpression':
        if (!operators.has(node.operator as string)) throw new Unclear();
        return true;
      case 'UpdateExpression':
        this.#notCounter(node.argument);
        return true;
      case 'AssignmentExpression':
        this.#notCounter(node.left);
        if (node.operator !== '=' && !operators.has((node.operator as string).slice(0, -1))) throw new Unclear();
        return true;
      case 'VariableDeclaration':
        if (node.kind === 'const') this.#noteLengths(node.declarations as Node[]);
        return true;
      default:
        return true;
    }
  }

  /** @param weight what it costs for each element, in nodes, whatever else it does */
  #pass(weight: number, body: () => void): void {
    if (this.#inside || ++this.#passes > mostPasses) throw new Unclear();
    this.weight += weight;
    this.#inside = true;
    body();
    this.#inside = false;
  }

  /** `for (let i = 0; i < array.length; i++)`, and the like, of which nothing else moves the counter. */
  #loop({ init, test, update, body }: Node): void {
    const counter = counterOf(init);
    if (counter === undefined || !this.#isBelowLength(test, counter) || !isStep(update, counter)) throw new Unclear();
    this.#counters.add(counter);
    this.#pass(0, () => this.visit([test, body]));
    this.#counters.delete(counter);
  }

  #isBelowLength(test: unknown, counter: string): boolean {
    if (!isNode(test) || test.type !== 'BinaryExpression' || test.operator !== '<') return false;
    if (nameOf(test.left) !== counter) return false;
    return isLength(test.right) || this.#lengths.has(nameOf(test.right) ?? '');
  }

  #call({ callee, arguments: given }: Node): void {
    const { object, property } = callee as Node;
    const name = nameOf(property) ?? '';
    if (nameOf(object) === 'Math') {
      if (!cheapMath.has(name)) throw new Unclear();
      this.visit(given);
      return;
    }
    this.visit(object);
    if (!passes.has(name)) throw new Unclear();
    this.#pass(name === 'slice' ? perPage : perCall, () => this.visit(given));
  }

  /** An array as long as one that is there. */
  #array({ callee, arguments: given }: Node): void {
    // Bigints grow.
    if (nameOf(callee)!.startsWith('Big')) throw new Unclear();
    const [length] = given as unknown[];
    if (!isLength(length) && !this.#lengths.has(nameOf(length) ?? '')) throw new Unclear();
    this.#pass(perPage, () => {});
  }

  #notCounter(target: unknown): void {
    if (this.#counters.has(nameOf(target) ?? '')) throw new Unclear();
  }

  #noteLengths(declarations: readonly Node[]): void {
    for (const { id, init } of declarations) if (isLength(init)) this.#lengths.add(nameOf(id)!);
  }
}

function nameOf(node: unknown): string | undefined {
  return isNode(node) && node.type === 'Identifier' ? (node.name as string) : undefined;
}

/** What an error is told takes no time to make. */
function simplyTold(node: unknown): void {
  if (Array.isArray(node)) for (const one of node) simplyTold(one);
  if (!isNode(node)) return;
  const { type, operator, bigint } = node;
  if (!tellers.has(type) || bigint !== undefined || (type === 'BinaryExpression' && operator !== '+'))
    throw new Unclear();
  for (const [key, value] of Object.entries(node)) if (key !== 'type') simplyTold(value);
}

const tellers = new Set([
  'Literal',
  'TemplateLiteral',
  'TemplateElement',
  'Identifier',
  'MemberExpression',
  'BinaryExpression',
]);

/** Of an array: nothing else has members in a function that `arrays.ts` can follow. */
function isLength(node: unknown): boolean {
  if (isNode(node) && nameOf(node.object) === undefined) return false;
  return (
    isNode(node) && node.type === 'MemberExpression' && node.computed !== true && nameOf(node.property) === 'length'
  );
}

/** The variable of `let i = 0`. */
function counterOf(init: unknown): string | undefined {
  if (!isNode(init) || init.type !== 'VariableDeclaration' || init.kind !== 'let') return undefined;
  const [one, ...more] = init.declarations as Node[];
  if (one === undefined || more.length > 0 || !isNumber(one.init)) return undefined;
  return nameOf(one.id);
}

function isNumber(node: unknown): boolean {
  return isNode(node) && node.type === 'Literal' && typeof node.value === 'number' && node.value >= 0;
}

/** `i++`, `i += 2`. */
function isStep(update: unknown, counter: string): boolean {
  if (!isNode(update)) return false;
  if (update.type === 'UpdateExpression') return update.operator === '++' && nameOf(update.argument) === counter;
  if (update.type !== 'AssignmentExpression' || update.operator !== '+=' || nameOf(update.left) !== counter)
    return false;
  return isNumber(update.right) && ((update.right as Node).value as number) >= 1;
}
