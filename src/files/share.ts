/** Files shared out to partitions by their sizes, before anybody looks into them. */
import type { Found } from './glob.js';
import type { FilePiece, Packing } from './task.js';

/** The size of a partition nobody asked for, in bytes. */
export const smallest = 1 << 20;
const largest = 1 << 26;
/** Few: what a partition has counted or grouped is put together with what the others have, key by key. */
const partitionsPerSlot = 4;

/** A file and what its partitions need to know. */
export interface Candidate extends Found {
  readonly size: number;
  readonly packing: Packing;
  readonly splits: boolean;
}

/** A range of a file, by bytes alone. */
export type Part = FilePiece;

/** The ranges of each partition. */
export type Shared = readonly (readonly Part[])[];

/** The size of a partition where nobody asked for a number of them. */
export function partitionBytes(total: number, slots: number): number {
  return Math.min(Math.max(total / (slots * partitionsPerSlot), smallest), largest);
}

/** Files shared out to partitions, in order. */
export function share(
  files: readonly Candidate[],
  wanted: { readonly partitions?: number | undefined; readonly slots: number },
): FilePiece[][] {
  const total = files.reduce((sum, file) => sum + weight(file), 0);
  if (wanted.partitions !== undefined) return shareEvenly(files, total, wanted.partitions);
  const size = partitionBytes(total, wanted.slots);
  const partitions: FilePiece[][] = [];
  let room = 0; // of the last partition, for small files
  for (const file of files) {
    // A thousand small files are a few partitions, whether they could be cut or not.
    if (file.size <= size) {
      if (partitions.length === 0 || file.size > room) {
        partitions.push([]);
        room = size;
      }
      partitions.at(-1)!.push(whole(file));
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
      partitions[middle]!.push(whole(file));
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
  if (!file.splits) return whole(file);
  return piece(file, Math.round(file.size * from), Math.round(file.size * to));
}

/** Of a packed file the size says nothing of how far to read. */
function whole(file: Candidate): FilePiece {
  return piece(file, 0, file.packing === 'none' ? file.size : Infinity);
}

function piece({ file, name, size, packing }: Candidate, from: number, to: number): FilePiece {
  return { file, name, from, to, size, packing };
}

/** About how many bytes these are. */
export function weightOf(pieces: readonly FilePiece[]): number {
  return pieces.reduce(
    (sum, { from, to, size }) => sum + (Number.isFinite(to) ? to - from : Number.isFinite(size) ? size : largest),
    0,
  );
}
