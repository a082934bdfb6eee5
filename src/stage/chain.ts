/** Chains of operators: runs of those that look at one row at a time become loops, the others stand between them. */
import { after } from '../files/batches.js';
import { sameKey } from '../partition/keys.js';
import { type Batches, drainPacked, lazily, ofRows, type Rows } from './batches.js';
import { randomOf } from './draw.js';
import type { Joined, Joining } from './join.js';
import { refusePair } from './keyed.js';
import {
  type Calls,
  type Ending,
  endingOf,
  type Loop,
  type LoopMaker,
  type LoopOp,
  loopOf,
  type PausingMaker,
  pausingLoopOf,
  type Sink,
  type Summing,
} from './loop.js';
import type { Meet } from './meet.js';
import { refuseNumber, whole } from './ops.js';
import { looped, paused } from './passing.js';
import { isRowOp, mayGrow, mostInLoop } from './row-op.js';
import type { Op, RowOp, WholeOp } from './spec.js';
import type { Surroundings } from './surroundings.js';
import { within } from './where.js';

type Fn = (...args: unknown[]) => unknown;

/** Where in the data a chain is run. */
export interface At {
  readonly partition: number;
  readonly offset: number;
}

export class Chain {
  readonly #segments: readonly (WholeOp | { readonly kind: 'loop'; readonly ops: readonly RowOp[] })[];
  readonly #functions: readonly Fn[];
  readonly #leaves: boolean;
  readonly #makers = new Map<string, LoopMaker>();
  /** Loops that a join is part of, by the chain before it. */
  readonly #meetings = new Map<Chain, Map<string, LoopMaker>>();
  readonly #pausingMakers = new Map<number, PausingMaker>();

  /** @param leaves no function changes a row */
  constructor(ops: readonly Op[], functions: readonly Fn[], leaves: boolean) {
    this.#functions = functions;
    this.#leaves = leaves;
    const segments: (WholeOp | { readonly kind: 'loop'; readonly ops: RowOp[] })[] = [];
    for (const op of ops) {
      const last = segments.at(-1);
      if (!isRowOp(op)) segments.push(op);
      else if (last?.kind === 'loop' && last.ops.length < mostInLoop) last.ops.push(op);
      else segments.push({ kind: 'loop', ops: [op] });
    }
    this.#segments = segments;
  }

  get isEmpty(): boolean {
    return this.#segments.length === 0;
  }

  /** What comes out of the chain; and its last loop apart, if there is one and it gives no more rows than it gets. */
  opened(input: Batches, at: At, surroundings: Surroundings): { readonly rows: Batches; readonly opened: Opened } {
    const tail = this.#segments.at(-1);
    const isLoop = tail?.kind === 'loop' && !mayGrow(tail.ops);
    const rest = this.#some(this.#segments.length - (isLoop ? 1 : 0), input, at, surroundings);
    if (!isLoop) return { rows: rest, opened: { chain: this, rest, ops: [], calls: [] } };
    const calls = this.#calls(tail.ops, at);
    const place = this.#segments.length - 1;
    if (isJoined(rest)) {
      const rows = this.#joinedLoop(place, tail.ops, calls, rest);
      return { rows, opened: { chain: this, rest: rows, ops: [], calls: [] } };
    }
    const rows = looped(this.#maker(place, tail.ops, '', 'function'), calls, rest);
    return { rows, opened: { chain: this, rest, ops: tail.ops, calls } };
  }

  /** What comes out of the chain. */
  through(input: Batches, at: At, surroundings: Surroundings): Batches {
    return this.#some(this.#segments.length, input, at, surroundings);
  }

  /**
   * All of the chain into `sink`, which may then be inlined into its last loop.
   * @param last names whoever takes the rows, in messages
   */
  into(input: Batches, at: At, surroundings: Surroundings, last: string, sink: Sink): Feed {
    const tail = this.#segments.at(-1);
    const isLoop = tail?.kind === 'loop';
    const ops = isLoop ? tail.ops : [];
    const rest = this.#some(this.#segments.length - (isLoop ? 1 : 0), input, at, surroundings);
    return this.#feed(this.#segments.length, ops, this.#calls(ops, at), rest, last, sink);
  }

  /** Rows through a loop into `sink`; where they come of a join, in one loop with it and those before it where that can be. */
  #feed(place: number, ops: readonly RowOp[], calls: Calls, input: Batches, last: string, sink: Sink): Feed {
    let loop: Loop | undefined;
    const use = (rows: Rows): void => {
      loop ??= this.#maker(place, ops, last, endingOf(sink))(calls, sink);
      loop(rows, 0, rows.length);
    };
    if (!isJoined(input)) return { batches: input, use };
    const batches = lazily(input, () =>
      after(input.made(), (joining: Joining): Batches => {
        const { meet } = joining;
        if (meet === undefined || isTooLong(meet, ops)) return joining;
        loop = this.#meeting(place, meet, ops, last, endingOf(sink))([...meet.opened.calls, meet.call, ...calls], sink);
        return meet.opened.rest;
      }),
    );
    return { batches, use };
  }

