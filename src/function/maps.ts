/**
 * Source maps for code that runs outside of its file: where the caller's stacks show original positions, the worker's do, too.
 */
import { readFileSync } from 'node:fs';
import Module, { findSourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { SourceFile } from './portable.js';

/** In place of a map: the file on disk says where its map is. */
const IN_FILE = 'file';

const pathOf = (name: string) => (name.startsWith('file:') ? fileURLToPath(name.replace(/[?#].*$/, '')) : name);

const known = new Map<string, string | undefined>();

/**
 * What a worker needs so as to map positions in a file that this process has loaded, if this process does. `isOnDisk`: what was loaded
 * is the file as it lies on disk.
 */
export function sourceMapFor(name: string, isOnDisk: boolean): string | undefined {
  if ((process as { sourceMapsEnabled?: boolean }).sourceMapsEnabled !== true) return undefined;
  if (!known.has(name)) known.set(name, read(name, isOnDisk));
  return known.get(name);
}

function read(name: string, isOnDisk: boolean): string | undefined {
  const payload = findSourceMap(name)?.payload;
  if (payload === undefined) return undefined;
  if (isOnDisk) return IN_FILE;
  const { sourcesContent: _, ...map } = payload;
  return JSON.stringify(map);
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
