/** Scratch files of this process: in a folder of its own that only its user may read, gone when the process ends, however it ends. */
import { existsSync, mkdirSync, renameSync, rm, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { leftBehind, ownName } from './left-behind.js';
import { scratchPrefix } from './scratch-name.js';
import { cannotWrite } from './writer.js';

const prefix = scratchPrefix();
/** Signals that end a process unless it listens for them. */
const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const folders = new Set<string>();
/** In the folder of an action: where its files are. */
const inner = 'rows';
let watching = false;
let folderCount = 0;

/**
 * A new folder under `parent`, by default under that of the system for temporary files. What processes of this host that were killed left
 * there is swept away.
 */
export function makeScratch(parent: string = tmpdir()): string {
  try {
    if (existsSync(parent)) sweep(parent);
  } catch {
    // Whoever writes there says what is wrong.
  }
  const folder = join(parent, ownName(prefix));
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw cannotWrite(join(folder, 'x'), error);
  }
  folders.add(folder);
  watch();
  return folder;
}

/**
 * A folder within, of one action: a name in a folder of its own. Whoever writes to it first makes it, but not the one that it is in, so that
 * it is not made any more when that is gone.
 */
export function subfolder(folder: string): string {
  const own = join(folder, String(folderCount++));
  try {
    mkdirSync(own, { mode: 0o700 });
  } catch {
    // A full disk is no matter before somebody writes, who tries again and says so.
    return own;
  }
  return join(own, inner);
}

/**
 * Removes what {@link subfolder} gave, on other threads, since large files take long; resolves when it is gone. Tasks that are still
 * running cannot make files there any more once this returns.
 */
export function removeSubfolder(folder: string): Promise<void> {
  const own = basename(folder) === inner ? dirname(folder) : folder;
  const over = `${own}-over`;
  return new Promise((resolve) => {
    try {
      renameSync(own, over);
    } catch {
      // It was never made.
      resolve();
      return;
    }
    // Where a file came in between, it goes with the folder that it is in.
    rm(over, { recursive: true, force: true, maxRetries: 3 }, () => resolve());
  });
}

export function removeScratch(folder: string): void {
  folders.delete(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

function watch(): void {
  if (watching) return;
  watching = true;
  process.on('exit', removeAll);
  for (const signal of endings) process.on(signal, ended);
}

/** Workers may be writing there while they are ending, so that it may take several tries. They cannot make the folder again. */
function removeAll(): void {
  for (const folder of folders) {
    for (let tries = 0; tries < 10 && existsSync(folder); tries++) {
      try {
        removeScratch(folder);
      } catch {
        // A file came in between.
      }
    }
  }
}

/** Where nobody but us listens, the signal does what it would have done. */
function ended(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  try {
    removeAll();
  } finally {
    process.removeListener(signal, ended);
    process.kill(process.pid, signal);
  }
}

/** Folders of processes that are no more. */
function sweep(parent: string): void {
  for (const folder of leftBehind(parent, prefix)) {
    try {
      // Another user's folder is theirs to remove.
      if (statSync(folder).uid === process.getuid?.()) rmSync(folder, { recursive: true, force: true });
    } catch {
      // Somebody else was faster.
    }
  }
}
