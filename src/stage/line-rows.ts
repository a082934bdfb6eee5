/** Lines of text that are sorted by themselves never become strings, from the file that they are read from to the one they are written to. */
import type { Part } from '../exchange/segment.js';
import { type Lines, openLines } from '../files/lines.js';
import type { TextTask } from '../files/task.js';
import { canStayBytes } from './held-lines.js';
import { LineMerge } from './merge-lines.js';
import { chunkOf, type RunWriter } from './runs.js';
import type { Input } from './spec.js';
import type { Surroundings } from './surroundings.js';

/** What an input reads, if its rows are lines and no more. */
export function textOf(input: Input): TextTask | undefined {
  if (input.kind !== 'file' || input.task.format !== 'text' || input.task.withPath) return undefined;
  return input.task;
}

/** All lines of a partition into sorted runs. */
export async function lineRuns(task: TextTask, writer: RunWriter, surroundings: Surroundings): Promise<void> {
  const { bytes: expected } = task;
  // How much a packed file holds is known only once it is read.
  const least = task.pieces.every(({ packing, to }) => packing === 'none' && to !== Infinity) ? expected : 0;
  const input = openLines(task);
  try {
    for (;;) {
      const next = input.next();
      const lines = next instanceof Promise ? await next : next;
      if (lines === undefined) return;
      surroundings.rowsIn += lines.count;
      if (canStayBytes(lines)) writer.addLines(lines, expected, least);
      else for (const line of strings(lines)) writer.add(line, line);
    }
  } finally {
    input.close();
  }
}

function* strings({ bytes, starts, ends, count }: Lines): Generator<string> {
  for (let i = 0; i < count; i++) yield bytes.utf8Slice(starts[i]!, ends[i]!);
}

/** The merge of sorted runs that hold lines as bytes and nothing else; of an input that is anything else `undefined`. */
export function mergedLines(input: Input, surroundings: Surroundings): LineMerge | undefined {
  if (input.kind !== 'runs' || input.sort.keyed.kind !== 'row') return undefined;
  const { parts, sort, low, high } = input;
  const bounds = [low, high].map((bound) => (typeof bound?.key === 'string' ? Buffer.from(bound.key) : undefined));
  if ((low !== undefined && bounds[0] === undefined) || (high !== undefined && bounds[1] === undefined))
    return undefined;
  const chunk = chunkOf(parts, surroundings);
  return LineMerge.of(parts as readonly Part[], {
    descending: sort.descending,
    low: bounds[0],
    high: bounds[1],
    reader: (part) => surroundings.reader(part, chunk, true),
  });
}
