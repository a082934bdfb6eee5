import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { UsageError } from './exit.js';

const typescript = /\.([cm]?ts|tsx|jsx)$/;
/** What Node itself takes the types off. */
const stripped = /\.[cm]?ts$/;

/** Whether this Node runs TypeScript by itself. */
export function runsTypeScript(): boolean {
  return Boolean((process.features as { typescript?: unknown }).typescript);
}

/** Where `tsx` is, as seen from a file; `undefined` where it is not installed. */
export function findTsx(from: string): string | undefined {
  for (const place of [from, import.meta.url]) {
    try {
      return createRequire(place).resolve('tsx');
    } catch {
      // Not from there.
    }
  }
  return undefined;
}

/**
 * Arguments for Node in front of a script, so that it runs.
 *
 * @throws UsageError where it is TypeScript and nothing here runs that
 */
export function argumentsFor(path: string): string[] {
  if (!typescript.test(path) || (stripped.test(path) && runsTypeScript())) return [];
  const tsx = findTsx(path);
  if (tsx !== undefined) return ['--import', pathToFileURL(tsx).href];
  const node = process.versions.node;
  const how = stripped.test(path)
    ? `Node ${node} does not run TypeScript by itself. Install tsx in this project (npm install --save-dev tsx), or use Node 22.18 or later.`
    : 'Files with JSX need tsx: npm install --save-dev tsx.';
  throw new UsageError(how);
}
