/**
 * What a function uses from outside: a scope analysis of its syntax tree, by the rules of ECMA-262 §8 (declared names, hoisting,
 * block scopes), limited to what decides whether and how a function can travel.
 */
import { isBuiltin } from 'node:module';
import { childrenOf, isNode, type Node } from './parse.js';

/** A variable that is used but not declared inside. Positions count from the beginning of the function's text. */
export interface FreeVariable {
  readonly name: string;
  /** Where it is assigned to, if it is. */
  assigned: number | undefined;
  /** A property of it, or of something in it, is assigned to. */
  changed: boolean;
  /** Used while the source is evaluated (class heritage, static fields, computed keys), not only when it is called. */
  eager: boolean;
  /** The members read from it, if it is used in no other way. */
  members: Set<string> | undefined;
  /** Only asked for its type (`typeof x`). */
  onlyTypeof: boolean;
  /** Used to compute the name of a member of the class that is analyzed. */
  inKey: boolean;
}

/** See {@link analyze}. */
export interface Analysis {
  readonly free: ReadonlyMap<string, FreeVariable>;
  /** Where the function uses `this`, `super`, `new.target` or `arguments` of an enclosing function. */
  readonly outer: { readonly what: 'this' | 'super' | 'new.target' | 'arguments'; readonly at: number } | undefined;
  /** Uses its own `this` (which depends on how it is called). */
  readonly ownThis: boolean;
  readonly importMeta: readonly { readonly start: number; readonly end: number }[];
  /** Packages that `import.meta.resolve` is asked for. */
  readonly resolved: string | undefined;
  readonly dynamicImport: boolean;
  readonly directEval: number | undefined;
  readonly withStatement: number | undefined;
  /** A private name that no class inside declares. */
  readonly privateName: string | undefined;
  /** Writes a property of a captured variable, or of itself. */
  readonly writesMembers: boolean;
  /** A static private field or accessor of a class, whose state cannot be read. */
  readonly staticPrivate: string | undefined;
  readonly async: boolean;
}

class Scope {
  readonly names = new Set<string>();
  readonly parent: Scope | undefined;
  readonly hoists: boolean;
  constructor(parent: Scope | undefined, hoists: boolean) {
    this.parent = parent;
    this.hoists = hoists;
  }
  has(name: string): boolean {
    return this.names.has(name) || (this.parent?.has(name) ?? false);
  }
}

/** Whose `this` is meant: an enclosing function's, or one inside the analyzed source. */
interface Position {
  readonly scope: Scope;
  readonly thisOf: 'outer' | 'own' | 'inner';
  readonly argumentsOf: 'outer' | 'inner';
  readonly eager: boolean;
}

const isFunction = (node: Node) =>
  node.type === 'FunctionExpression' || node.type === 'FunctionDeclaration' || node.type === 'ArrowFunctionExpression';
const isClass = (node: Node) => node.type === 'ClassExpression' || node.type === 'ClassDeclaration';

/** Names that a pattern binds. */
export function boundNames(pattern: Node | null | undefined, into: Set<string> = new Set()): Set<string> {
  if (!isNode(pattern)) return into;
  switch (pattern.type) {
    case 'Identifier':
      into.add(pattern.name as string);
      break;
    case 'ObjectPattern':
      for (const property of pattern.properties as Node[]) {
        boundNames((property.type === 'RestElement' ? property.argument : property.value) as Node, into);
      }
      break;
    case 'ArrayPattern':
      for (const element of pattern.elements as (Node | null)[]) boundNames(element, into);
      break;
    case 'AssignmentPattern':
      boundNames(pattern.left as Node, into);
      break;
    case 'RestElement':
      boundNames(pattern.argument as Node, into);
      break;
  }
  return into;
}

/** Names that `var` declares in the function around it. */
function hoistedNames(node: Node, into: Set<string>): void {
  if (node.type === 'VariableDeclaration' && node.kind === 'var') {
    for (const declaration of node.declarations as Node[]) boundNames(declaration.id as Node, into);
  }
  for (const child of childrenOf(node)) if (!isFunction(child) && !isClass(child)) hoistedNames(child, into);
}

