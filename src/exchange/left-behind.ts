/** Folders that tell by their names whose they are, so that those of processes that were killed can be told from the others. */
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A name for a folder of this process. `prefix` says of which host: of another one, or container, nobody here knows which processes live. */
export function ownName(prefix: string): string {
  return `${prefix}${process.pid}-${randomBytes(8).toString('hex')}`;
}

/** The folders under `parent` of such names whose processes are no more. */
export function leftBehind(parent: string, prefix: string): string[] {
  return readdirSync(parent)
    .filter((name) => {
      if (!name.startsWith(prefix)) return false;
      const [, pid] = /^(\d+)-[0-9a-f]{16}$/.exec(name.slice(prefix.length)) ?? [];
      return pid !== undefined && !isAlive(Number(pid));
    })
    .map((name) => join(parent, name));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
