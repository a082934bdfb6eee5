/**
 * Whether functions are sure to change nothing of what they are called with, nor of what they capture, as far as their text tells: a yes is
 * certain, a no may be wrong. For rows that several calls see one after the other.
 */
import { boundNames } from './analyze.js';
import { childrenOf, isNode, type Node, parseFunction } from './parse.js';
import type { CodeNode, PortableCode, PortableFunction, SourceNode } from './portable.js';

const known = new WeakMap<PortableCode, { readonly [state: string]: boolean }>();

/**
 * @param state its first parameter is a state of its own, which it may change (but not what is inside of what it put there) and gives back
 */
export function readsOnly({ code }: PortableFunction, state = false): boolean {
  const before = known.get(code) ?? {};
  let answer = before[String(state)];
  if (answer === undefined) {
    answer = code.nodes.every((node, i) => isKnown(node, i === code.root, code, state));
    known.set(code, { ...before, [String(state)]: answer });
  }
  return answer;
}

/** What is imported, or comes from a path of globals, has no text here. */
function isKnown(node: CodeNode, isRoot: boolean, code: PortableCode, state: boolean): boolean {
  if (node.kind === 'source') return isSafe(node, code, state && isRoot);
  if (isRoot) return false;
  if (node.kind === 'global') return node.path[0] === 'Math';
  return ['value', 'symbol', 'object', 'array', 'map', 'set'].includes(node.kind);
}

function isSafe(source: SourceNode, code: PortableCode, state: boolean): boolean {
  if (source.isClass || source.own !== undefined || source.prototype !== undefined) return false;
  try {
    const { node } = parseFunction(source.text, source.strict ? 'module' : 'script');
    const isHelper = ({ node: at }: { node: number }) => ['source', 'global'].includes(code.nodes[at]?.kind ?? '');
    const helpers = source.free.filter(isHelper).map((free) => free.name);
    const captured = source.free.map((free) => free.name);
    return new Reader(node, helpers, captured, state).isSafe();
  } catch {
    return false;
  }
}

/** Functions that change no argument. */
const globals = new Set([
  'Number',
  'String',
  'Boolean',
  'BigInt',
  'parseInt',
  'parseFloat',
  'isNaN',
  'isFinite',
  'Symbol',
]);
const namespaces = new Set(['Math', 'Number', 'String', 'JSON', 'Date', 'BigInt']);
const ofNamespaces: Readonly<Record<string, readonly string[]>> = {
  Object: ['keys', 'values', 'entries', 'fromEntries', 'is', 'hasOwn'],
  Array: ['from', 'isArray', 'of'],
};
/** Methods of built-in classes that change neither what they are called on nor their arguments. */
const reading = new Set(
  (
    'map filter flatMap slice concat join includes indexOf lastIndexOf find findIndex findLast findLastIndex some every reduce reduceRight ' +
    'forEach entries keys values at flat get has toString toFixed toPrecision toUpperCase toLowerCase trim trimStart trimEnd split replace ' +
    'replaceAll match matchAll startsWith endsWith padStart padEnd repeat charCodeAt charAt codePointAt substring substr localeCompare ' +
    'normalize toISOString getTime getFullYear getMonth getDate getDay getHours getMinutes getSeconds getUTCFullYear getUTCMonth getUTCDate ' +
    'getUTCDay getUTCHours getUTCMinutes toSorted toReversed with valueOf toLocaleString toJSON'
  ).split(' '),
);
/** Methods that change what they are called on. */
const writing = new Set('push pop shift unshift splice sort reverse fill set add delete clear'.split(' '));
const containers = new Set(['Map', 'Set', 'Array']);
/** Globals that may be named. */
const named = new Set([...globals, ...namespaces, ...Object.keys(ofNamespaces), 'undefined', 'NaN', 'Infinity']);

class Reader {
  readonly #node: Node;
  readonly #helpers: ReadonlySet<string>;
  readonly #captured: ReadonlySet<string>;
  /** Constants that hold an object made here. */
  readonly #fresh = new Set<string>();
  /** Names that are bound more than once may mean either. */
  readonly #bound = new Map<string, number>();
  readonly #state: string | undefined;

  constructor(node: Node, helpers: readonly string[], captured: readonly string[], state: boolean) {
    this.#node = node;
    this.#helpers = new Set(helpers);
    this.#captured = new Set(captured);
    const [first] = node.params as Node[];
    this.#state = state && first?.type === 'Identifier' ? (first.name as string) : undefined;
  }

