/** Which file the program was started with. */
import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

let entry: string | undefined;

function entryUrl(): string {
  const path = process.argv[1];
  if (path === undefined) return '';
  try {
    return pathToFileURL(createRequire(pathToFileURL(path)).resolve(realpathSync(path))).href;
  } catch {
    return pathToFileURL(path).href;
  }
}

/** Whether a URL is that of the program that was started: importing it would run the program a second time. */
export function isEntry(url: string): boolean {
  entry ??= entryUrl();
  return entry !== '' && withoutExtension(url) === withoutExtension(entry);
}

// TypeScript imports `main.ts` by the name `main.js`.
const withoutExtension = (url: string) => url.replace(/[?#].*$/, '').replace(/\.[cm]?[jt]sx?$/, '');
