/** What the text of a function says of what it changes: the part of `reads-only.ts` that looks at one function. */
import { boundNames } from './analyze.js';
import { childrenOf, isNode, type Node } from './parse.js';

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

/** Reads the text of one function. */
export class TextReader {
  readonly #node: Node;
  readonly #helpers: ReadonlySet<string>;
  readonly #captured: ReadonlySet<string>;
  /** Constants that hold an object made here. */
  readonly #made = new Set<string>();
  /** Those, and the first parameter, where it is one that may be changed. */
  #fresh: ReadonlySet<string> = new Set();
  /** Names that are bound more than once may mean either. */
  readonly #bound = new Map<string, number>();
  /** The name of the first parameter. */
  readonly #first: string | undefined;

  constructor(node: Node, helpers: readonly string[], captured: readonly string[]) {
    this.#node = node;
    this.#helpers = new Set(helpers);
    this.#captured = new Set(captured);
    const [first] = node.params as Node[];
    this.#first = first?.type === 'Identifier' ? (first.name as string) : undefined;
    this.#bind(node);
  }

  /** @param owns the first parameter is an object that may be changed */
  isSafe(owns: boolean): boolean {
    this.#fresh = this.#freshWith(owns);
    return this.#reads(this.#node);
  }

  /** Whether a captured name stands only where it is called with an object that may be changed. */
  isGivenStates(name: string, owns: boolean): boolean {
    if (this.#bound.has(name)) return false;
    const fresh = this.#freshWith(owns);
    const isGiven = (node: Node): boolean => {
      if (node.type === 'Identifier') return node.name !== name;
      const { callee, arguments: given } = node as unknown as { callee?: Node; arguments?: Node[] };
      if (node.type !== 'CallExpression' || callee?.type !== 'Identifier' || callee.name !== name)
        return [...childrenOf(node)].every(isGiven);
      const first = given?.[0];
      return first?.type === 'Identifier' && fresh.has(first.name as string) && given!.every(isGiven);
    };
    return isGiven(this.#node);
  }

  #freshWith(owns: boolean): Set<string> {
    const fresh = new Set(this.#made);
    if (owns && this.#first !== undefined) fresh.add(this.#first);
    for (const [name, count] of this.#bound) if (count > 1) fresh.delete(name);
    return fresh;
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
        if (node.kind === 'const' && id.type === 'Identifier' && isFresh(init)) this.#made.add(id.name as string);
      }
    }
    if (node.type === 'CatchClause') bind(node.param as Node);
    if (node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression')
      bind((node.id as Node | null) ?? undefined);
    for (const child of childrenOf(node)) this.#bind(child);
  }

  /**
   * Whether all that the function returns is its first parameter.
   * @param helpers functions of which the same is known
   */
  givesState(helpers: readonly string[]): boolean {
    const { body, async, generator } = this.#node as Node & { readonly body: Node };
    const state = this.#first;
    if (state === undefined || this.#bound.get(state) !== 1 || async === true || generator === true) return false;
    const isState = (node: unknown): boolean => {
      if (!isNode(node)) return false;
      if (node.type === 'Identifier') return node.name === state;
      const { callee, arguments: given } = node as unknown as { callee?: Node; arguments?: Node[] };
      if (node.type !== 'CallExpression' || callee?.type !== 'Identifier') return false;
      return helpers.includes(callee.name as string) && isState(given?.[0]);
    };
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
