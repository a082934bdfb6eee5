/**
 * The graph of everything a function reaches, built by reading the variables of its scopes and deciding for each what it is: data to
 * copy, another function, an import to be made again, or a reason to refuse.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { types } from 'node:util';
import type { FreeVariable } from './analyze.js';
import { classId } from './classes.js';
import { objectsWithFunctions, RefusedValue, shapeOf, stepOf } from './data.js';
import { isEarly } from './early.js';
import { leadsToEntry } from './entry.js';
import { exportOf } from './exports.js';
import { type Inside, lookInside, type Scope } from './inspect.js';
import { type Literal, literalOf, META } from './literal.js';
import { sourceMapFor } from './maps.js';
import { declaresVariable, factsOf, isBuiltinModule, reassignsExport } from './module.js';
import { symbolName } from './names.js';
import { knownNative, NODE_GLOBALS, nativePath } from './natives.js';
import { SourceError } from './parse.js';
import type {
  AnyFunction,
  CodeNode,
  FreeName,
  FunctionTraits,
  Property,
  PropertyName,
  SourceFile,
  SourceNode,
} from './portable.js';
import { ADVICE, refuse } from './refuse.js';
import { fileText } from './scripts.js';

/** A function with this property is not captured: whoever rebuilds it has one of that name. */
export const HOST = Symbol.for('sheaf.host');

