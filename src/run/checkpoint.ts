/** Rows that survive the process: a folder of segments, and a manifest that says what they are, written last. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExchangeError } from '../errors.js';
import type { Segment } from '../exchange/segment.js';
import { cannotWrite } from '../exchange/writer.js';
import { findFiles } from '../files/plan.js';
import type { PlanNode } from '../plan/node.js';

const version = 1;
const manifestName = 'checkpoint.json';

interface Manifest {
  readonly version: number;
  /** Of the plan that made it. */
  readonly plan: string;
  readonly segments: readonly (Omit<Segment, 'place'> & { readonly file: string })[];
}

/** The segments of a checkpoint; `undefined` where there is none. */
export function loadCheckpoint(dir: string, plan: PlanNode): Segment[] | undefined {
  let text: string;
  try {
    text = readFileSync(join(dir, manifestName), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ExchangeError(`Cannot read the checkpoint in ${dir}: ${(error as Error).message}.`, { cause: error });
  }
  const manifest = parsed(dir, text);
  if (manifest.plan !== fingerprintOf(plan))
    throw new ExchangeError(
      `${dir} holds the checkpoint of another plan: the functions before checkpoint(), what they capture, or the files they read have ` +
        'changed. Remove the folder to make it anew, or name another one.',
    );
  return manifest.segments.map(({ file, ...rest }) => ({ place: { file: join(dir, file) }, ...rest }));
}

function parsed(dir: string, text: string): Manifest {
  try {
    const manifest = JSON.parse(text) as Manifest;
    if (manifest.version === version) return manifest;
  } catch {
    // Told below.
  }
  throw new ExchangeError(`${join(dir, manifestName)} cannot be read. Remove the folder to make the checkpoint anew.`);
}

/** Gives the segments, which lie in the folder already, their names, and says that they are whole. */
export function saveCheckpoint(dir: string, plan: PlanNode, segments: readonly Segment[]): Segment[] {
  try {
    const named = segments.map((segment, partition) => {
      const file = `part-${String(partition).padStart(5, '0')}.rows`;
      const from = (segment.place as { readonly file: string }).file;
      if (from !== join(dir, file)) renameSync(from, join(dir, file));
      return { ...segment, place: { file: join(dir, file) }, name: file };
    });
    const manifest: Manifest = {
      version,
      plan: fingerprintOf(plan),
      segments: named.map(({ place: _, name, ...rest }) => ({ file: name, ...rest })),
    };
    const temporary = join(dir, `${manifestName}.${process.pid}`);
    writeFileSync(temporary, JSON.stringify(manifest));
    renameSync(temporary, join(dir, manifestName));
    sweep(dir);
    return named.map(({ name: _, ...segment }) => segment);
  } catch (error) {
    throw cannotWrite(join(dir, manifestName), error);
  }
}

/** What tries have left that were cancelled or killed. */
function sweep(dir: string): void {
  for (const name of readdirSync(dir))
    if (/^\d+-\d+-\d+-[\w-]+-out-\d+$/.test(name)) rmSync(join(dir, name), { force: true });
}

export function makeCheckpointFolder(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true });
  } catch (error) {
    throw cannotWrite(join(dir, manifestName), error);
  }
}

/** A hash of all that decides what rows a plan gives: its operators, their functions and what they capture, and its sources. */
export function fingerprintOf(plan: PlanNode): string {
  const hash = createHash('sha256');
  const { serialize } = process.getBuiltinModule('node:v8');
  const put = (value: unknown): void => {
    if (ArrayBuffer.isView(value)) hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    else if (Array.isArray(value)) {
      hash.update(`[${value.length}`);
      value.forEach(put);
    } else if (typeof value === 'object' && value !== null) putObject(value as Record<string, unknown>);
    else hash.update(`${typeof value}:${String(value)};`);
  };
  const putObject = (object: Record<string, unknown>): void => {
    if ('code' in object && 'traits' in object) {
      hash.update((object.code as { hash: string }).hash);
      put((object.values as { bytes?: Uint8Array } | undefined)?.bytes);
      return;
    }
    if (object.kind === 'items') {
      // Rows may be anything, and have properties of any name.
      hash.update('items').update(serialize(object.items));
      return;
    }
    if (object.kind === 'files') putFiles((object.source as { globs?: readonly string[] }).globs ?? []);
    for (const [name, value] of Object.entries(object)) {
      // How many partitions there are does not change the rows.
      if (name === 'partitions' || name === 'partitioner') continue;
      hash.update(`${name}=`);
      put(value);
    }
  };
  const putFiles = (globs: readonly string[]): void => {
    for (const { file } of findFiles(globs, process.cwd())) {
      const { size, mtimeMs } = statSync(file);
      hash.update(`${file}:${size}:${mtimeMs};`);
    }
  };
  put(plan);
  return hash.digest('hex');
}
