/** A plan in words: its stages, what moves between them, and why. */
import { type Exchange, type Flow, readsOf } from './flow.js';
import { type Lowering, lower } from './lower.js';
import type { PlanNode, SourceNode } from './node.js';

export function explainPlan(plan: PlanNode, sources: Pick<Lowering, 'partitions' | 'bytes'>): string {
  const flow = lower(plan, {
    partitions: (source) => sources.partitions(source),
    bytes: (source) => sources.bytes(source),
    lasting: (_node, make) => make(),
  });
  const lines: string[] = [];
  const numbers = new Map<Exchange, number>();
  let stages = 0;
  const stage = (of: Flow, writes: Exchange | undefined): number => {
    const reads = [...readsOf(of)];
    for (const exchange of reads) if (!numbers.has(exchange)) numbers.set(exchange, stage(exchange.flow, exchange));
    const number = ++stages;
    lines.push(`Stage ${number}: ${countOf(of.count)}`);
    for (const line of inputsOf(of, numbers)) lines.push(`  ${line}`);
    if (writes !== undefined) lines.push(`  ${outputOf(writes)}`);
    return number;
  };
  stage(flow, undefined);
  const moved = [...numbers.keys()].filter((exchange) => exchange.output.kind !== 'rows').length;
  lines.push(moved === 0 ? 'Nothing moves between partitions.' : `${moved} ${moved === 1 ? 'exchange' : 'exchanges'}.`);
  return lines.join('\n');
}

function countOf(count: number | undefined): string {
  if (count === undefined) return 'as many partitions as its files make';
  return `${count} ${count === 1 ? 'partition' : 'partitions'}`;
}

function inputsOf(flow: Flow, numbers: ReadonlyMap<Exchange, number>): string[] {
  const { base } = flow;
  // What an operator is made of may be two steps of one name; a user's own steps have their functions.
  const ops = flow.ops
    .filter((op, i) => i === 0 || 'fn' in op || op.name !== flow.ops[i - 1]!.name)
    .map((op) => op.name);
  const through = ops.length === 0 ? [] : [`then ${ops.join(' → ')}, in one pass`];
  switch (base.kind) {
    case 'source':
      return [`reads ${sourceName(base.source)}`, ...through];
    case 'parts':
      return [`reads ${base.exchange.name} of stage ${numbers.get(base.exchange)}`, ...through];
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
      const combined = output.combine === undefined ? '' : ', combined first';
      return `exchange for ${name}: by ${how} into ${countOf(count)}${combined} (${why})`;
    }
  }
}