/** A helper of TypeScript's that replaces itself by the function it looks for, at its first call. */
const OWN_KEYS = /^function\s*\(o\)\s*\{\s*ownKeys = Object\.getOwnPropertyNames \|\|/;
/** What Vite makes of `import.meta` and of imports; the latter are proxies where it bridges the gap to CommonJS. */
const VITE_META = '__vite_ssr_import_meta__';
const VITE_IMPORT = /^__(?:vite_ssr|vi)_import_\d+__$/;
const META_MEMBERS = new Set(['url', 'filename', 'dirname']);
const NATIVE = /\{\s*\[native code\]\s*\}\s*$/;
// For the cache and built-in modules, which are the same from anywhere. A CommonJS bundle has no import.meta.url.
const require = createRequire(process.execPath);

type ImportNode = CodeNode & { kind: 'import' };

/** How to read a function's variables again: which they are, and what they must still be, or where their value goes. */
interface Reader {
  readonly fn: AnyFunction;
  readonly properties: number;
  readonly variables: { readonly name: string; readonly slot?: number; readonly same?: unknown }[];
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** One capture. */
export class Graph {
  private readonly nodes: CodeNode[] = [];
  private readonly files: SourceFile[] = [];
  private readonly values: unknown[] = [];
  private readonly slotPaths: (readonly string[])[] = [];
  private readonly places = new Map<unknown, number>();
  private readonly data = new Set<object>();
  private readonly readers: Reader[] = [];
  /** Modules of which functions are imported, and variables copied that such functions might change. */
  private readonly calledModules = new Set<string>();
  private readonly copied: {
    readonly module: string;
    readonly at: number;
    readonly node: ImportNode;
    readonly isReassigned: boolean;
  }[] = [];
  /** Places of values that are not needed after all. */
  private readonly dropped = new Set<number>();
  /** Whether reading the variables of the same functions again is all that a further capture needs. */
  private repeatable = true;
  private async = false;
  private importsModules = false;
  private mentionsProcess = false;
  private usesContext = false;
  private stateful = false;

  /** Scripts whose functions travel by source, or as exports; and those of which variables were copied that may change. */
  private readonly sourceScripts: Set<string>;
  private readonly importedScripts = new Set<string>();
  private readonly statefulScripts = new Set<string>();
  /** Exported functions were taken by their source for the sake of what they share with others. */
  passedExports = false;
  private readonly prefer: 'source' | 'module';

  /**
   * `prefer`: how exported functions of a module travel of which other functions travel by source. `scripts`: modules of which it is
   * known that some do.
   */
  constructor(prefer: 'source' | 'module' = 'source', scripts: ReadonlySet<string> = new Set()) {
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

  /** Whether every capture of the function gives the same. */
  get isConstant(): boolean {
    return this.repeatable && this.readers.every((reader) => reader.variables.length === 0);
  }

  finish(): {
    nodes: readonly CodeNode[];
    files: readonly SourceFile[];
    values: readonly unknown[];
    traits: FunctionTraits;
  } {
    const { async, importsModules, mentionsProcess, usesContext, stateful, nodes, files, values } = this;
    this.importAgain();
    const result = {
      nodes,
      files,
      values: [...values],
      traits: { async, importsModules, mentionsProcess, usesContext, stateful },
    };
    // What is kept for the next capture must not keep the values of this one.
    this.values.length = 0;
    this.places.clear();
    this.data.clear();
    return result;
  }

  /**
   * Data copied out of a module is of no use where functions of that module are called, too: they see the module's own. There it is
   * imported, as the worker's instance of the module has it.
   */
  private importAgain(): void {
    for (const { module, at, node, isReassigned } of this.copied) {
      const copy = this.nodes[at];
      if (!this.calledModules.has(module) || copy?.kind !== 'value') continue;
      this.dropped.add(copy.slot);
      this.values[copy.slot] = undefined;
      const [member = ''] = node.path;
      if (!isReassigned) {
        this.nodes[at] = node;
        continue;
      }
      const namespace = this.addImport({ ...node, path: [] });
      for (const source of this.nodes) {
        if (source.kind !== 'source') continue;
        const free = source.free as FreeName[];
        for (const [i, { name, node: target }] of free.entries())
          if (target === at) free[i] = { name, node: namespace, member };
      }
    }
    this.importExportedObjects();
    this.importsModules ||= this.dropped.size > 0;
  }

  /** The same for objects that were taken out of the exports of a CommonJS module. */
  private importExportedObjects(): void {
    for (const called of [...this.nodes]) {
      if (called.kind !== 'import' || called.via !== 'require' || called.path.length !== 1) continue;
      const exports: unknown = cache()[called.specifier]?.exports;
      if (!isObject(exports)) continue;
      for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(exports))) {
        const at = isObject(value) ? this.places.get(value) : undefined;
        const copy = at === undefined ? undefined : this.nodes[at];
        if (at === undefined || copy?.kind !== 'value') continue;
        this.dropped.add(copy.slot);
        this.values[copy.slot] = undefined;
        this.nodes[at] = { ...called, path: [name] };
      }
    }
  }

  pathOfSlot(slot: number): string[] {
    return [...(this.slotPaths[slot] ?? [])];
  }

  /** Whether no function has been given properties since. */
  hasSameProperties(): boolean {
    return this.readers.every(({ fn, properties }) => countProperties(fn) === properties);
  }

  /** The values of now, if everything else is as it was; else `undefined`. */
  readAgain(): readonly unknown[] | undefined {
    if (!this.repeatable || !this.hasSameProperties()) return undefined;
    const slots: unknown[] = [];
    const readers = this.readers.filter((reader) => reader.variables.length > 0);
    const insides = lookInside(readers.map((reader) => reader.fn));
    for (const [i, { variables }] of readers.entries()) {
      const inside = insides[i];
      if (inside === undefined) return undefined;
      for (const variable of variables) {
        const found = lookUp(inside.scopes, variable.name);
        if (found === undefined || found.early) return undefined;
        if (variable.slot === undefined) {
          if (found.value !== variable.same) return undefined;
        } else {
          if (typeof found.value === 'function' || typeof found.value === 'symbol') return undefined;
          if (isObject(found.value) && !this.isStillData(found.value)) return undefined;
          slots[variable.slot] = this.dropped.has(variable.slot) ? undefined : found.value;
        }
      }
    }
    this.data.clear();
    return slots;
  }

  /** Whether a variable that held plain data still does. */
  private isStillData(value: object): boolean {
    return this.data.has(value) || this.isData(value);
  }

  private add(node: CodeNode): number {
    this.nodes.push(node);
    return this.nodes.length - 1;
  }

  private place(value: unknown, node: CodeNode): number {
    const at = this.add(node);
    this.places.set(value, at);
    return at;
  }

  private addFile({ file, script, place }: Literal): number {
    const found = this.files.findIndex(({ name }) => name === file);
    if (found >= 0) return found;
    const sourceMap = sourceMapFor(script, place);
    return this.files.push(sourceMap === undefined ? { name: file } : { name: file, sourceMap }) - 1;
  }

  private addImport(node: ImportNode): number {
    if (!isBuiltinModule(node.specifier)) this.importsModules = true;
    if (/^(node:)?process$/.test(node.specifier)) this.mentionsProcess = true;
    const same = this.nodes.findIndex(
      (other) => other.kind === 'import' && JSON.stringify(other) === JSON.stringify(node),
    );
    return same >= 0 ? same : this.add(node);
  }

  // ---- functions ----

  addFunction(fn: AnyFunction, path: readonly string[]): number {
    const placed = this.places.get(fn);
    if (placed !== undefined) return placed;
    if (types.isProxy(fn))
      throw refuse(path, 'is a Proxy, whose handler cannot travel.', 'Pass the function behind it.');
    const host: unknown = (fn as unknown as Record<symbol, unknown>)[HOST];
    if (typeof host === 'string') {
      if (host === 'context') this.usesContext = true;
      return this.place(fn, { kind: 'host', name: host });
    }
    const source = Function.prototype.toString.call(fn);
    if (NATIVE.test(source)) return this.addNative(fn, path);
    const [inside] = lookInside([fn]);
    if (inside === undefined) throw refuse(path, 'cannot be read by the inspector.', ADVICE.exported);
    const literal = this.literal(fn, source, inside, path);
    if (literal.script.url.startsWith('node:')) return this.addNative(fn, path);
    if (OWN_KEYS.test(source)) return this.place(fn, { kind: 'global', path: ['Object', 'getOwnPropertyNames'] });
    const exported = exportOf(fn, literal);
    if (exported !== undefined && this.takesExport(literal.script.id)) {
      this.importedScripts.add(literal.script.id);
      const at = this.addImport({ kind: 'import', ...exported });
      this.places.set(fn, at);
      return at;
    }
    this.judge(literal, path);
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
        'is a native function that no path from globalThis or a built-in module leads to.',
        ADVICE.native,
      );
    }
    return this.addNativePath(fn, found);
  }

  private addNativePath(value: object, { module, path }: NonNullable<ReturnType<typeof nativePath>>): number {
    if (path[0] === 'process' || module === 'node:process') this.mentionsProcess = true;
    if (module === undefined) return this.place(value, { kind: 'global', path });
    return this.place(value, {
      kind: 'import',
      base: '',
      specifier: module,
      via: 'require',
      path: path as readonly string[],
    });
  }

  /** Refuses what no copy of a function could do right. */
  private judge({ analysis, at, parsed }: Literal, path: readonly string[]): void {
    const { outer, directEval, withStatement, privateName } = analysis;
    if (outer !== undefined) {
      const owner =
        outer.what === 'super' && parsed.form === 'member'
          ? 'uses super, which belongs to its object.'
          : `uses the ${outer.what} of the function around it.`;
      throw refuse(
        [...path, outer.what],
        owner,
        outer.what === 'arguments' ? ADVICE.arguments : ADVICE.this,
        at(outer.at),
      );
    }
    if (privateName !== undefined)
      throw refuse(
        [...path, `#${privateName}`],
        'is a private name, which exists only inside its class.',
        ADVICE.private,
      );
    if (analysis.resolved !== undefined) {
      throw refuse(
        [...path, 'import.meta.resolve'],
        `is asked for the package ${analysis.resolved}, which only the module itself can find.`,
        'Call it outside of the function and capture the result.',
      );
    }
    if (directEval !== undefined)
      throw refuse([...path, 'eval'], 'runs code in the scope of the function.', ADVICE.eval, at(directEval));
    if (withStatement !== undefined)
      throw refuse([...path, 'with'], 'makes names out of properties.', ADVICE.eval, at(withStatement));
    if (analysis.staticPrivate !== undefined) {
      throw refuse(
        [...path, `#${analysis.staticPrivate}`],
        'is a static private field, whose value cannot be read from outside of its class.',
        ADVICE.exported,
      );
    }
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
    const at = this.place(fn, node);
    if (at === 0) this.async = analysis.async;
    if (analysis.dynamicImport) this.importsModules = true;
    if (analysis.writesMembers) this.stateful = true;
    if (analysis.importMeta.length > 0) free.push({ name: META, node: this.addMeta(script.url) });
    const reader: Reader = { fn, properties: countProperties(fn), variables: [] };
    const parent = this.addSuperclass(fn, literal, path);
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
        if (name === 'process') this.mentionsProcess = true;
        continue;
      }
      if (found.early || (found.value === undefined && !variable.onlyTypeof && isEarly(name, literal)))
        throw refuse(steps, 'has no value yet.', ADVICE.early);
      if (found.isOfModule && mayChange(found.value, name, literal)) this.statefulScripts.add(script.id);
      const target = this.addVariable(found.value, variable, found.scope, literal, steps);
      free.push({ name, node: target });
      const made = this.nodes[target];
      if (made?.kind === 'value') reader.variables.push({ name, slot: made.slot });
      else reader.variables.push({ name, same: found.value });
      if (
        made?.kind === 'object' ||
        made?.kind === 'array' ||
        made?.kind === 'map' ||
        made?.kind === 'set' ||
        found.scope === 'global'
      )
        this.repeatable = false;
    }
    this.readers.push(reader);
    this.addExtras(fn, node, literal, path);
    return at;
  }

  /** The superclass as it is, whatever expression it once was the value of. */
  private addSuperclass(fn: AnyFunction, { superclass }: Literal, path: readonly string[]): FreeName | undefined {
    if (superclass === undefined) return undefined;
    return {
      name: superclass,
      node: this.addFunction(Object.getPrototypeOf(fn) as AnyFunction, [...path, superclass]),
    };
  }

  private addMeta(url: string): number {
    const same = this.nodes.findIndex((node) => node.kind === 'meta' && node.url === url);
    return same >= 0 ? same : this.add({ kind: 'meta', url });
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

  /** Whether a value can be copied as it is. */
  private isData(value: unknown): boolean {
    if (typeof value === 'function' || typeof value === 'symbol') return false;
    if (!isObject(value)) return true;
    if (types.isModuleNamespaceObject(value) || types.isProxy(value) || knownNative(value) !== undefined) return false;
    try {
      return objectsWithFunctions(value, this.data).size === 0;
    } catch (error) {
      if (error instanceof RefusedValue) return false;
      throw error;
    }
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

  private addSymbol(value: symbol, path: readonly string[]): number {
    const key = symbolName(value);
    if (key === undefined)
      throw refuse(path, `is a symbol (${String(value)}) that exists only here.`, 'Use Symbol.for, or a string.');
    return this.place(value, { kind: 'symbol', key });
  }

  private addSlot(value: unknown, path: readonly string[]): number {
    this.values.push(value);
    this.slotPaths.push(path);
    const node: CodeNode = { kind: 'value', slot: this.values.length - 1 };
    if (!isObject(value)) return this.add(node);
    this.stateful = true;
    return this.place(value, node);
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
      throw refuse(
        [...path.slice(0, -1), `${path.at(-1) ?? ''}${error.steps.join('')}`],
        `${error.message}.`,
        '',
        undefined,
        error,
      );
    }
    return this.addSlot(value, path);
  }

  /** An object that holds functions, taken apart. */
  private addMixed(value: object, path: readonly string[]): number {
    this.stateful = true;
    const shape = shapeOf(value, []);
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

interface Found {
  readonly value: unknown;
  readonly scope: Scope['kind'];
  /** A variable of the module itself, not of a function in it. */
  readonly isOfModule: boolean;
  /** Declared, but its declaration has not run. */
  readonly early: boolean;
}

function lookUp(scopes: readonly Scope[], name: string): Found | undefined {
  for (const [i, { kind, variables }] of scopes.entries()) {
    if (kind === 'global') break;
    // The scope of a CommonJS module is that of the function that Node makes of it.
    const isOfModule = kind === 'module' || scopes[i + 1]?.kind === 'global';
    try {
      if (Object.hasOwn(variables, name)) return { value: variables[name], scope: kind, isOfModule, early: false };
    } catch {
      return { value: undefined, scope: kind, isOfModule, early: true };
    }
  }
  return undefined;
}

/** Whether code of the module may change a variable, or what it holds. */
function mayChange(value: unknown, name: string, { place }: Literal): boolean {
  if (typeof value === 'function') return false;
  return isObject(value) || place === undefined || declaresVariable(place.text, name);
}

/** How many properties a function and its prototype have: more of them are more to capture. */
function countProperties(fn: AnyFunction): number {
  const prototype: unknown = fn.prototype;
  return Reflect.ownKeys(fn).length + (isObject(prototype) ? Reflect.ownKeys(prototype).length : 0);
}

/** A global that the program itself has made, which workers do not have. */
function userGlobal(name: string): Found | undefined {
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, name);
  if (descriptor === undefined || descriptor.enumerable !== true || NODE_GLOBALS.has(name)) return undefined;
  return { value: (globalThis as Record<string, unknown>)[name], scope: 'global', isOfModule: false, early: false };
}

/** Whether a property of a class, or of its prototype, is there because its source says so. */
function isOfSource(descriptor: PropertyDescriptor, { parsed, source }: Literal): boolean {
  if (parsed.node.type !== 'ClassExpression') return false;
  const functions = [descriptor.value, descriptor.get, descriptor.set].filter((part) => part !== undefined);
  return (
    functions.length > 0 &&
    functions.every((part) => typeof part === 'function' && source.includes(Function.prototype.toString.call(part)))
  );
}

/** Whether the module that exports a variable may assign to it, as far as its text tells. */
function isReassigned({ base, specifier, path: [name = ''] }: ImportNode): boolean {
  if (!/^(\.|\/|file:)/.test(specifier)) return false;
  const url = new URL(specifier, base).href;
  const text = fileText({ id: '', url, name: '' }) ?? fileText({ id: '', url: url.replace(/js$/, 'ts'), name: '' });
  return text === undefined || declaresVariable(text, name);
}

/** A function among these members of a CommonJS module's exports that the module may have put in the place of another one. */
function replacedFunction(exports: object, members: ReadonlySet<string>, file: string): string | undefined {
  return [...members].find((member) => {
    const value = (exports as Record<string, unknown>)[member];
    return typeof value === 'function' && reassignsExport(file, member);
  });
}

/** A module's exports in one of the forms that loaders and bundlers give them. */
function isNamespace(value: object): boolean {
  if (types.isModuleNamespaceObject(value)) return true;
  if (types.isProxy(value)) return false;
  // What compilers wrap around the exports of a CommonJS module: them as `default`, and their members.
  const { default: exports } = value as { default?: unknown };
  return (
    ((isObject(exports) || typeof exports === 'function') && commonJsModule(exports) !== undefined) ||
    Object.hasOwn(value, '__esModule') ||
    (value as Record<symbol, unknown>)[Symbol.toStringTag] === 'Module' ||
    isOwnExports(value)
  );
}

interface CommonJsModule {
  readonly exports: unknown;
  readonly loaded: boolean;
}

function cache(): Readonly<Record<string, CommonJsModule | undefined>> {
  return require.cache as unknown as Record<string, CommonJsModule | undefined>;
}

function isOwnExports(value: object): boolean {
  return Object.values(cache()).some((module) => module?.exports === value);
}

/** The file of the CommonJS module whose exports this object is, if it may be loaded again. */
function commonJsModule(value: object): string | undefined {
  for (const [file, module] of Object.entries(cache())) {
    if (module?.exports === value)
      return leadsToEntry(pathToFileURL(file).href) || (!file.startsWith('/') && !/^[A-Za-z]:/.test(file))
        ? undefined
        : file;
  }
  return undefined;
}

function isRequire(value: AnyFunction): boolean {
  const { resolve, cache: its } = value as unknown as {
    resolve?: { readonly paths?: unknown } | undefined;
    cache?: unknown;
  };
  return typeof resolve?.paths === 'function' && its === require.cache;
}

/** The file at `url`, if a `require` function resolves from its folder; else one in the folder it does resolve from. */
function baseOfRequire(value: AnyFunction, url: string): string {
  const [folder = process.cwd()] = (value as NodeJS.Require).resolve.paths('./x') ?? [];
  const file = url.startsWith('file:') ? fileURLToPath(url.replace(/[?#].*$/, '')) : '';
  return dirname(file) === folder ? file : join(folder, '_.cjs');
}