/** Names that a list of statements declares for its own block. */
function lexicalNames(statements: readonly Node[], into: Set<string>): void {
  for (const statement of statements) {
    if (statement.type === 'VariableDeclaration' && statement.kind !== 'var') {
      for (const declaration of statement.declarations as Node[]) boundNames(declaration.id as Node, into);
    } else if (statement.type === 'FunctionDeclaration' || statement.type === 'ClassDeclaration') {
      boundNames(statement.id as Node, into);
    } else if (statement.type === 'LabeledStatement') lexicalNames([statement.body as Node], into);
  }
}

class Analyzer {
  readonly free = new Map<string, FreeVariable>();
  outer: Analysis['outer'];
  ownThis = false;
  readonly importMeta: { start: number; end: number }[] = [];
  resolved: string | undefined;
  dynamicImport = false;
  directEval: number | undefined;
  withStatement: number | undefined;
  privateName: string | undefined;
  writesMembers = false;
  staticPrivate: string | undefined;
  private inKey = false;
  private readonly privates: Set<string>[] = [];

  private variable(name: string): FreeVariable {
    let variable = this.free.get(name);
    if (variable === undefined) {
      const use = { assigned: undefined, changed: false, eager: false, onlyTypeof: true, inKey: false };
      variable = { name, members: new Set(), ...use };
      this.free.set(name, variable);
    }
    return variable;
  }

  private read(name: string, at: Position, member?: string, typeofOnly = false): void {
    if (at.scope.has(name)) return;
    if (name === 'arguments' && at.argumentsOf === 'inner') return;
    if (name === 'arguments') {
      this.outer ??= { what: 'arguments', at: 0 };
      return;
    }
    const variable = this.variable(name);
    if (member === undefined && !typeofOnly) variable.members = undefined;
    else if (member !== undefined) variable.members?.add(member);
    if (!typeofOnly) variable.onlyTypeof = false;
    if (at.eager) variable.eager = true;
    if (this.inKey) variable.inKey = true;
  }

  private change(name: string, at: Position): void {
    this.read(name, at);
    const variable = at.scope.has(name) ? undefined : this.free.get(name);
    if (variable !== undefined) variable.changed = true;
  }

  private write(target: Node, at: Position): void {
    switch (target.type) {
      case 'Identifier': {
        const name = target.name as string;
        if (at.scope.has(name) || (name === 'arguments' && at.argumentsOf === 'inner')) return;
        const variable = this.variable(name);
        variable.assigned ??= target.start;
        variable.members = undefined;
        variable.onlyTypeof = false;
        return;
      }
      case 'MemberExpression': {
        let root = target;
        while (root.type === 'MemberExpression') root = root.object as Node;
        if (root.type === 'Identifier' && !(at.scope.has(root.name as string) && root.name !== this.selfName))
          this.writesMembers = true;
        if (root.type === 'Identifier') this.change(root.name as string, at);
        this.visit(target, at);
        return;
      }
      case 'ObjectPattern':
        for (const property of target.properties as Node[]) {
          if (property.type === 'RestElement') this.write(property.argument as Node, at);
          else {
            if (property.computed === true) this.visit(property.key as Node, at);
            this.write(property.value as Node, at);
          }
        }
        return;
      case 'ArrayPattern':
        for (const element of target.elements as (Node | null)[]) if (element) this.write(element, at);
        return;
      case 'AssignmentPattern':
        this.write(target.left as Node, at);
        this.visit(target.right as Node, at);
        return;
      case 'RestElement':
        this.write(target.argument as Node, at);
        return;
      default:
        this.visit(target, at);
    }
  }

  /** The name by which the analyzed function knows itself. */
  private selfName: string | undefined;

