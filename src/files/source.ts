/** What a dataset is read from, as plain data that has been checked. */
import { show } from './show.js';

/** What to do about a row that cannot be read: fail, leave it out, or ask function `n` of the stage. */
export type OnBadRow = 'fail' | 'skip' | number;

export interface TextSource {
  readonly format: 'text';
  readonly globs: readonly string[];
  readonly withPath: boolean;
}

export type FileSource = TextSource;

/** Lines of text. */
export function textSource(globs: string | readonly string[], options: { withPath?: boolean } = {}): TextSource {
  const { withPath = false } = options;
  if (typeof withPath !== 'boolean') throw new TypeError(`withPath must be true or false, but is ${show(withPath)}.`);
  return Object.freeze({ format: 'text', globs: checkGlobs(globs), withPath });
}

/** One pattern or several; a copy of theirs. */
export function checkGlobs(globs: unknown): readonly string[] {
  const list = typeof globs === 'string' ? [globs] : globs;
  if (!Array.isArray(list))
    throw new TypeError(`A path, a glob or a list of them is needed, but it is ${show(globs)}.`);
  if (list.length === 0) throw new RangeError('The list of paths and globs is empty.');
  for (const one of list) {
    if (typeof one !== 'string') throw new TypeError(`A path or glob must be a string, but one is ${show(one)}.`);
    if (one === '') throw new RangeError('A path or glob is the empty string.');
    if (one.includes('\0')) throw new RangeError(`A path cannot have a null character, as ${show(one)} has.`);
  }
  return Object.freeze([...list]) as readonly string[];
}
