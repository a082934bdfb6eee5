import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
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

/** What a script needs to run: arguments for Node in front of it, and variables of the environment. */
export interface Runner {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** @throws UsageError where it is TypeScript and nothing here runs that */
export function runnerOf(path: string): Runner {
  if (!typescript.test(path) || (stripped.test(path) && runsTypeScript())) return { args: [], env: {} };
  const tsx = findTsx(path);
  if (tsx !== undefined) return { args: ['--import', pathToFileURL(tsx).href], env: tsconfigFor(path) };
  const node = process.versions.node;
  const how = stripped.test(path)
    ? `Node ${node} does not run TypeScript by itself. Install tsx in this project (npm install --save-dev tsx), or use Node 22.18 or later.`
    : 'Files with JSX need tsx: npm install --save-dev tsx.';
  throw new UsageError(how);
}

/** Tells tsx the script's own `tsconfig.json`. By itself it takes that of the current folder, whose paths may be meant for other files. */
function tsconfigFor(path: string): Record<string, string> {
  if (process.env.TSX_TSCONFIG_PATH !== undefined) return {};
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const file = join(folder, 'tsconfig.json');
    if (existsSync(file)) return { TSX_TSCONFIG_PATH: file };
    if (folder === dirname(folder)) return {};
  }
}
