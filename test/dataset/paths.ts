/** Paths that no other case uses; nothing is there yet. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let folder: string | undefined;
let count = 0;

export function aPath(): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'sheaf-test-'));
    process.on('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  return join(folder, `${count++}`);
}
