/**
 * What a stage is, as its tasks know it: plain data that travels to workers once (`StageSpec`) and with each task (`TaskSpec`). A task
 * makes one partition: it opens a tree of inputs, passes the rows through chains of operators, and puts them into an output.
 */

import type { Block } from '../codec/block.js';
import type { PackedParts } from '../exchange/packed.js';
import type { Part, Segment } from '../exchange/segment.js';
import type { CsvScan, CsvScanTask } from '../files/csv/scan.js';
import type { SinkSpec, WrittenFile } from '../files/sink-spec.js';
import type { FileTask } from '../files/task.js';
import type { PortableFunction } from '../function/portable.js';
import type { Splitting } from '../function/splits.js';

/** What all tasks of a stage have in common. Functions are named by their place in `functions`. */
export interface StageSpec {
  readonly name: string;
  readonly functions: readonly PortableFunction[];
  /** Functions keep something: they begin anew with each task, so that what they give does not depend on who ran which. */
  readonly fresh: boolean;
  /** No function changes a row, for sure: rows may be the next task's, too, and be made again where one is to be shown. */
  readonly leaves: boolean;
  readonly chains: readonly (readonly Op[])[];
  readonly output: Output;
  readonly store: Store;
}

/** Tasks that only look at something, each a row of data that gives data. */
export interface LookSpec {
  readonly name: string;
  readonly look: 'csv';
}

/** The row of such a task, which has a place among others, and what it gives. */
export interface Look {
  readonly place: number;
  readonly task: CsvScanTask;
}
export interface Looked {
  readonly place: number;
  readonly seen: CsvScan;
}

/** How a task may use memory and disk. */
export interface Store {
  /** Where scratch files go; made when it is needed. Absent where workers share no folder: each task has one of its own then. */
  readonly scratch: string | undefined;
  /** Bytes of encoded rows that an operator works on at once in memory; more are worked on in parts, by way of files. */
  readonly work: number;
  /** Encoded bytes of cached rows that a worker keeps decoded. */
  readonly keep: number;
  /** Blocks are to be in shared memory. */
  readonly shared: boolean;
}

/** The row of a task. */
export interface TaskSpec {
  readonly partition: number;
  readonly tree: Tree;
  /** Bytes of output that may stay in memory. */
  readonly room: number;
  /** Names this try's files. */
  readonly attempt: string;
  /** A name under which it may leave its rows in a store of the engine's. */
  readonly object?: string | undefined;
}

/** Where rows come from: an input, and the chain of operators that they pass. */
export interface Tree {
  readonly chain: number;
  /** The partition, as the operators of the chain count. */
  readonly partition: number;
  /** Place of the first row among all rows, for the operator `index`. */
  readonly offset?: number;
  readonly from: Input;
}

export type Input =
  /** Rows as one frame. */
  | { readonly kind: 'frames'; readonly frames: readonly Uint8Array[] }
  /** `start + i * step`, for `count` whole numbers from `from` on. */
  | {
      readonly kind: 'range';
      readonly start: number;
      readonly step: number;
      readonly from: number;
      readonly count: number;
    }
  | { readonly kind: 'file'; readonly task: FileTask; readonly onBadRow: number | undefined }
  /** What was exchanged, the rows of one task of the stage before after those of another. `keep`: a name to keep the decoded rows under. */
  | { readonly kind: 'parts'; readonly parts: readonly Part[]; readonly keep?: string }
  /** The same, of very many tasks, as it travels. */
  | { readonly kind: 'packed'; readonly packed: PackedParts; readonly keep?: string }
  /** Sorted runs, merged; only keys from `low` up to before `high`. */
  | {
      readonly kind: 'runs';
      readonly parts: readonly Part[];
      readonly sort: SortSpec;
      readonly low?: Bound;
      readonly high?: Bound;
    }
  /** One after the other. */
  | { readonly kind: 'concat'; readonly trees: readonly Tree[] }
  | { readonly kind: 'join'; readonly how: JoinKind; readonly sides: readonly [Tree, Tree] }
  | { readonly kind: 'cross'; readonly sides: readonly [Tree, Tree] };

/** A key; boxed, since `undefined` is one. */
export interface Bound {
  readonly key: unknown;
}

export type JoinKind = 'inner' | 'left' | 'right' | 'full' | 'cogroup' | 'intersection' | 'subtract';

/** What a key of a row is. `F` is how functions are referred to: in a task by their place, in a plan by themselves. */
export type Keyed<F = number> =
  /** The first of a pair. */
  | { readonly kind: 'first' }
  /** The row itself. */
  | { readonly kind: 'row' }
  /** What a function gives. */
  | { readonly kind: 'fn'; readonly fn: F }
  /** What a function gives of the first of a pair. */
  | { readonly kind: 'fnOfFirst'; readonly fn: F };

export interface SortSpec<F = number> {
  /** The operator, for messages. */
  readonly name: string;
  readonly keyed: Keyed<F>;
  readonly descending: boolean;
}

/** How values become one. The state of `reduce` is a value. */
export type Aggregate<F = number> =
  | { readonly kind: 'reduce'; readonly fn: F }
  | { readonly kind: 'aggregate'; readonly zero: Uint8Array; readonly add: F; readonly merge: F }
  | { readonly kind: 'count' }
  /** Only that the key was there. */
  | { readonly kind: 'presence' };