  top(node: Node): void {
    this.selfName = (node.id as Node | null)?.name as string | undefined;
    const scope = new Scope(undefined, true);
    const at: Position = { scope, thisOf: 'outer', argumentsOf: 'outer', eager: true };
    if (isClass(node)) this.classBody(node, at, true);
    else this.functionBody(node, at, true);
  }

  /** Default values and computed keys inside a pattern that declares. */
  private patternParts(pattern: Node | null, at: Position): void {
    if (!isNode(pattern)) return;
    switch (pattern.type) {
      case 'ObjectPattern':
        for (const property of pattern.properties as Node[]) {
          if (property.type === 'RestElement') this.patternParts(property.argument as Node, at);
          else {
            if (property.computed === true) this.visit(property.key as Node, at);
            this.patternParts(property.value as Node, at);
          }
        }
        break;
      case 'ArrayPattern':
        for (const element of pattern.elements as (Node | null)[]) this.patternParts(element, at);
        break;
      case 'AssignmentPattern':
        this.patternParts(pattern.left as Node, at);
        this.visit(pattern.right as Node, at);
        break;
      case 'RestElement':
        this.patternParts(pattern.argument as Node, at);
        break;
    }
  }

  private functionBody(node: Node, at: Position, top = false): void {
    const arrow = node.type === 'ArrowFunctionExpression';
    const scope = new Scope(at.scope, true);
    if (node.type === 'FunctionExpression' && isNode(node.id)) boundNames(node.id, scope.names);
    for (const parameter of node.params as Node[]) boundNames(parameter, scope.names);
    // A default value cannot see the body's variables, but its own names are looked up further out first.
    const outside: Position = {
      scope,
      thisOf: arrow ? at.thisOf : top ? 'own' : 'inner',
      argumentsOf: arrow ? at.argumentsOf : 'inner',
      eager: at.eager && !top,
    };
    for (const parameter of node.params as Node[]) this.patternParts(parameter, outside);
    const inside: Position = { ...outside, scope: new Scope(scope, true) };
    const body = node.body as Node;
    if (body.type === 'BlockStatement') {
      hoistedNames(body, inside.scope.names);
      lexicalNames(body.body as Node[], inside.scope.names);
      for (const statement of body.body as Node[]) this.visit(statement, inside);
    } else this.visit(body, inside);
  }

  private classBody(node: Node, at: Position, top = false): void {
    const scope = new Scope(at.scope, false);
    if (isNode(node.id)) boundNames(node.id, scope.names);
    const around: Position = { ...at, scope };
    const names = new Set<string>();
    const members = (node.body as Node).body as Node[];
    for (const member of members) {
      const key = member.key as Node | undefined;
      if (key?.type !== 'PrivateIdentifier') continue;
      names.add(key.name as string);
      if (top && member.static === true && member.type !== 'MethodDefinition')
        this.staticPrivate ??= key.name as string;
    }
    this.privates.push(names);
    // The superclass of the class itself is read from the class, not made again.
    if (isNode(node.superClass) && !top) this.visit(node.superClass, around);
    for (const decorator of (node.decorators as Node[] | undefined) ?? []) this.visit(decorator, around);
    for (const member of members) {
      if (member.computed === true) {
        this.inKey ||= top;
        this.visit(member.key as Node, around);
        if (top) this.inKey = false;
      }
      const isStatic = member.static === true || member.type === 'StaticBlock';
      const within: Position = {
        scope,
        thisOf: 'inner',
        argumentsOf: 'inner',
        eager: isStatic && member.type !== 'MethodDefinition' && around.eager,
      };
      if (member.type === 'StaticBlock') {
        const block: Position = { ...within, scope: new Scope(scope, true) };
        hoistedNames(member, block.scope.names);
        lexicalNames(member.body as Node[], block.scope.names);
        for (const statement of member.body as Node[]) this.visit(statement, block);
      } else if (isNode(member.value)) this.visit(member.value, within);
    }
    this.privates.pop();
  }

