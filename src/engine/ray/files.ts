/**
 * The files that a function needs beside its own text: the modules that it imports, theirs in turn, and packages. They travel to nodes
 * that do not have them, and lie there as they do here. Local files are found by their imports, packages are taken whole, since what
 * they read at run time cannot be told.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EngineError } from '../../errors.js';
import type { CodeNode, PortableCode } from '../../function/portable.js';

/** More does not travel. */
const mostBytes = 200 << 20;
const manifestBytes = 4;

/** Files of functions, as they travel. */
export interface Files {
  /** Of their names and contents. */
  readonly hash: string;
  /** u32 length of a list as JSON, the list, then the contents one after the other. */
  readonly archive: Buffer;
  /** Paths of native addons among them. */
  readonly addons: readonly string[];
}

const known = new Map<string, Files | undefined>();

/** The files of a function; `undefined` where it needs none. Throws `EngineError` for what is too much to travel. */
export function filesOf(code: PortableCode): Files | undefined {
  if (known.has(code.hash)) return known.get(code.hash);
  const walk = new Walk();
  const texts = code.nodes.flatMap((node) => (node.kind === 'source' ? [node.text] : []));
  for (const node of code.nodes) {
    if (node.kind === 'import') walk.add(node.specifier, pathOf(node.base));
    // What it is called with is in the sources.
    if (node.kind === 'require') for (const text of texts) walk.addAll(text, pathOf(node.base));
  }
  const files = walk.finish();
  known.set(code.hash, files);
  return files;
}

/** The same code for a node where its files are below `root`. */
export function movedTo(root: string, code: PortableCode): PortableCode {
  const move = (place: string): string => {
    if (place.startsWith('file://')) return `file://${root}${place.slice('file://'.length)}`;
    return place.startsWith('/') ? root + place : place;
  };
  const moved = (node: CodeNode): CodeNode => {
    if (node.kind === 'require') return { ...node, base: move(node.base) };
    if (node.kind !== 'import') return node;
    return { ...node, base: move(node.base), specifier: move(node.specifier) };
  };
  return { ...code, nodes: code.nodes.map(moved) };
}

