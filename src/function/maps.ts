/**
 * Source maps for code that runs outside of its file: where the caller's stacks show original positions, the worker's do, too.
 */
import { readFileSync } from 'node:fs';
import Module, { findSourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Literal } from './literal.js';
import type { SourceFile } from './portable.js';
import { sourceMapOf } from './scripts.js';

/** In place of a map: the file on disk says where its map is. */
const IN_FILE = 'file';

const pathOf = (name: string) => (name.startsWith('file:') ? fileURLToPath(name.replace(/[?#].*$/, '')) : name);

const known = new Map<string, string | undefined>();

/** What a worker needs so as to map positions in a script that this process has loaded, if this process maps them itself. */
export function sourceMapFor(literal: Literal): string | undefined {
  const { id } = literal.script;
  if (!known.has(id)) known.set(id, find(literal));
  return known.get(id);
}

/** Looks at the text around the function only where it matters. */
function find(literal: Literal): string | undefined {
  const { script } = literal;
  if ((process as { sourceMapsEnabled?: boolean }).sourceMapsEnabled === true) {
    const payload = findSourceMap(script.url)?.payload;
    if (payload === undefined) return undefined;
    return literal.place?.isOnDisk === true ? IN_FILE : withoutSources(payload);
  }
  // Test runners and the like map by themselves, by what the transformed text says of its map.
  if (typeof Error.prepareStackTrace !== 'function' || literal.place?.isOnDisk !== false) return undefined;
  const [, data] = /^data:application\/json[^,]*;base64,(.*)$/s.exec(sourceMapOf(script.id) ?? '') ?? [];
  return data === undefined ? undefined : withoutSources(JSON.parse(Buffer.from(data, 'base64').toString()) as object);
}

function withoutSources(map: object): string {
  return JSON.stringify({ ...map, sourcesContent: undefined });
}

interface Compiling {
  _compile(text: string, filename: string): void;
}

/** Node forgets a map together with its module. */
const kept = new Map<string, unknown>();

/** Makes Node map positions in a file by its map, as if it had loaded the file itself. */
export function useSourceMap({ name, sourceMap }: SourceFile): void {
  if (sourceMap === undefined || kept.has(name)) return;
  kept.set(name, undefined);
  const path = pathOf(name);
  const url =
    sourceMap === IN_FILE
      ? mapUrlIn(readFileSync(path, 'utf8'))
      : `data:application/json;base64,${Buffer.from(sourceMap).toString('base64')}`;
  if (url === undefined) return;
  process.setSourceMapsEnabled(true);
  // A module of nothing but the comment: compiling it is what notes the map for the name.
  const module = new Module(path) as unknown as Compiling;
  module._compile(`//# sourceMappingURL=${url}`, path);
  kept.set(name, module);
}

function mapUrlIn(text: string): string | undefined {
  return [...text.matchAll(/\/\/[#@]\s*sourceMappingURL=(\S+)/g)].at(-1)?.[1];
}