  private block(statements: readonly Node[], at: Position): void {
    const inside: Position = { ...at, scope: new Scope(at.scope, false) };
    lexicalNames(statements, inside.scope.names);
    for (const statement of statements) this.visit(statement, inside);
  }

  private visitAll(node: Node, at: Position): void {
    for (const child of childrenOf(node)) this.visit(child, at);
  }

  visit(node: Node, at: Position): void {
    switch (node.type) {
      case 'Identifier':
        this.read(node.name as string, at);
        return;
      case 'ThisExpression':
        this.useThis('this', node, at);
        return;
      case 'Super':
        this.useThis('super', node, at);
        return;
      case 'MetaProperty':
        if ((node.meta as Node).name === 'import') this.importMeta.push({ start: node.start, end: node.end });
        else if (at.argumentsOf === 'outer') this.outer ??= { what: 'new.target', at: node.start };
        return;
      case 'ImportExpression':
        this.dynamicImport = true;
        this.visitAll(node, at);
        return;
      case 'PrivateIdentifier':
        if (!this.privates.some((names) => names.has(node.name as string))) this.privateName ??= node.name as string;
        return;
      case 'FunctionExpression':
      case 'FunctionDeclaration':
      case 'ArrowFunctionExpression':
        this.functionBody(node, at);
        return;
      case 'ClassExpression':
      case 'ClassDeclaration':
        this.classBody(node, at);
        return;
      case 'MemberExpression': {
        const object = node.object as Node;
        const member = staticMember(node);
        if (object.type === 'Identifier' && member !== undefined) this.read(object.name as string, at, member);
        else this.visit(object, at);
        if (node.computed === true || (node.property as Node).type === 'PrivateIdentifier')
          this.visit(node.property as Node, at);
        return;
      }
      case 'UnaryExpression': {
        const argument = node.argument as Node;
        if (node.operator === 'typeof' && argument.type === 'Identifier')
          this.read(argument.name as string, at, undefined, true);
        else if (node.operator === 'delete' && argument.type === 'MemberExpression') this.write(argument, at);
        else this.visit(argument, at);
        return;
      }
      case 'CallExpression': {
        const callee = node.callee as Node;
        if (callee.type === 'Identifier' && callee.name === 'eval' && !at.scope.has('eval'))
          this.directEval ??= node.start;
        this.noteResolve(node);
        if (this.isAwaiterCall(node, at)) return;
        this.visitAll(node, at);
        return;
      }
      case 'WithStatement':
        this.withStatement ??= node.start;
        this.visitAll(node, at);
        return;
      case 'AssignmentExpression':
        this.write(node.left as Node, at);
        if (node.operator !== '=' && (node.left as Node).type === 'Identifier') this.visit(node.left as Node, at);
        this.visit(node.right as Node, at);
        return;
      case 'UpdateExpression':
        this.write(node.argument as Node, at);
        return;
      case 'Property':
        if (node.computed === true) this.visit(node.key as Node, at);
        this.visit(node.value as Node, at);
        return;
      case 'VariableDeclaration':
        for (const declaration of node.declarations as Node[]) {
          this.patternParts(declaration.id as Node, at);
          if (isNode(declaration.init)) this.visit(declaration.init, at);
        }
        return;
      case 'BlockStatement':
        this.block(node.body as Node[], at);
        return;
      case 'SwitchStatement': {
        this.visit(node.discriminant as Node, at);
        const cases = node.cases as Node[];
        const inside: Position = { ...at, scope: new Scope(at.scope, false) };
        for (const branch of cases) lexicalNames(branch.consequent as Node[], inside.scope.names);
        for (const branch of cases) this.visitAll(branch, inside);
        return;
      }
      case 'ForStatement':
      case 'ForInStatement':
      case 'ForOfStatement': {
        const head = (node.type === 'ForStatement' ? node.init : node.left) as Node | null;
        const inside: Position = { ...at, scope: new Scope(at.scope, false) };
        if (isNode(head)) {
          if (head.type === 'VariableDeclaration') {
            lexicalNames([head], inside.scope.names);
            this.visit(head, inside);
          } else if (node.type === 'ForStatement') this.visit(head, inside);
          else this.write(head, inside);
        }
        for (const key of ['test', 'update', 'right', 'body'])
          if (isNode(node[key])) this.visit(node[key] as Node, inside);
        return;
      }
      case 'CatchClause': {
        const inside: Position = { ...at, scope: new Scope(at.scope, false) };
        boundNames(node.param as Node | null, inside.scope.names);
        this.patternParts(node.param as Node | null, inside);
        this.visit(node.body as Node, inside);
        return;
      }
      case 'LabeledStatement':
        this.visit(node.body as Node, at);
        return;
      case 'BreakStatement':
      case 'ContinueStatement':
        return;
      default:
        this.visitAll(node, at);
    }
  }

