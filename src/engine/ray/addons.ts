/** Native addons among the files that travel: compiled for one kind of machine and of Node, and of no use on another. */
import { basename } from 'node:path';
import { EngineError } from '../../errors.js';
import type { Files } from './files.js';

/** What addons are compiled for: system, architecture, version of Node's binary interface, C library. `python/sheaf_seat.py` asks the same. */
export type Build = readonly [platform: string, architecture: string, modules: string, library: string];

let own: Build | undefined;

function ownBuild(): Build {
  if (own === undefined) {
    const { platform, arch, versions, report } = process;
    const { header } = (report?.getReport() ?? {}) as { readonly header?: { readonly glibcVersionRuntime?: string } };
    own = [platform, arch, versions.modules, header?.glibcVersionRuntime === undefined ? 'another C library' : 'glibc'];
  }
  return own;
}

/** Throws `EngineError` where files have addons that a node of this kind cannot load. */
export function checkAddons({ addons }: Files, there: Build, node: string): void {
  if (addons.length === 0) return;
  const here = ownBuild();
  if (here.every((one, i) => one === there[i])) return;
  const names = addons.slice(0, 3).map((path) => `${basename(path)} (${path})`);
  const more = addons.length > 3 ? ` and ${addons.length - 3} more` : '';
  throw new EngineError(
    `The function imports native addons, which cannot run on the node ${node}: ${names.join(', ')}${more}. They are built for ${words(here)}, and there is ${words(there)}. Run the program on a machine like the nodes, with the same Node (by ray job submit, or from their image), or do without the addon in functions for workers.`,
  );
}

function words([platform, architecture, modules, library]: Build): string {
  return `${platform} ${architecture} with ${library} and Node's binary interface ${modules}`;
}