function pathOf(place: string): string {
  return place.startsWith('file:') ? fileURLToPath(place.replace(/[?#].*$/, '')) : place;
}

/** What an import names, and relative paths wherever they stand: what they lead to may be read, or loaded in another way. */
const specifiers =
  /(?:\bfrom|\bimport|\bimport\s*\(|\brequire\s*\()\s*(["'])([^"'\n]+)\1|(["'`])(\.{1,2}\/[^"'`\n]+)\3/g;
const scripts = /\.[cm]?[jt]sx?$/;
const endings = ['', '.js', '.cjs', '.mjs', '.json', '.node', '.ts', '/index.js', '/index.cjs', '/index.json'];
/** Of a package: what it does not need to run. */
const needless = /^(\.git|node_modules|test|tests|docs|coverage)$|\.(d\.[cm]?ts|map|md|markdown|tsbuildinfo)$/i;

class Walk {
  readonly #files = new Map<string, Buffer>();
  readonly #links = new Map<string, string>();
  readonly #packages = new Map<string, number>();
  #bytes = 0;

  /** What a file refers to by this name. What is not found is not needed, or its import says what is wrong. */
  add(specifier: string, from: string): void {
    if (isBuiltin(specifier)) return;
    if (/^(\.{1,2}(\/|$)|\/|file:)/.test(specifier)) {
      const target = specifier.startsWith('.') ? join(dirname(from), specifier) : pathOf(specifier);
      this.#addFile(target.replace(/[?#].*$/, ''));
    } else if (specifier.startsWith('#')) this.#addScope(from, 'imports');
    else if (!/^[a-z]+:/.test(specifier)) this.#addPackage(specifier, from);
  }

  /** All that a text imports. */
  addAll(text: string, from: string): void {
    for (const [, , imported, , named] of text.matchAll(specifiers)) this.add((imported ?? named)!, from);
  }

  finish(): Files | undefined {
    if (this.#files.size === 0) return undefined;
    const list: (readonly [path: string, size: number, hash: string] | readonly [path: string, target: string])[] = [];
    const contents: Buffer[] = [];
    for (const [path, bytes] of [...this.#files].sort(([a], [b]) => (a < b ? -1 : 1))) {
      list.push([path, bytes.length, createHash('sha256').update(bytes).digest('hex')]);
      contents.push(bytes);
    }
    for (const [path, target] of this.#links) list.push([path, target]);
    const manifest = Buffer.from(JSON.stringify(list));
    const length = Buffer.alloc(manifestBytes);
    length.writeUInt32LE(manifest.length, 0);
    const hash = createHash('sha256').update(manifest).digest('hex').slice(0, 32);
    const addons = [...this.#files.keys()].filter((path) => path.endsWith('.node'));
    return { hash, archive: Buffer.concat([length, manifest, ...contents]), addons };
  }

  #addFile(wanted: string): void {
    const path = endings.map((ending) => wanted + ending).find((one) => isFile(one));
    if (path === undefined || this.#files.has(path)) return;
    const real = realpathSync(path);
    if (real !== path) {
      this.#links.set(path, real);
      this.#addFile(real);
      return;
    }
    const bytes = this.#put(path);
    this.#addManifest(path);
    if (!scripts.test(path)) return;
    this.addAll(bytes.toString(), path);
  }

  #put(path: string): Buffer {
    const bytes = readFileSync(path);
    this.#files.set(path, bytes);
    this.#bytes += bytes.length;
    if (this.#bytes > mostBytes) throw this.#tooMuch();
    return bytes;
  }

  /** The package.json that says how a file is to be read. */
  #addManifest(path: string): string | undefined {
    for (let folder = dirname(path); ; folder = dirname(folder)) {
      const manifest = join(folder, 'package.json');
      if (isFile(manifest)) {
        if (!this.#files.has(manifest)) this.#put(manifest);
        return manifest;
      }
      if (folder === dirname(folder)) return undefined;
    }
  }

  /** Files of the file's own package that its package.json names. */
  #addScope(from: string, field: 'imports' | 'exports'): void {
    const manifest = this.#addManifest(from);
    if (manifest === undefined) return;
    const visit = (value: unknown): void => {
      if (typeof value === 'string') {
        if (value.startsWith('./')) this.#addFile(join(dirname(manifest), value));
        else if (field === 'imports') this.add(value, manifest);
      } else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit);
    };
    visit(read(manifest)[field]);
  }

  #addPackage(specifier: string, from: string): void {
    const name = specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/');
    for (let folder = dirname(from); ; folder = dirname(folder)) {
      const place = join(folder, 'node_modules', name);
      if (isFolder(place)) {
        const real = realpathSync(place);
        if (real !== place) this.#links.set(place, real);
        this.#addWhole(real);
        return;
      }
      if (folder === dirname(folder)) break;
    }
    const own = this.#addManifest(from);
    if (own !== undefined && read(own).name === name) this.#addScope(from, 'exports');
  }

  #addWhole(folder: string): void {
    if (this.#packages.has(folder)) return;
    const before = this.#bytes;
    this.#packages.set(folder, 0);
    const visit = (at: string): void => {
      for (const entry of readdirSync(at, { withFileTypes: true })) {
        const path = join(at, entry.name);
        if (needless.test(entry.name)) continue;
        if (entry.isDirectory()) visit(path);
        else if (entry.isFile() && !this.#files.has(path)) this.#put(path);
      }
    };
    visit(folder);
    this.#packages.set(folder, this.#bytes - before);
    const manifest = join(folder, 'package.json');
    if (!isFile(manifest)) return;
    const { dependencies, optionalDependencies, peerDependencies } = read(manifest);
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }))
      this.#addPackage(name, manifest);
  }

  #tooMuch(): EngineError {
    const largest = [...this.#packages].sort(([, a], [, b]) => b - a).slice(0, 3);
    const named = largest.map(([folder]) => folder).join(', ');
    return new EngineError(
      `The files that the function imports are more than ${mostBytes >> 20} MiB${named === '' ? '' : `, among them ${named}`}. Import less, or put them on the cluster's nodes at the same paths: by ray job submit --working-dir, or in the container image.`,
    );
  }
}

function read(manifest: string): Record<string, Record<string, string>> & { readonly name?: unknown } {
  try {
    return JSON.parse(readFileSync(manifest, 'utf8'));
  } catch {
    return {};
  }
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
