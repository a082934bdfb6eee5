/**
 * The graph of everything a function reaches, built by reading the variables of its scopes and deciding for each what it is: data to
 * copy, another function, an import to be made again, or a reason to refuse.
 */
import { types } from 'node:util';
import type { FreeVariable } from './analyze.js';
import { Assembly } from './assembly.js';
import { classId } from './classes.js';
import { baseOfRequire, commonJsModule, isNamespace, isReassigned, isRequire, replacedFunction } from './commonjs.js';
import { isObject, objectsWithFunctions, RefusedValue, shapeOf, stepOf } from './data.js';
import { isEarly } from './early.js';
import { leadsToEntry } from './entry.js';
import { namedModule } from './explicit.js';
import { exportOf } from './exports.js';
import { type Inside, lookInside, type Scope } from './inspect.js';
import { judge } from './judge.js';
import { type Literal, literalOf, META } from './literal.js';
import { factsOf, isBuiltinModule } from './module.js';
import { symbolName } from './names.js';
import { isOfThread, knownNative, nativePath } from './natives.js';
import { noteText } from './note-text.js';
import { SourceError } from './parse.js';
import type { AnyFunction, FreeName, ImportNode, Property, PropertyName, SourceNode } from './portable.js';
import type { Reader } from './readers.js';
import { ADVICE, refuse } from './refuse.js';
import { lookUp, mayChange, userGlobal } from './variables.js';

/** A function with this property is not captured: whoever rebuilds it has one of that name. */
export const HOST = Symbol.for('sheaf.host');

