/** Which file the program was started with, and which modules would start it again if a worker imported them. */
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

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
  if (isStarted(url)) return true;
  entry ??= entryUrl();
  return entry !== '' && withoutExtension(url) === withoutExtension(entry);
}

/** The same, of the name that the program was started by, which is mostly that of its file: finding the file takes a millisecond. */
function isStarted(url: string): boolean {
  const path = process.argv[1];
  return path !== undefined && /\.[cm]?[jt]sx?$/.test(url) && url === pathToFileURL(path).href;
}

// TypeScript imports `main.ts` by the name `main.js`.
const withoutExtension = (url: string) => url.replace(/[?#].*$/, '').replace(/\.[cm]?[jt]sx?$/, '');

/** Local modules that a module's text names in imports, exports or `require`. Types alone are not loaded. */
const LOADS =
  /(?:\b(?:import|export)\b(?!\s+type\b)[^'"`;]*?(?:\bfrom\s*)?|\brequire\s*\(\s*)(["'])(\.{1,2}\/[^"'\n]+|\.{1,2})\1/g;

const leading = new Map<string, boolean>();

/** Whether importing the module at a URL would import the started program: it is the program, or imports it, itself or through others. */
export function leadsToEntry(url: string): boolean {
  const known = leading.get(url);
  if (known !== undefined) return known;
  const seen = new Set<string>();
  const work = [url];
  let found = false;
  for (let next = work.pop(); next !== undefined && !found; next = work.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (isEntry(next) || leading.get(next) === true) found = true;
    // Packages know nothing of the program that uses them.
    else if (next.startsWith('file:') && !next.includes('/node_modules/')) work.push(...loadedBy(next));
  }
  if (!found) for (const one of seen) leading.set(one, false);
  leading.set(url, found);
  return found;
}

function loadedBy(url: string): string[] {
  const path = existingFile(fileURLToPath(url.replace(/[?#].*$/, '')));
  if (path === undefined) return [];
  const base = pathToFileURL(path);
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(LOADS)].map(([, , specifier = '']) => new URL(specifier, base).href);
}

/** The file that a path in an import means: with another extension in TypeScript, with none in CommonJS. */
function existingFile(path: string): string | undefined {
  const stem = path.replace(/\.([cm]?)jsx?$/, '.$1');
  const candidates = [path, `${stem}ts`, `${stem}tsx`];
  for (const end of ['.js', '.cjs', '.ts', '.cts', '/index.js', '/index.cjs', '/index.ts']) candidates.push(path + end);
  return candidates.find((candidate) => existsSync(candidate) && statSync(candidate).isFile());
}
