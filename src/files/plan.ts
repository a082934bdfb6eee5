/** Which worker reads what: globs become files in the order of their paths, and these become partitions. */
import { statSync } from 'node:fs';
import { extname } from 'node:path';
import { ValueError } from '../errors.js';
import { planCsv, type Scanner } from './csv/plan.js';
import { planParquet, planSql } from './duckdb/plan.js';
import { type Found, glob } from './glob.js';
import { checkPacking } from './input.js';
import { planJson } from './json/plan.js';
import { type Candidate, share, weightOf } from './share.js';
import type { FileSource } from './source.js';
import type { FileTask, Packing } from './task.js';

/** What the plan has to fit. */
export interface Wanted {
  /** Exactly so many partitions. Default: a few for each slot, of {@link smallest} to {@link largest}. */
  readonly partitions?: number | undefined;
  readonly slots: number;
  /** What relative paths are relative to. */
  readonly cwd: string;
  /** Looks at ranges of CSV (`scanCsv`) where there are workers for it. Default: on this thread. */
  readonly scan?: Scanner | undefined;
}

export async function planFiles(source: FileSource, wanted: Wanted): Promise<FileTask[]> {
  if (source.format === 'sql') return planSql(source, wanted);
  const found = findFiles(source.globs, wanted.cwd).map(candidate);
  if (source.format === 'json') return planJson(source, found, wanted);
  if (source.format === 'parquet') return planParquet(source, found, wanted);
  const shared = share(found, wanted);
  if (source.format === 'csv') return planCsv(source, found, shared, wanted.scan);
  const { format, withPath } = source;
  return shared.map((pieces) => ({ format, withPath, pieces, bytes: weightOf(pieces) }));
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
