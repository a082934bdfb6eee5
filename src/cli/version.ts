import { readFileSync } from 'node:fs';

interface Manifest {
  readonly name?: string;
  readonly version: string;
  readonly engines: { readonly node: string };
}

/** The package's own manifest: one folder up from the built file. */
export function manifest(): Manifest {
  for (const up of ['../package.json', '../../package.json', '../../../package.json']) {
    try {
      const found = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as Manifest;
      if (found.name === 'sheaf') return found;
    } catch {
      // Further up, then.
    }
  }
  throw new Error('The package.json of sheaf is missing: install it again.');
}

export function version(): string {
  return manifest().version;
}
