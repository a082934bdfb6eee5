import { checkNumber, checkOptionsObject, show } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { type FileSource, textSource } from '../files/source.js';
import { checkCount } from '../partition/partitioner.js';
import { node, type SourceNode } from '../plan/node.js';
import { Dataset } from './dataset.js';

/** Options that every source takes. */
export interface SourceOptions {
  /** Partitions. Default: a few for each worker, as the data has it. */
  readonly partitions?: number | undefined;
  /** Where the dataset's actions run. Default: this machine's cores, or what SHEAF_ENGINE says. */
  readonly engine?: Engine | undefined;
}

/** Options of {@link text}. */
export interface TextOptions extends SourceOptions {
  /** Rows are `[path, line]`. Default false. */
  readonly withPath?: boolean | undefined;
}

export function of<T>(items: Iterable<T>, options: SourceOptions = {}): Dataset<T> {
  if (items === null || items === undefined || typeof items[Symbol.iterator] !== 'function')
    throw new TypeError(`Dataset.of takes an array or another iterable, not ${show(items)}.`);
  const { partitions } = checkSourceOptions('of', options);
  return dataset(node({ kind: 'items', items: [...items], partitions }), options);
}

export function range(start: number, end: number, step = 1, options: SourceOptions = {}): Dataset<number> {
  for (const [name, value] of Object.entries({ start, end, step })) {
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw new TypeError(`Dataset.range: ${name} must be a finite number, not ${show(value)}.`);
  }
  if (step === 0) throw new RangeError('Dataset.range: step must not be 0.');
  checkNumber('Dataset.range: step', Math.abs(step), 0, false);
  const { partitions } = checkSourceOptions('range', options);
  const rows = Math.max(0, Math.ceil((end - start) / step));
  return dataset(node({ kind: 'range', start, step, rows, partitions }), options);
}

export function text(globs: string | readonly string[], options?: TextOptions & { withPath?: false }): Dataset<string>;
export function text(
  globs: string | readonly string[],
  options: TextOptions & { withPath: true },
): Dataset<[string, string]>;
export function text(globs: string | readonly string[], options: TextOptions = {}): Dataset<never> {
  const { withPath = false } = checkSourceOptions('text', options, ['withPath']);
  return files(textSource(globs, { withPath }), `lines of ${[globs].flat().join(', ')}`, options);
}

function files<T>(source: FileSource, title: string, options: SourceOptions): Dataset<T> {
  const { partitions } = options;
  return dataset(node({ kind: 'files', source, partitions, onBadRow: undefined, title }), options);
}

function dataset<T>(plan: SourceNode, { engine }: SourceOptions): Dataset<T> {
  return new Dataset<T>({ plan, engine });
}

function checkSourceOptions<O extends SourceOptions>(source: string, options: O, more: readonly string[] = []): O {
  checkOptionsObject(`Dataset.${source}: options`, options);
  const { partitions, engine } = options;
  if (partitions !== undefined) checkCount(`Dataset.${source}: partitions`, partitions);
  if (engine !== undefined && typeof engine.submit !== 'function')
    throw new TypeError(`Dataset.${source}: engine must be an engine, as local() makes one, not ${show(engine)}.`);
  const known = ['partitions', 'engine', ...more];
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new TypeError(`Dataset.${source} has no option ${unknown}. There is: ${known.join(', ')}.`);
  return options;
}
