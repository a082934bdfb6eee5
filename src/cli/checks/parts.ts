/** Parts that are used where they are installed. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Check } from './check.js';

export const parts: readonly Check[] = [
  optional('DuckDB', '@duckdb/node-api', 'for Parquet and SQL'),
  optional('OpenTelemetry', '@opentelemetry/api', 'for traces'),
];

function optional(name: string, packageName: string, use: string): Check {
  return {
    name,
    look() {
      const version = versionOf(packageName);
      if (version !== undefined) return { status: 'ok', detail: `${packageName} ${version}` };
      return { status: 'missing', detail: `not installed here; ${use}`, fix: `npm install ${packageName}` };
    },
  };
}

/** Of a package, as seen from where the command was given. */
function versionOf(packageName: string): string | undefined {
  try {
    let folder = dirname(createRequire(join(process.cwd(), 'script.js')).resolve(packageName));
    for (; ; folder = dirname(folder)) {
      const manifest = read(join(folder, 'package.json'));
      if (manifest?.name === packageName) return manifest.version ?? '(no version)';
      if (folder === dirname(folder)) return undefined;
    }
  } catch {
    return undefined;
  }
}

function read(path: string): { name?: string; version?: string } | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as { name?: string; version?: string };
  } catch {
    return undefined;
  }
}
