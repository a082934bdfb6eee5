/**
 * The folder that a write makes, seen from the driver. Workers write into a hidden folder beside it, on the same disk, and when all are
 * done it takes the target's name at once: until then there is no target. One that is to be overwritten stays as it is for as long, and
 * only files that a write made are replaced in it. What a process leaves that is killed meanwhile has a hidden name, and the next write to
 * the same target takes it away.
 */
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { ExchangeError, ValueError } from '../errors.js';
import { leftBehind, ownName } from '../exchange/left-behind.js';
import { hostPart } from '../exchange/scratch-name.js';
import { findDuckdb } from './duckdb/load.js';
import { inTarget } from './in-target.js';
import { moving, ours, type SinkSpec, type WrittenFile, whole, writing } from './sink-spec.js';

export interface TargetOptions {
  readonly overwrite?: boolean | undefined;
  /** What a relative path is relative to. */
  readonly cwd: string;
  readonly partitions: number;
  /** Of CSV: the columns, in their order. */
  readonly columns?: readonly string[] | undefined;
}

/** A write under way. */
export interface Target {
  readonly spec: SinkSpec;
  /** The absolute path of the target. */
  readonly path: string;
  /** The target was there before. */
  readonly exists: boolean;
  /** The topmost folder that had to be made for it, to be taken away again if nothing comes of it. */
  readonly made: string | undefined;
}

/** Makes a place for a write, or refuses a target that is there already. Either `publish` or `discard` ends it. */
export function prepareTarget(format: SinkSpec['format'], dir: string, options: TargetOptions): Target {
  const path = resolve(options.cwd, dir);
  const found = inTarget(dir, () => lstatSync(path, { throwIfNoEntry: false }));
  const exists = found !== undefined;
  if (exists && !options.overwrite) {
    throw new ExchangeError(
      `${dir} exists already. Write to another folder, or pass { overwrite: true } to replace it.`,
    );
  }
  return inTarget(dir, () => {
    // Fails for what is no folder.
    if (exists) readdirSync(path);
    const inside = exists ? path : dirname(path);
    const made = mkdirSync(inside, { recursive: true });
    const beside = `.${basename(path)}.sheaf-${hostPart()}`;
    const within = `.sheaf-${hostPart()}`;
    sweep(dirname(path), beside);
    if (exists) sweep(path, within, path);
    const staging = join(inside, ownName(exists ? within : beside));
    const spec = specOf(format, { staging, dir, partitions: options.partitions }, options);
    const target = { spec, path, exists, made };
    try {
      mkdirSync(staging);
      mkdirSync(join(staging, writing));
      mkdirSync(join(staging, whole));
    } catch (error) {
      discard(target);
      throw error;
    }
    return target;
  });
}

function specOf(
  format: SinkSpec['format'],
  common: { staging: string; dir: string; partitions: number },
  { columns, cwd }: TargetOptions,
): SinkSpec {
  if (format === 'csv') return { ...common, format, columns };
  if (format === 'parquet') return { ...common, format, duckdb: findDuckdb(cwd) };
  return { ...common, format };
}

/**
 * Gives the written files their final names, all of them or none, and tells the names. A partition without rows has no file of Parquet,
 * since nobody knows its columns.
 */
export function publish(target: Target, written: readonly WrittenFile[]): string[] {
  const { spec, path } = target;
  const files = written.filter(({ rows }) => rows > 0 || spec.format !== 'parquet');
  const names = new Set(files.map(({ name }) => name));
  inTarget(spec.dir, () => {
    try {
      checkColumns(spec.dir, files);
      const from = join(spec.staging, whole);
      const there = new Set(readdirSync(from));
      for (const name of names) if (!there.has(name)) throw new Error(`${name} is missing`);
      for (const name of there) if (!names.has(name)) rmSync(join(from, name));
      if (target.exists) replace(spec.staging, path, [...names]);
      else renameSync(from, path);
    } catch (error) {
      discard(target);
      throw error;
    }
    rmSync(spec.staging, { recursive: true, force: true });
  });
  return [...names].sort();
}

/** Files of one folder have the same columns in the same order. */
function checkColumns(dir: string, files: readonly WrittenFile[]): void {
  const [first, ...others] = files.filter(({ rows, columns }) => rows > 0 && columns !== undefined);
  for (const { partition, columns } of others) {
    if (JSON.stringify(columns) === JSON.stringify(first!.columns)) continue;
    throw new ValueError(
      `${dir} was not written: partition ${first!.partition} has the columns ${first!.columns!.join(', ')}, but partition ${partition} has ` +
        `${columns!.join(', ')}. Name the columns with { columns: [...] }.`,
    );
  }
}

/** Replaces the files in `path` that a write made before by the whole ones; on an error everything is put back. */
function replace(staging: string, path: string, names: readonly string[]): void {
  const undo: (() => void)[] = [];
  const move = (name: string, source: string, target: string, newName = name) => {
    renameSync(join(source, name), join(target, newName));
    undo.push(() => renameSync(join(target, newName), join(source, name)));
  };
  try {
    for (const name of readdirSync(path).filter((name) => ours.test(name))) move(name, path, join(staging, writing));
    // From here on, whoever comes after a kill completes it; before, puts it back.
    move(whole, staging, staging, moving);
    for (const name of names) move(name, join(staging, moving), path);
  } catch (error) {
    for (const back of undo.reverse()) back();
    throw error;
  }
}

/**
 * Takes away what writes left whose processes were killed. `replaced`: the folder whose files they were replacing, which gets either all of
 * the earlier ones or all of the new ones.
 */
function sweep(parent: string, prefix: string, replaced?: string): void {
  try {
    for (const staging of leftBehind(parent, prefix)) {
      const rest = join(staging, existsSync(join(staging, moving)) ? moving : writing);
      if (replaced !== undefined)
        for (const name of readdirSync(rest)) if (ours.test(name)) renameSync(join(rest, name), join(replaced, name));
      rmSync(staging, { recursive: true, force: true });
    }
  } catch {
    // It is another user's, or another write was faster.
  }
}

/** Takes away what has been written. Never throws: what it cannot take away has a hidden name. */
export function discard(target: Target): void {
  try {
    rmSync(target.spec.staging, { recursive: true, force: true });
    if (target.made === undefined) return;
    for (let folder = dirname(target.path); folder.length >= target.made.length; folder = dirname(folder))
      rmdirSync(folder);
  } catch {
    // Somebody else uses the folder by now.
  }
}
