/** Partitions of JSON: what a file holds says whether it can be cut. */
import { extname } from 'node:path';
import { type Candidate, share, smallest, weightOf } from '../share.js';
import type { JsonSource } from '../source.js';
import type { JsonTask } from '../task.js';
import { Window } from '../window.js';
import { type Shape, shapeOf } from './syntax.js';

export async function planJson(
  source: JsonSource,
  files: readonly Candidate[],
  wanted: { readonly partitions?: number | undefined; readonly slots: number },
): Promise<JsonTask[]> {
  const shapes = new Map<string, Shape | undefined>();
  for (const file of files) {
    // Only what may be cut is looked at here.
    const looked = file.splits && (wanted.partitions !== undefined || file.size > smallest);
    shapes.set(file.file, isLines(file) ? 'values' : looked ? await lookInto(file) : undefined);
  }
  const cut = files.map((file) => ({ ...file, splits: file.splits && shapes.get(file.file) === 'values' }));
  return share(cut, wanted).map((parts) => ({
    format: 'json',
    onBadRow: source.onBadRow,
    pieces: parts.map((part) => ({ ...part, shape: shapes.get(part.file) })),
    bytes: weightOf(parts),
  }));
}

/** Named as JSON Lines: an array on a line is a row then, even if it is the only one. */
function isLines({ file, packing }: Candidate): boolean {
  const name = packing === 'none' ? file : file.slice(0, -extname(file).length);
  return ['.jsonl', '.ndjson'].includes(extname(name).toLowerCase());
}

async function lookInto(file: Candidate): Promise<Shape> {
  const window = new Window({ ...file, from: 0, to: Infinity }, 0);
  try {
    return await shapeOf(window);
  } finally {
    window.close();
  }
}