/** An operator. Those that look at one row at a time are run as one loop; the others take all rows of a partition. */
export type Op<F = number> = RowOp<F> | WholeOp<F>;

export type RowOp<F = number> =
  | {
      readonly kind: 'map' | 'filter' | 'flatMap' | 'keyBy' | 'mapValues' | 'flatMapValues';
      readonly name: string;
      readonly fn: F;
    }
  | { readonly kind: 'keys' | 'values' | 'words' | 'index'; readonly name: string }
  /** Pairs of one key. */
  | { readonly kind: 'ofKey'; readonly name: string; readonly key: Bound }
  | { readonly kind: 'sample'; readonly name: string; readonly fraction: number; readonly seed: number };

export type WholeOp<F = number> =
  | { readonly kind: 'mapPartitions'; readonly name: string; readonly fn: F }
  /** Values of each key become one. `states`: they are states already. */
  | { readonly kind: 'combine'; readonly name: string; readonly by: Aggregate<F>; readonly states: boolean }
  | { readonly kind: 'group'; readonly name: string }
  | { readonly kind: 'distinct'; readonly name: string }
  | { readonly kind: 'sort'; readonly name: string; readonly sort: SortSpec<F> }
  /** All rows become one, or none. */
  | { readonly kind: 'fold'; readonly name: string; readonly by: Aggregate<F>; readonly states: boolean }
  | { readonly kind: 'limit'; readonly name: string; readonly rows: number }
  /** The rows with the largest keys, largest first, or with the smallest. */
  | {
      readonly kind: 'top';
      readonly name: string;
      readonly rows: number;
      readonly keyed: Keyed<F>;
      readonly largest: boolean;
    }
  /** Rows drawn at random: pairs of a random number and the row. */
  | { readonly kind: 'draw'; readonly name: string; readonly rows: number; readonly seed: number }
  | { readonly kind: 'stats'; readonly name: string }
  | { readonly kind: 'sum'; readonly name: string }
  | { readonly kind: 'histogram'; readonly name: string; readonly edges: readonly number[] }
  | { readonly kind: 'forEach'; readonly name: string; readonly fn: F };

export type Output<F = number> =
  /** Rows as they are, in one output partition. */
  | { readonly kind: 'rows' }
  /** Each row to the partition of its key. */
  | {
      readonly kind: 'buckets';
      readonly name: string;
      readonly to: Scatter<F>;
      readonly keyed: Keyed<F>;
      readonly combine: Aggregate<F> | undefined;
      /** Rows are pairs that nobody else has: arrays of two and no more. */
      readonly pairs?: boolean;
      /** Rows are words of lines of text, which need not become strings. */
      readonly words?: WordCounting | undefined;
    }
  /** Sorted runs, and the first key of each frame. */
  | { readonly kind: 'runs'; readonly sort: SortSpec<F> }
  | { readonly kind: 'write'; readonly sink: SinkSpec };

/** Words, each with the same value. */
export interface WordCounting {
  readonly value: number | undefined;
  /** Values are summed up: so many times this number. */
  readonly sum: number | undefined;
  /** How lines become words; `undefined` for `words()`, which asks nothing of what the program may have changed. */
  readonly split: Splitting | undefined;
}

/** Which partition a key belongs to. */
export type Scatter<F = number> =
  | { readonly kind: 'hash'; readonly count: number }
  | {
      readonly kind: 'range';
      readonly count: number;
      readonly bounds: readonly unknown[];
      readonly by: F | undefined;
      /** The last range first. */
      readonly reversed?: boolean;
    }
  | { readonly kind: 'round-robin'; readonly count: number }
  | { readonly kind: 'custom'; readonly count: number; readonly partitionOf: F };

/** How a task ended that did not die. */
export type TaskResult =
  | {
      readonly kind: 'done';
      readonly partition: number;
      readonly segment: Segment;
      /** Of sorted runs: where each frame is and the first key in it. */
      readonly frames?: readonly FrameEntry[];
      readonly written?: WrittenFile;
      /** Of the task. */
      readonly attempt: string;
      /** The worker's number. */
      readonly worker: number;
      /** Rows that it read. */
      readonly rowsIn: number;
      /** Bytes that it put into files, since memory was full. */
      readonly spilled: number;
    }
  | {
      readonly kind: 'lost';
      readonly partition: number;
      readonly exchange: number;
      readonly from: number;
      readonly reason: string;
    }
  | {
      readonly kind: 'failed';
      readonly partition: number;
      /** Which try of the task it was, from 1, and the number of its worker. */
      readonly attempt: number;
      readonly worker: number;
      readonly op: string;
      readonly item: string;
      readonly thrown: Block;
    };

export interface FrameEntry {
  /** A run is sorted; the frames of one follow each other. */
  readonly run: number;
  readonly first: Bound;
  readonly last: Bound;
  /** Some of its keys, as far apart from each other as in all frames of the run, and for how many rows each stands. */
  readonly sample: readonly unknown[];
  readonly weight: number;
  readonly rows: number;
  readonly offset: number;
  readonly length: number;
}
