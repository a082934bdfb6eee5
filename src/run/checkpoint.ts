/** Rows that survive the process: a folder of segments, and a manifest that says what they are, written last. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExchangeError } from '../errors.js';
import type { Place, Segment } from '../exchange/segment.js';
import { cannotWrite } from '../exchange/writer.js';
import type { PlanNode } from '../plan/node.js';
import { fingerprintOf } from './fingerprint.js';

const version = 1;
const manifestName = 'checkpoint.json';

interface Manifest {
  readonly version: number;
  /** Of the plan that made it. */
  readonly plan: string;
  /** One without rows has no file. */
  readonly segments: readonly (Omit<Segment, 'place'> & { readonly file?: string | undefined })[];
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
  return manifest.segments.map(({ file, ...rest }) => ({ place: placeOf(dir, file), ...rest }));
}

const placeOf = (dir: string, file: string | undefined): Place =>
  file === undefined ? { memory: new Uint8Array(0) } : { file: join(dir, file) };

function parsed(dir: string, text: string): Manifest {
  try {
    const manifest = JSON.parse(text) as Manifest;
    const isWhole = manifest.segments.every(({ file, rows }) => file !== undefined || rows.length === 0);
    if (manifest.version === version && isWhole) return manifest;
  } catch {
    // Told below.
  }
  throw new ExchangeError(`${join(dir, manifestName)} cannot be read. Remove the folder to make the checkpoint anew.`);
}

/** Gives the segments, which lie in the folder already, their names, and says that they are whole. */
export function saveCheckpoint(dir: string, plan: PlanNode, segments: readonly Segment[]): Segment[] {
  try {
    const named = segments.map((segment, partition) => {
      const { place } = segment;
      const file = 'file' in place ? `part-${String(partition).padStart(5, '0')}.rows` : undefined;
      if (file !== undefined && 'file' in place && place.file !== join(dir, file))
        renameSync(place.file, join(dir, file));
      return { ...segment, ...(file !== undefined && { place: placeOf(dir, file) }), name: file };
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
