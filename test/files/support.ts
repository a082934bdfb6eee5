/** What the tests of files share: a folder of their own, and sources read to their end. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { type OpenHooks, openFile } from '../../src/files/open.js';
import { planFiles } from '../../src/files/plan.js';
import type { FileSource } from '../../src/files/source.js';
import type { FileTask } from '../../src/files/task.js';

/** A folder that is gone after the tests. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'sheaf-files-'));
  after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Writes files into a folder; its subfolders are made. */
export function put(root: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
}

/** The rows of one partition. */
export async function rowsOf(task: FileTask, hooks?: OpenHooks): Promise<unknown[]> {
  const batches = openFile(structuredClone(task), hooks);
  const rows: unknown[] = [];
  try {
    for (let some = await batches.next(); some !== undefined; some = await batches.next()) {
      if (some.length === 0) throw new Error('A batch has no rows.');
      rows.push(...some);
    }
  } finally {
    await batches.close();
  }
  return rows;
}

/** The rows of each partition of a source. */
export async function partitionsOf(
  source: FileSource,
  cwd: string,
  partitions?: number,
  hooks?: OpenHooks,
): Promise<unknown[][]> {
  const tasks = await planFiles(source, { cwd, partitions, slots: 2 });
  const rows: unknown[][] = [];
  for (const task of tasks) rows.push(await rowsOf(task, hooks));
  return rows;
}

/** All rows of a source. */
export async function readAll(
  source: FileSource,
  cwd: string,
  partitions?: number,
  hooks?: OpenHooks,
): Promise<unknown[]> {
  return (await partitionsOf(source, cwd, partitions, hooks)).flat();
}

/** Numbers from 0 to 1, the same for the same seed. */
export function random(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
