/**
 * What a capture puts together: the nodes of the graph, the values that go with it, and what it takes to read those again.
 */
import { Recipe } from './again.js';
import { cache } from './commonjs.js';
import { isData, isObject } from './data.js';
import type { Literal } from './literal.js';
import { sourceMapFor } from './maps.js';
import { isBuiltinModule } from './module.js';
import { symbolName } from './names.js';
import { isOfThread, type NativePath } from './natives.js';
import type { CodeNode, FreeName, FunctionTraits, ImportNode, PortableCode, SourceFile } from './portable.js';
import type { Reader } from './readers.js';
import { refuse } from './refuse.js';

/** See the file's comment. */
export class Assembly {
  protected readonly nodes: CodeNode[] = [];
  protected readonly files: SourceFile[] = [];
  protected readonly values: unknown[] = [];
  protected readonly slotPaths: (readonly string[])[] = [];
  protected readonly places = new Map<unknown, number>();
  protected readonly data = new Set<object>();
  protected readonly readers: Reader[] = [];
  /** Modules of which functions are imported, and variables copied that such functions might change. */
  protected readonly calledModules = new Set<string>();
  protected readonly copied: {
    readonly module: string;
    readonly at: number;
    readonly node: ImportNode;
    readonly isReassigned: boolean;
  }[] = [];
  /** Places of values that are not needed after all. */
  protected readonly dropped = new Set<number>();
  /** Whether reading the variables of the same functions again is all that a further capture needs. */
  protected repeatable = true;
  protected async = false;
  protected importsModules = false;
  protected seesThread = false;
  protected usesContext = false;
  protected stateful = false;

  /** What it takes to capture the same again; `undefined` where that is no less than everything. */
  recipe(code: PortableCode, traits: FunctionTraits): Recipe | undefined {
    if (!this.repeatable) return undefined;
    return new Recipe(this.readers, code, traits, this.slotPaths.length, this.dropped);
  }

  finish(): {
    nodes: readonly CodeNode[];
    files: readonly SourceFile[];
    values: readonly unknown[];
    traits: FunctionTraits;
  } {
    this.importAgain();
    const { async, importsModules, seesThread, usesContext, stateful, nodes, files, values } = this;
    const result = {
      nodes,
      files,
      values: [...values],
      traits: { async, importsModules, seesThread, usesContext, stateful },
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

  protected add(node: CodeNode): number {
    this.nodes.push(node);
    return this.nodes.length - 1;
  }

  protected place(value: unknown, node: CodeNode): number {
    const at = this.add(node);
    this.places.set(value, at);
    return at;
  }

  protected addFile(literal: Literal): number {
    const { file } = literal;
    const found = this.files.findIndex(({ name }) => name === file);
    if (found >= 0) return found;
    const sourceMap = sourceMapFor(literal);
    return this.files.push(sourceMap === undefined ? { name: file } : { name: file, sourceMap }) - 1;
  }

  protected addImport(node: ImportNode): number {
    if (!isBuiltinModule(node.specifier)) this.importsModules = true;
    if (isOfThread({ module: node.specifier, path: [] })) this.seesThread = true;
    const same = this.nodes.findIndex(
      (other) => other.kind === 'import' && JSON.stringify(other) === JSON.stringify(node),
    );
    return same >= 0 ? same : this.add(node);
  }

  protected addNativePath(value: object, { module, path }: NativePath): number {
    if (isOfThread({ module, path })) this.seesThread = true;
    if (module === undefined) return this.place(value, { kind: 'global', path });
    return this.place(value, {
      kind: 'import',
      base: '',
      specifier: module,
      via: 'require',
      path: path as readonly string[],
    });
  }

  protected addMeta(url: string): number {
    const same = this.nodes.findIndex((node) => node.kind === 'meta' && node.url === url);
    return same >= 0 ? same : this.add({ kind: 'meta', url });
  }

  /** Whether a value can be copied as it is. */
  protected isData(value: unknown): boolean {
    return isData(value, this.data);
  }

  protected addSymbol(value: symbol, path: readonly string[]): number {
    const key = symbolName(value);
    if (key === undefined)
      throw refuse(path, `is a symbol (${String(value)}) that exists only here.`, 'Use Symbol.for, or a string.');
    return this.place(value, { kind: 'symbol', key });
  }

  protected addSlot(value: unknown, path: readonly string[]): number {
    this.values.push(value);
    this.slotPaths.push(path);
    const node: CodeNode = { kind: 'value', slot: this.values.length - 1 };
    if (!isObject(value)) return this.add(node);
    this.stateful = true;
    return this.place(value, node);
  }
}