  /** `import.meta.resolve('package')`, which only the loader of the module could answer. */
  private noteResolve({ callee, arguments: args }: Node): void {
    const { object, property } = callee as { object?: Node; property?: Node };
    const [first] = args as Node[];
    if (object?.type !== 'MetaProperty' || property?.name !== 'resolve' || typeof first?.value !== 'string') return;
    if (!/^(\.{0,2}\/|[a-z][a-z+.-]*:)/i.test(first.value) && !isBuiltin(first.value)) this.resolved ??= first.value;
  }

  private useThis(what: 'this' | 'super', node: Node, at: Position): void {
    if (at.thisOf === 'outer') this.outer ??= { what, at: node.start };
    else if (at.thisOf === 'own') {
      if (what === 'super') this.outer ??= { what, at: node.start };
      this.ownThis = true;
    }
  }

  /**
   * Compilers turn an async arrow function into `__awaiter(this, void 0, void 0, function* () { … })` (TypeScript) or
   * `__async(this, null, function* () { … })` (esbuild) wherever there is an enclosing `this`, also if the body never uses it.
   * There it is not the program that uses `this`.
   */
  private isAwaiterCall(node: Node, at: Position): boolean {
    const args = node.arguments as Node[];
    const [first] = args;
    const body = args.at(-1);
    if (
      at.thisOf !== 'outer' ||
      first?.type !== 'ThisExpression' ||
      body?.type !== 'FunctionExpression' ||
      body.generator !== true
    )
      return false;
    const callee = node.callee as Node;
    const name = (callee.type === 'MemberExpression' ? (callee.property as Node).name : callee.name) as
      | string
      | undefined;
    if (!/^(__awaiter|__async)\d*$/.test(name ?? '') || usesThis(body.body as Node)) return false;
    for (const child of childrenOf(node)) if (child !== first) this.visit(child, at);
    return true;
  }
}

function usesThis(node: Node): boolean {
  if (node.type === 'ThisExpression' || node.type === 'Super') return true;
  if (node.type === 'FunctionExpression' || node.type === 'FunctionDeclaration' || isClass(node)) return false;
  for (const child of childrenOf(node)) if (usesThis(child)) return true;
  return false;
}

/** The name of a member that is always the same one. */
function staticMember(node: Node): string | undefined {
  const property = node.property as Node;
  if (node.computed !== true) return property.type === 'Identifier' ? (property.name as string) : undefined;
  return property.type === 'Literal' && typeof property.value === 'string' ? property.value : undefined;
}

/** Analyzes a function or class expression. */
export function analyze(node: Node): Analysis {
  const analyzer = new Analyzer();
  analyzer.top(node);
  const {
    free,
    outer,
    ownThis,
    importMeta,
    resolved,
    dynamicImport,
    directEval,
    withStatement,
    privateName,
    writesMembers,
    staticPrivate,
  } = analyzer;
  return {
    free,
    outer,
    ownThis,
    importMeta,
    resolved,
    dynamicImport,
    directEval,
    withStatement,
    privateName,
    writesMembers,
    staticPrivate,
    async: node.async === true,
  };
}
