import { readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

const notOurs = /^(node_modules|dist|build|coverage|\.git|\.cache)$|\.tmp$/;

/** Files of the project under a folder, as paths from its root with `/`. Tests run in the root. */
export function filesUnder(folder: string, extension: RegExp = /./): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !notOurs.test(entry.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesUnder(path, extension);
      return extension.test(entry.name) ? [relative('.', path).split(sep).join('/')] : [];
    })
    .sort();
}