/** A helper of TypeScript's that replaces itself by the function it looks for, at its first call. */
const OWN_KEYS = /^function\s*\(o\)\s*\{\s*ownKeys = Object\.getOwnPropertyNames \|\|/;
/** What Vite makes of `import.meta` and of imports; the latter are proxies where it bridges the gap to CommonJS. */
const VITE_META = '__vite_ssr_import_meta__';
const VITE_IMPORT = /^__(?:vite_ssr|vi)_import_\d+__$/;
const META_MEMBERS = new Set(['url', 'filename', 'dirname']);
const NATIVE = /\{\s*\[native code\]\s*\}\s*$/;

/** One capture. */
export class Graph extends Assembly {
  /** Scripts whose functions travel by source, or as exports; and those of which variables were copied that may change. */
  private readonly sourceScripts: Set<string>;
  private readonly importedScripts = new Set<string>();
  private readonly statefulScripts = new Set<string>();
  /** Exported functions were taken by their source for the sake of what they share with others. */
  passedExports = false;
  readonly prefer: 'source' | 'module';

  /**
   * `prefer`: how exported functions of a module travel of which other functions travel by source. `scripts`: modules of which it is
   * known that some do.
   */
  constructor(prefer: 'source' | 'module' = 'source', scripts: ReadonlySet<string> = new Set()) {
    super();
    this.prefer = prefer;
    this.sourceScripts = new Set(scripts);
  }

  /** Modules of which some functions travel by source and others as exports. */
  splitScripts(): Set<string> {
    return new Set([...this.importedScripts].filter((script) => this.sourceScripts.has(script)));
  }

  /** Whether functions of one module that travel in both ways share nothing that may change. */
  isCoherent(): boolean {
    return ![...this.splitScripts()].some((script) => this.statefulScripts.has(script));
  }

  // ---- functions ----

  private readonly unfinished: (() => void)[] = [];

  /** Adds the function that is captured, and everything it reaches. */
  addRoot(fn: AnyFunction, path: readonly string[]): number {
    const root = this.addFunction(fn, path);
    for (let next = this.unfinished.shift(); next !== undefined; next = this.unfinished.shift()) next();
    return root;
  }

  private addFunction(fn: AnyFunction, path: readonly string[]): number {
    const placed = this.places.get(fn);
    if (placed !== undefined) return placed;
    if (types.isProxy(fn))
      throw refuse(path, 'is a Proxy, whose handler cannot travel.', 'Pass the function behind it.');
    const host: unknown = (fn as unknown as Record<symbol, unknown>)[HOST];
    if (typeof host === 'string') {
      if (host === 'context') this.usesContext = true;
      return this.place(fn, { kind: 'host', name: host });
    }
    const named = namedModule(fn);
    if (named !== undefined) {
      const [url, exported] = named;
      const at = this.addImport({ kind: 'import', base: url, specifier: url, via: 'import', path: [exported] });
      this.places.set(fn, at);
      return at;
    }
    const source = Function.prototype.toString.call(fn);
    if (NATIVE.test(source)) return this.addNative(fn, path);
    const [inside] = lookInside([fn]);
    if (inside === undefined) throw refuse(path, 'cannot be read by the inspector.', ADVICE.exported);
    const literal = this.literal(fn, source, inside, path);
    if (literal.script.url.startsWith('node:')) return this.addNative(fn, path);
    if (OWN_KEYS.test(source)) return this.place(fn, { kind: 'global', path: ['Object', 'getOwnPropertyNames'] });
    if (this.nodes.length === 0) this.async = literal.analysis.async;
    const exported = exportOf(fn, literal);
    if (exported !== undefined && this.takesExport(literal.script.id)) {
      this.importedScripts.add(literal.script.id);
      const at = this.addImport({ kind: 'import', ...exported });
      if (this.nodes[at] !== undefined) noteText(this.nodes[at], literal, inside);
      this.places.set(fn, at);
      return at;
    }
    judge(literal, path);
    return this.addSource(fn, literal, inside, path);
  }

  /**
   * Whether an exported function is imported. Not where other functions of its module travel by their source: they would share the
   * module's variables no longer.
   */
  private takesExport(scriptId: string): boolean {
    if (this.prefer === 'module' || !this.sourceScripts.has(scriptId)) return true;
    this.passedExports = true;
    return false;
  }

  private literal(fn: AnyFunction, source: string, inside: Inside, path: readonly string[]): Literal {
    try {
      return literalOf(source, inside);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      if (/^(static\s+)?(async\s*)?\*?\s*(get\s+|set\s+)?#/.test(source)) {
        throw refuse(path, `is a private method (${fn.name}), which exists only inside its class.`, ADVICE.private);
      }
      throw refuse(path, `has a source that cannot be read by itself: ${error.message}.`, ADVICE.exported);
    }
  }

  private addNative(fn: AnyFunction, path: readonly string[]): number {
    const found = nativePath(fn);
    if (found === undefined) {
      if (fn.name.startsWith('bound '))
        throw refuse(path, 'is a bound function, whose bound values cannot be read safely.', ADVICE.bound);
      throw refuse(
        path,
        'is a native function that belongs to this thread: no path from globalThis or a built-in module leads to it.',
        ADVICE.native,
      );
    }
    return this.addNativePath(fn, found);
  }

  private addSource(fn: AnyFunction, literal: Literal, inside: Inside, path: readonly string[]): number {
    const { analysis, parsed, script } = literal;
    const free: FreeName[] = [];
    const isClass = parsed.node.type === 'ClassExpression';
    const node: SourceNode = {
      kind: 'source',
      text: literal.text,
      form: parsed.form,
      part: parsed.part,
      isClass,
      strict: literal.strict,
      name: typeof fn.name === 'string' ? fn.name : '',
      file: this.addFile(literal),
      line: literal.line,
      column: literal.column,
      free,
      imports: analysis.dynamicImport,
    };
    this.sourceScripts.add(script.id);
    // Where nobody calls it as a method, `this` is the global object.
    if (this.nodes.length === 0 && analysis.ownThis && !node.strict) this.seesThread = true;
    const at = this.place(fn, node);
    if (analysis.dynamicImport) this.importsModules = true;
    if (analysis.writesMembers) this.stateful = true;
    this.unfinished.push(() => this.addVariables(fn, node, free, literal, inside, path));
    return at;
  }

  /** The variables of a function that has its place already, so that chains of functions need no deep recursion. */
  private addVariables(
    fn: AnyFunction,
    node: SourceNode,
    free: FreeName[],
    literal: Literal,
    inside: Inside,
    path: readonly string[],
  ): void {
    const { analysis, script } = literal;
    if (analysis.importMeta.length > 0) free.push({ name: META, node: this.addMeta(script.url) });
    const parent = this.addSuperclass(fn, literal, path);
    const superclass = parent === undefined ? undefined : (Object.getPrototypeOf(fn) as AnyFunction);
    const reader: Reader = { fn, literal, superclass, variables: [] };
    if (parent !== undefined) free.push(parent);
    for (const variable of analysis.free.values()) {
      const { name } = variable;
      if (name === parent?.name) {
        // Mentioned elsewhere in the class, too: it must still be the same.
        const now = lookUp(inside.scopes, name);
        if (now === undefined || now.value === Object.getPrototypeOf(fn)) continue;
        throw refuse([...path, name], 'is no longer the class that it extends.', ADVICE.exported);
      }
      const found = lookUp(inside.scopes, name) ?? userGlobal(name);
      const steps = [...path, name];
      if (variable.assigned !== undefined) {
        throw found === undefined
          ? refuse(
              steps,
              'is a global variable that the function assigns to.',
              ADVICE.assignedGlobal,
              literal.at(variable.assigned),
            )
          : refuse(
              steps,
              'is a captured variable that the function assigns to.',
              ADVICE.assigned,
              literal.at(variable.assigned),
            );
      }
      if (found === undefined) {
        if (variable.inKey && name !== 'Symbol') {
          throw refuse(steps, 'is used while the class is made, and cannot be read afterwards.', ADVICE.exported);
        }
        if (variable.changed || isOfThread({ module: undefined, path: [name] })) this.seesThread = true;
        continue;
      }
      if (found.early || (found.value === undefined && !variable.onlyTypeof && isEarly(name, literal)))
        throw refuse(steps, 'has no value yet.', ADVICE.early);
      if (found.isOfModule && mayChange(found.value, name, literal)) this.statefulScripts.add(script.id);
      const target = this.addVariable(found.value, variable, found.scope, literal, steps);
      free.push({ name, node: target, ...(variable.eager && { eager: true as const }) });
      const made = this.nodes[target];
      if (variable.changed && (made?.kind === 'global' || made?.kind === 'import')) this.seesThread = true;
      reader.variables.push({ variable, scope: found.scope, value: found.value, node: target });
      if (
        made?.kind === 'object' ||
        made?.kind === 'array' ||
        made?.kind === 'map' ||
        made?.kind === 'set' ||
        found.scope === 'global' ||
        found.value === process.env
      )
        this.repeatable = false;
    }
    this.readers.push(reader);
    this.addExtras(fn, node, literal, path);
  }

  /** The superclass as it is, whatever expression it once was the value of. */
  private addSuperclass(fn: AnyFunction, { superclass }: Literal, path: readonly string[]): FreeName | undefined {
    if (superclass === undefined) return undefined;
    return {
      name: superclass,
      eager: true,
      node: this.addFunction(Object.getPrototypeOf(fn) as AnyFunction, [...path, superclass]),
    };
  }

  /** What a function object, or its prototype, has beyond what its source gives it. */
  private addExtras(fn: AnyFunction, node: SourceNode, literal: Literal, path: readonly string[]): void {
    const { isClass } = node;
    const skip = new Set<string | symbol>(['length', 'prototype', 'arguments', 'caller']);
    if (typeof fn.name === 'string') skip.add('name');
    const own = this.extras(fn, skip, literal, path);
    const prototype: unknown = Object.getOwnPropertyDescriptor(fn, 'prototype')?.value;
    const inherited = isObject(prototype)
      ? this.extras(prototype, new Set(['constructor']), literal, [...path, 'prototype'])
      : [];
    const isPlain = literal.parsed.node.type === 'FunctionExpression' && literal.parsed.node.generator !== true;
    if (isPlain && isObject(prototype) && Object.getPrototypeOf(prototype) !== Object.prototype) {
      throw refuse(
        path,
        'is a constructor whose prototype was replaced.',
        'Write it as a class that extends the other one, or export it from a module.',
      );
    }
    const mutable = node as { own?: readonly Property[]; prototype?: readonly Property[]; id?: string };
    if (own.length > 0) mutable.own = own;
    if (inherited.length > 0) mutable.prototype = inherited;
    if (isClass || inherited.length > 0) mutable.id = classId(fn);
    if (own.length > 0 || inherited.length > 0) {
      this.repeatable = false;
      this.stateful = true;
    }
  }

  private extras(
    object: object,
    skip: ReadonlySet<string | symbol>,
    literal: Literal,
    path: readonly string[],
  ): Property[] {
    const found: Property[] = [];
    for (const key of Reflect.ownKeys(object)) {
      if (skip.has(key)) continue;
      const descriptor = Object.getOwnPropertyDescriptor(object, key) as PropertyDescriptor;
      if (isOfSource(descriptor, literal)) continue;
      found.push(this.addProperty(key, descriptor, path, 'object'));
    }
    return found;
  }

  private addProperty(
    key: string | symbol,
    descriptor: PropertyDescriptor,
    path: readonly string[],
    shape: 'object' | 'array',
  ): Property {
    const name = this.propertyName(key, path);
    const steps = withStep(path, typeof key === 'string' ? stepOf(key, shape) : `[${String(key)}]`);
    const hidden = descriptor.enumerable === false ? { hidden: true } : {};
    if (!('value' in descriptor)) {
      const get = descriptor.get === undefined ? undefined : this.addFunction(descriptor.get, steps);
      const set = descriptor.set === undefined ? undefined : this.addFunction(descriptor.set, steps);
      return { name, get, set, ...hidden };
    }
    return { name, value: this.addValue(descriptor.value, steps), ...hidden };
  }

  private propertyName(key: string | symbol, path: readonly string[]): PropertyName {
    if (typeof key === 'string') return key;
    const symbol = symbolName(key);
    if (symbol === undefined)
      throw refuse([...path, String(key)], 'is a property with a symbol as its name.', 'Use Symbol.for, or a string.');
    return { symbol };
  }

  // ---- variables and values ----

  private addVariable(
    value: unknown,
    variable: FreeVariable,
    scope: Scope['kind'],
    literal: Literal,
    path: readonly string[],
  ): number {
    if (scope === 'module' && !(typeof value === 'function' && HOST in value)) {
      const imported = this.importedAs(variable.name, literal);
      if (imported !== undefined) return this.addImported(value, imported, variable, path);
    }
    if (
      variable.name === VITE_META &&
      variable.members !== undefined &&
      [...variable.members].every((one) => META_MEMBERS.has(one))
    ) {
      return this.addMeta(literal.script.url);
    }
    if (
      isObject(value) &&
      variable.members !== undefined &&
      VITE_IMPORT.test(variable.name) &&
      !this.places.has(value)
    ) {
      return this.addMembers(value, variable.members, path);
    }
    if (typeof value === 'function' && isRequire(value)) {
      this.importsModules = true;
      return this.add({ kind: 'require', base: baseOfRequire(value, literal.script.url) });
    }
    if (isObject(value) && variable.members !== undefined && isNamespace(value) && !this.places.has(value)) {
      const native = knownNative(value);
      const module = native === undefined ? commonJsModule(value) : undefined;
      const isData = [...variable.members].every((member) => this.isData((value as Record<string, unknown>)[member]));
      const replaced = module === undefined ? undefined : replacedFunction(value, variable.members, module);
      if (replaced !== undefined && variable.members.size > 1) {
        throw refuse(
          withStep(path, `.${replaced}`),
          'is a function that its module may have replaced, and the function uses more of that module.',
          'In a worker, the module has a state of its own. Copy what you need into variables first.',
        );
      }
      if (native === undefined && (module === undefined || isData || replaced !== undefined)) {
        return this.addMembers(value, variable.members, path);
      }
    }
    return this.addValue(value, path);
  }

  /**
   * An imported binding. Functions are imported again, and what else cannot be copied. Data is copied, as it is now: the module may have
   * changed it since, and the worker's own instance of the module would not know.
   */
  private addImported(value: unknown, node: ImportNode, variable: FreeVariable, path: readonly string[]): number {
    const module = `${node.base} ${node.specifier}`;
    if (
      isObject(value) &&
      types.isModuleNamespaceObject(value) &&
      variable.members !== undefined &&
      !isBuiltinModule(node.specifier)
    ) {
      const namespace: object = value;
      const all = [...variable.members].map((member) => (namespace as Record<string, unknown>)[member]);
      if (all.every((one) => this.isData(one))) return this.addMembers(namespace, variable.members, path);
    }
    if (node.attributes !== undefined || isBuiltinModule(node.specifier) || !this.isData(value)) {
      if (typeof value === 'function') {
        if (isReassigned(node)) return this.addFunction(value, path);
        this.calledModules.add(module);
      }
      return this.addImport(node);
    }
    const at = this.addValue(value, path);
    this.copied.push({ module, at, node, isReassigned: !isObject(value) && isReassigned(node) });
    return at;
  }

  /** Only the members of a module that are used: it cannot be imported again, since it is the program itself, or a bundle's part. */
  private addMembers(value: object, members: ReadonlySet<string>, path: readonly string[]): number {
    const properties: Property[] = [];
    const at = this.add({ kind: 'object', properties });
    for (const member of members) {
      if (!(member in value)) continue;
      const steps = withStep(path, stepOf(member, 'object'));
      properties.push({ name: member, value: this.addValue((value as Record<string, unknown>)[member], steps) });
    }
    this.repeatable = false;
    return at;
  }

  private importedAs(name: string, { script, place }: Literal): ImportNode | undefined {
    if (place === undefined) return undefined;
    const binding = factsOf(script, place.text).imports.get(name);
    if (binding === undefined) return undefined;
    const { specifier, imported, attributes } = binding;
    if (/^(\.|\/|file:)/.test(specifier) && leadsToEntry(new URL(specifier, script.url).href)) return undefined;
    const path = imported === '*' ? [] : [imported];
    return {
      kind: 'import',
      base: script.url,
      specifier,
      via: 'import',
      path,
      ...(attributes === undefined ? {} : { attributes }),
    };
  }

  private addValue(value: unknown, path: readonly string[]): number {
    if (typeof value === 'function') return this.addFunction(value, path);
    if (typeof value === 'symbol') return this.addSymbol(value, path);
    if (!isObject(value)) return this.addSlot(value, path);
    if (value === process.env) return this.addSlot({ ...value }, path);
    return this.places.get(value) ?? this.addObject(value, path);
  }

  private addObject(value: object, path: readonly string[]): number {
    const isModule = types.isModuleNamespaceObject(value);
    if (!types.isProxy(value)) {
      const native = knownNative(value);
      if (native !== undefined) return this.addNativePath(value, native);
      const file = commonJsModule(value);
      if (file !== undefined) {
        this.importsModules = true;
        return this.place(value, { kind: 'import', base: file, specifier: file, via: 'require', path: [] });
      }
    }
    if (isModule) {
      const { default: exports } = value as { default?: unknown };
      const builtin = isObject(exports) || typeof exports === 'function' ? nativePath(exports) : undefined;
      if (builtin?.module !== undefined && builtin.path.length === 0) {
        return this.place(value, { kind: 'import', base: '', specifier: builtin.module, via: 'import', path: [] });
      }
      throw refuse(path, 'is the namespace of a module.', ADVICE.module);
    }
    try {
      const mixed = objectsWithFunctions(value, this.data);
      if (mixed.has(value)) return this.addMixed(value, path);
    } catch (error) {
      if (!(error instanceof RefusedValue)) throw error;
      throw refuse(withStep(path, error.steps), error.message, error.advice);
    }
    return this.addSlot(value, path);
  }

  /** An object that holds functions, taken apart. */
  private addMixed(value: object, path: readonly string[]): number {
    this.stateful = true;
    const shape = shapeOf(value, undefined);
    if (shape === 'map') {
      const entries: [number, number][] = [];
      const at = this.place(value, { kind: 'map', entries });
      for (const [key, item] of value as Map<unknown, unknown>) {
        const steps = withStep(path, `.get(${typeof key === 'string' ? JSON.stringify(key) : String(typeof key)})`);
        entries.push([this.addValue(key, steps), this.addValue(item, steps)]);
      }
      return at;
    }
    if (shape === 'set') {
      const entries: number[] = [];
      const at = this.place(value, { kind: 'set', entries });
      for (const item of value as Set<unknown>) entries.push(this.addValue(item, withStep(path, ' (element)')));
      return at;
    }
    const properties: Property[] = [];
    const kind = shape === 'array' ? 'array' : 'object';
    const nullPrototype = Object.getPrototypeOf(value) === null ? { nullPrototype: true } : {};
    const at = this.place(value, {
      kind,
      properties,
      ...nullPrototype,
      ...(kind === 'array' ? { length: (value as unknown[]).length } : {}),
    });
    for (const key of Reflect.ownKeys(value)) {
      const descriptor = Object.getOwnPropertyDescriptor(value, key) as PropertyDescriptor;
      if (kind === 'array' && key === 'length') continue;
      properties.push(this.addProperty(key, descriptor, path, kind));
    }
    return at;
  }
}

const withStep = (path: readonly string[], step: string) => [...path.slice(0, -1), `${path.at(-1) ?? ''}${step}`];

/** Whether a property of a class, or of its prototype, is there because its source says so. */
function isOfSource(descriptor: PropertyDescriptor, { parsed, source }: Literal): boolean {
  if (parsed.node.type !== 'ClassExpression') return false;
  const functions = [descriptor.value, descriptor.get, descriptor.set].filter((part) => part !== undefined);
  return (
    functions.length > 0 &&
    functions.every((part) => typeof part === 'function' && source.includes(Function.prototype.toString.call(part)))
  );
}