  isSafe(): boolean {
    this.#bind(this.#node);
    if (this.#state !== undefined && this.#bound.get(this.#state) === 1 && this.#givesState())
      this.#fresh.add(this.#state);
    for (const [name, count] of this.#bound) if (count > 1) this.#fresh.delete(name);
    return this.#reads(this.#node);
  }

  /** Collects the names that are bound inside. */
  #bind(node: Node): void {
    const bind = (pattern: Node | undefined): void => {
      for (const name of boundNames(pattern)) this.#bound.set(name, (this.#bound.get(name) ?? 0) + 1);
    };
    if (Array.isArray(node.params)) for (const param of node.params as Node[]) bind(param);
    if (node.type === 'VariableDeclaration') {
      for (const { id, init } of node.declarations as unknown as { id: Node; init: Node | null }[]) {
        bind(id);
        if (node.kind === 'const' && id.type === 'Identifier' && isFresh(init)) this.#fresh.add(id.name as string);
      }
    }
    if (node.type === 'CatchClause') bind(node.param as Node);
    if (node.type === 'FunctionDeclaration') bind(node.id as Node);
    for (const child of childrenOf(node)) this.#bind(child);
  }

  /** Whether all that the function returns is its state. */
  #givesState(): boolean {
    const body = this.#node.body as Node;
    const isState = (node: unknown): boolean => isNode(node) && node.type === 'Identifier' && node.name === this.#state;
    if (body.type !== 'BlockStatement') return isState(body);
    const returns: unknown[] = [];
    const visit = (node: Node): void => {
      if (node.type === 'ReturnStatement') returns.push(node.argument);
      if (/Function/.test(node.type)) return;
      for (const child of childrenOf(node)) visit(child);
    };
    visit(body);
    return returns.length > 0 && returns.every(isState);
  }

  #reads(node: Node): boolean {
    switch (node.type) {
      case 'ThisExpression':
      case 'Super':
      case 'TaggedTemplateExpression':
      case 'ClassExpression':
      case 'ClassDeclaration':
      case 'WithStatement':
      case 'ImportExpression':
      case 'MetaProperty':
        return false;
      case 'Identifier':
        return this.#mayName(node.name as string);
      case 'MemberExpression':
        if (!this.#mayRead(node)) return false;
        return this.#reads(node.object as Node) && (node.computed !== true || this.#reads(node.property as Node));
      case 'Property':
        return (node.computed !== true || this.#reads(node.key as Node)) && this.#reads(node.value as Node);
      case 'AssignmentExpression':
        if (!this.#mayWrite(node.left as Node)) return false;
        break;
      case 'UpdateExpression':
        if (!this.#mayWrite(node.argument as Node)) return false;
        break;
      case 'UnaryExpression':
        if (node.operator === 'delete' && !this.#mayWrite(node.argument as Node)) return false;
        break;
      case 'ForInStatement':
      case 'ForOfStatement':
        if ((node.left as Node).type !== 'VariableDeclaration' && !this.#mayWrite(node.left as Node)) return false;
        break;
      case 'CallExpression':
        if (!this.#mayCall(node.callee as Node)) return false;
        break;
      case 'NewExpression':
        if (!this.#mayMake(node)) return false;
        break;
    }
    for (const child of childrenOf(node)) if (!this.#reads(child)) return false;
    return true;
  }

  /** A function that changes its arguments may be handed to one that calls it. */
  #mayName(name: string): boolean {
    if (name === 'arguments') return false;
    return this.#bound.has(name) || this.#captured.has(name) || named.has(name) || isMade(name);
  }

  #mayRead({ object, property, computed }: Node): boolean {
    const { type, name } = object as Node & { readonly name: string };
    if (type !== 'Identifier' || this.#bound.has(name) || this.#captured.has(name)) return true;
    if (namespaces.has(name)) return true;
    return computed !== true && ofNamespaces[name]?.includes((property as Node).name as string) === true;
  }

  /** A variable of its own, or a property of an object made here. */
  #mayWrite(target: Node): boolean {
    if (target.type === 'Identifier')
      return this.#bound.has(target.name as string) && !this.#fresh.has(target.name as string);
    if (target.type !== 'MemberExpression') return false;
    const object = target.object as Node;
    return object.type === 'Identifier' && this.#fresh.has(object.name as string);
  }

  #mayCall(callee: Node): boolean {
    if (callee.type === 'Identifier') {
      const name = callee.name as string;
      return this.#bound.has(name) ? false : this.#helpers.has(name) || globals.has(name);
    }
    if (callee.type !== 'MemberExpression' || callee.computed === true) return false;
    const object = callee.object as Node;
    const method = (callee.property as Node).name as string;
    if (object.type === 'Identifier' && !this.#bound.has(object.name as string)) {
      const name = object.name as string;
      if (namespaces.has(name) || ofNamespaces[name]?.includes(method) === true) return true;
    }
    if (reading.has(method)) return true;
    if (method === 'test' && object.type === 'Literal') return true; // a regular expression that begins anew each time
    return writing.has(method) && object.type === 'Identifier' && this.#fresh.has(object.name as string);
  }

  #mayMake(node: Node): boolean {
    const callee = node.callee as Node;
    if (callee.type !== 'Identifier' || this.#bound.has(callee.name as string)) return false;
    return isMade(callee.name as string);
  }
}

/** Classes that change nothing of what they are made of. */
function isMade(name: string): boolean {
  return containers.has(name) || /^(Date|RegExp|(Type|Range)?Error)$/.test(name);
}

/** An object that nobody else has. */
function isFresh(init: Node | null): boolean {
  if (init === null) return false;
  if (init.type === 'ArrayExpression' || init.type === 'ObjectExpression') return true;
  return (
    init.type === 'NewExpression' &&
    (init.callee as Node).type === 'Identifier' &&
    containers.has((init.callee as Node).name as string)
  );
}