  /** The sum of what comes out of a loop, as the only row. */
  #summed(place: number, ops: readonly RowOp[], calls: Calls, input: Batches, name: string): Batches {
    const total = new Float64Array(1);
    const sink: Summing = { of: 'sum', total, refuse: (row) => within(name, row, () => refuseNumber(row)) };
    const { batches, use } = this.#feed(place, ops, calls, input, name, sink);
    return lazily(batches, () => after(drainPacked(batches, use), () => ofRows([total[0]])));
  }

  #some(count: number, input: Batches, at: At, surroundings: Surroundings): Batches {
    let batches = input;
    for (const [i, segment] of this.#segments.entries()) {
      if (i >= count) break;
      const next = i + 1 < count ? this.#segments[i + 1] : undefined;
      if (segment.kind === 'loop') {
        // What sums rows up takes them out of the loop itself.
        if (next?.kind === 'sum') continue;
        const calls = this.#calls(segment.ops, at);
        const pausing = this.#pausing(i, segment.ops);
        if (pausing !== undefined) batches = paused(pausing, calls, batches);
        else if (isJoined(batches)) batches = this.#joinedLoop(i, segment.ops, calls, batches);
        else batches = looped(this.#maker(i, segment.ops, '', 'function'), calls, batches);
      } else if (segment.kind === 'sum') {
        const before = this.#segments[i - 1];
        const ops = before?.kind === 'loop' ? before.ops : [];
        batches = this.#summed(i, ops, this.#calls(ops, at), batches, segment.name);
      } else batches = whole(segment, batches, this.#functions, at.partition, surroundings);
    }
    return batches;
  }

  /** The operators behind a join, in one loop with it and those before it where that can be. */
  #joinedLoop(place: number, ops: readonly RowOp[], calls: Calls, input: Joined): Batches {
    return lazily(input, () =>
      after(input.made(), (joining: Joining): Batches => {
        const { meet } = joining;
        if (meet === undefined || isTooLong(meet, ops))
          return looped(this.#maker(place, ops, '', 'function'), calls, joining);
        const { opened } = meet;
        const make = this.#meeting(place, meet, ops, '', 'function');
        return looped(make, [...opened.calls, meet.call, ...calls], opened.rest);
      }),
    );
  }

  #meeting(place: number, { opened, op }: Meet, ops: readonly LoopOp[], last: string, ending: Ending): LoopMaker {
    const known = this.#meetings.get(opened.chain) ?? new Map<string, LoopMaker>();
    this.#meetings.set(opened.chain, known);
    const key = JSON.stringify([place, op, opened.ops.length, ending, last]);
    const maker = known.get(key) ?? loopOf([...opened.ops, op, ...ops], last, ending, this.#leaves);
    known.set(key, maker);
    return maker;
  }

  /** Loops are made once, so that what the engine has learned of them serves the next task. */
  #maker(place: number, ops: readonly RowOp[], last: string, ending: Ending): LoopMaker {
    const key = `${place} ${ending} ${last}`;
    const maker = this.#makers.get(key) ?? loopOf(ops, last, ending, this.#leaves);
    this.#makers.set(key, maker);
    return maker;
  }

  /** A loop that stops, where operators may make very many rows of one. */
  #pausing(place: number, ops: readonly RowOp[]): PausingMaker | undefined {
    if (!mayGrow(ops)) return undefined;
    const maker = this.#pausingMakers.get(place) ?? pausingLoopOf(ops, this.#leaves);
    if (maker !== undefined) this.#pausingMakers.set(place, maker);
    return maker;
  }

  #calls(ops: readonly RowOp[], at: At): Calls {
    return ops.map((op) => {
      if ('fn' in op) return this.#functions[op.fn]!;
      switch (op.kind) {
        case 'words':
          return words;
        case 'index': {
          let next = at.offset;
          return (row) => [row, next++];
        }
        case 'ofKey': {
          const { key } = op.key;
          return (row) => sameKey(Array.isArray(row) ? row[0] : refusePair('lookup', row), key);
        }
        case 'sample': {
          const random = randomOf(op.seed, at.partition);
          return () => random() < op.fraction;
        }
        default:
          return (row) => row;
      }
    });
  }
}

/** What a chain gives, before its last loop, and that. */
export interface Opened {
  readonly chain: Chain;
  readonly rest: Batches;
  readonly ops: readonly RowOp[];
  readonly calls: Calls;
}

/** Whether a loop would be, with a join and what comes before it. */
function isTooLong({ opened }: Meet, ops: readonly RowOp[]): boolean {
  return opened.ops.length + 1 + ops.length > mostInLoop;
}

function isJoined(input: Batches): input is Joined {
  return (input as Partial<Joined>).kind === 'join';
}

/** Batches, and what each is given to. */
export interface Feed {
  readonly batches: Batches;
  use(rows: Rows): void;
}

function words(line: unknown): string[] {
  if (typeof line !== 'string') throw new TypeError(`words() takes rows that are strings, not ${typeof line}.`);
  const found = line.split(/\s+/);
  if (found[0] === '') found.shift();
  if (found.length > 0 && found[found.length - 1] === '') found.pop();
  return found;
}
