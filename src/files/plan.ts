/** Which worker reads what: globs become files in the order of their paths, and these become partitions. */
import { statSync } from 'node:fs';
import { extname } from 'node:path';
import { ValueError } from '../errors.js';
import { type Found, glob } from './glob.js';
import { checkPacking } from './input.js';
import type { FileSource } from './source.js';
import type { FilePiece, FileTask, Packing } from './task.js';

/** What the plan has to fit. */
export interface Wanted {
  /** Exactly so many partitions. Default: a few for each slot, of {@link smallest} to {@link largest}. */
  readonly partitions?: number | undefined;
  readonly slots: number;
  /** What relative paths are relative to. */
  readonly cwd: string;
}

/** The size of a partition nobody asked for, in bytes. */
const smallest = 1 << 20;
const largest = 1 << 25;
const partitionsPerSlot = 8;

/** A file and what its partitions need to know. */
interface Candidate extends Found {
  readonly size: number;
  readonly packing: Packing;
  readonly splits: boolean;
}

export async function planFiles(source: FileSource, wanted: Wanted): Promise<FileTask[]> {
  const files = findFiles(source.globs, wanted.cwd).map(candidate);
  return share(files, wanted).map((pieces) => ({
    format: source.format,
    withPath: source.withPath,
    pieces,
    bytes: bytesOf(pieces),
  }));
}

/** All files of all patterns, each once, in the order of their paths. */
export function findFiles(globs: readonly string[], cwd: string): Found[] {
  const found = new Map<string, Found>();
  for (const pattern of globs) {
    const some = glob(pattern, cwd);
    if (some.length === 0) throw new ValueError(`No file matches ${JSON.stringify(pattern)} (in ${cwd}).`, pattern);
    for (const one of some) if (!found.has(one.file)) found.set(one.file, one);
  }
  return [...found.values()].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
}

function candidate(found: Found): Candidate {
  const stats = statSync(found.file);
  const packing = packingOf(found.file);
  checkPacking(packing, found.name);
  const splits = packing === 'none' && stats.isFile();
  return { ...found, size: stats.isFile() ? stats.size : Infinity, packing, splits };
}

function packingOf(file: string): Packing {
  const ending = extname(file).toLowerCase();
  return ending === '.gz' ? 'gzip' : ending === '.zst' || ending === '.zstd' ? 'zstd' : 'none';
}

/** Files shared out to partitions, in order. */
function share(files: readonly Candidate[], wanted: Wanted): FilePiece[][] {
  const total = files.reduce((sum, file) => sum + weight(file), 0);
  if (wanted.partitions !== undefined) return shareEvenly(files, total, wanted.partitions);
  const size = Math.min(Math.max(total / (wanted.slots * partitionsPerSlot), smallest), largest);
  const partitions: FilePiece[][] = [];
  let room = 0; // of the last partition, for small files
  for (const file of files) {
    if (file.splits && file.size <= size) {
      if (partitions.length === 0 || file.size > room) {
        partitions.push([]);
        room = size;
      }
      partitions.at(-1)!.push(piece(file, 0, file.size));
      room -= file.size;
      continue;
    }
    room = 0;
    const count = file.splits ? Math.ceil(file.size / size) : 1;
    for (let i = 0; i < count; i++) partitions.push([ranged(file, i / count, (i + 1) / count)]);
  }
  return partitions;
}

/** So many partitions of about the same size, whatever the files are; some are empty if files cannot be split. */
function shareEvenly(files: readonly Candidate[], total: number, count: number): FilePiece[][] {
  const partitions = Array.from({ length: count }, (): FilePiece[] => []);
  const share = total / count || 1;
  let before = 0;
  for (const file of files) {
    const size = weight(file);
    const first = Math.min(Math.floor(before / share), count - 1);
    if (!file.splits || size === 0) {
      const middle = Math.min(Math.floor((before + size / 2) / share), count - 1);
      partitions[middle]!.push(piece(file, 0, file.packing === 'none' ? file.size : Infinity));
    } else {
      for (let i = first; i < count && i * share < before + size; i++) {
        const from = Math.max(0, Math.round(i * share - before));
        const to = i === count - 1 ? size : Math.min(size, Math.round((i + 1) * share - before));
        if (from < to) partitions[i]!.push(piece(file, from, to));
      }
    }
    before += size;
  }
  return partitions;
}

/** Of a file that tells no size, something. */
function weight(file: Candidate): number {
  return Number.isFinite(file.size) ? file.size : largest;
}

function ranged(file: Candidate, from: number, to: number): FilePiece {
  if (!file.splits) return piece(file, 0, Infinity);
  return piece(file, Math.round(file.size * from), Math.round(file.size * to));
}

function piece({ file, name, size, packing }: Candidate, from: number, to: number): FilePiece {
  return { file, name, from, to, size, packing };
}

function bytesOf(pieces: readonly FilePiece[]): number {
  return pieces.reduce(
    (sum, { from, to, size }) => sum + (Number.isFinite(to) ? to - from : Number.isFinite(size) ? size : largest),
    0,
  );
}
