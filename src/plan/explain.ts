/** A plan in words: its stages, what moves between them, and why. */
import { type Exchange, type Flow, readsOf } from './flow.js';
import { type Lowering, lower } from './lower.js';
import type { PlanNode, SourceNode } from './node.js';

export interface Explaining extends Lowering {
  /** An action before has made all of it, and it is only read. */
  isKept(exchange: Exchange): boolean;
  /** collect() sorts it itself, if every key is plain. */
  sortsHere(flow: Flow): boolean;
}

export function explainPlan(plan: PlanNode, explaining: Explaining): string {
  const last: Stage = { of: lower(plan, explaining), writes: undefined };
  const lines: string[] = [];
  const numbers = new Map<Exchange, number | 'kept'>();
  let stages = 0;
  // A stage is told after those that it reads; stages may be thousands, one behind the other.
  const waiting = [last];
  for (let stage = waiting.at(-1); stage !== undefined; stage = waiting.at(-1)) {
    const { of, writes } = stage;
    const missing = [...readsOf(of)].filter((exchange) => !numbers.has(exchange));
    for (const exchange of missing.reverse()) {
      if (explaining.isKept(exchange)) numbers.set(exchange, 'kept');
      else waiting.push({ of: exchange.flow, writes: exchange });
    }
    if (waiting.at(-1) !== stage) continue;
    waiting.pop();
    if (writes !== undefined && numbers.has(writes)) continue;
    const number = ++stages;
    lines.push(`Stage ${number}: ${countOf(of.count)}`);
    for (const line of inputsOf(of, numbers)) lines.push(`  ${line}`);
    if (writes === undefined) continue;
    lines.push(`  ${outputOf(writes)}`);
    numbers.set(writes, number);
  }
  const moved = [...numbers.keys()].filter(({ output }) => output.kind !== 'rows').length;
  lines.push(moved === 0 ? 'Nothing moves between partitions.' : `${moved} ${moved === 1 ? 'exchange' : 'exchanges'}.`);
  if (explaining.sortsHere(last.of))
    lines.push(
      'collect() sorts copies of the rows itself where every key is plain: sending them would take longer than sorting.',
    );
  return lines.join('\n');
}

interface Stage {
  readonly of: Flow;
  readonly writes: Exchange | undefined;
}

/** Which stage it is, by number. */
type Numbers = ReadonlyMap<Exchange, number | 'kept'>;

function countOf(count: number | undefined): string {
  if (count === undefined) return 'as many partitions as its files make';
  return `${count} ${count === 1 ? 'partition' : 'partitions'}`;
}

function inputsOf(flow: Flow, numbers: Numbers): string[] {
  const { base } = flow;
  // What an operator is made of may be two steps of one name; a user's own steps have their functions.
  const ops = flow.ops
    .filter((op, i) => i === 0 || 'fn' in op || op.name !== flow.ops[i - 1]!.name)
    .map((op) => op.name);
  const through = ops.length === 0 ? [] : [`then ${ops.join(' → ')}, in one pass`];
  switch (base.kind) {
    case 'source':
      return [`reads ${sourceName(base.source)}`, ...through];
    case 'parts': {
      const number = numbers.get(base.exchange);
      const read = number === 'kept' ? keptBy(base.exchange) : `${base.exchange.name} of stage ${number}`;
      return [`reads ${read}`, ...through];
    }
    case 'runs':
      return [
        `merges the sorted runs of ${base.of === 'task' ? 'each task of ' : ''}stage ${numbers.get(base.exchange)}`,
        ...through,
      ];
    case 'union':
      return [`one after the other:`, ...base.flows.flatMap((one) => indented(inputsOf(one, numbers))), ...through];
    case 'coalesce':
      return ['neighbouring partitions together:', ...indented(inputsOf(base.flow, numbers)), ...through];
    case 'whole':
      return [
        'all of it for each partition, since it is small:',
        ...indented(inputsOf(base.flow, numbers)),
        ...through,
      ];
    case 'join':
      return [
        `${base.how} of both sides, key by key, where they lie:`,
        ...base.sides.flatMap((side) => indented(inputsOf(side, numbers))),
        ...through,
      ];
    case 'cross':
      return [
        'every row with every row of:',
        ...base.sides.flatMap((side) => indented(inputsOf(side, numbers))),
        ...through,
      ];
  }
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

function sourceName(source: SourceNode): string {
  switch (source.kind) {
    case 'items':
      return `${source.items.length} rows of the program`;
    case 'range':
      return `a range of ${source.rows} numbers`;
    case 'files':
      return source.title;
  }
}

function keptBy({ lasting }: Exchange): string {
  return typeof lasting === 'object' ? `what the checkpoint in ${lasting.dir} has` : 'what cache() has kept';
}

function outputOf(exchange: Exchange): string {
  const { name, why, output, count } = exchange;
  switch (output.kind) {
    case 'rows':
      return `keeps its rows for ${name}: ${why}`;
    case 'runs':
      return `exchange for ${name}: sorted runs, split by range into ${countOf(count)} (${why})`;
    case 'ranges':
      return `exchange for ${name}: by range into ${countOf(count)} (${why})`;
    case 'buckets': {
      const how = output.to.kind === 'custom' ? 'a partitioner of your own' : output.to.kind;
      const combined =
        output.combine === undefined ? '' : `, combined first${output.words === undefined ? '' : ' as bytes'}`;
      return `exchange for ${name}: by ${how} into ${countOf(count)}${combined} (${why})`;
    }
  }
}
