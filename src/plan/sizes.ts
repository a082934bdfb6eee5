/** How large flows are, as far as their sources tell, and what joins make of it. */
import type { JoinKind } from '../stage/spec.js';
import type { Exchange, Flow } from './flow.js';
import type { Lowering } from './lower.js';
import type { PlanNode } from './node.js';
import { flowOf, shallow } from './passes.js';

/** Up to here a side is small: a table of it is made for each partition of the other. */
const smallBytes = 4 << 20;
/** Below this nothing is gained: moving so little takes no time. */
const largeBytes = 8 << 20;
/** Reading the small side for each partition has to take so many times less than moving the other. */
const clearly = 4;
/** Partitions where their number is not known yet. */
const usualPartitions = 16;

/** The side of a join that each partition of the other may read whole, if there is one. */
export function smallSide(how: JoinKind, left: Flow, right: Flow, lowering: Lowering): Flow | undefined {
  // A row of the small side that none meets is known only where all rows of its key are.
  if ((how === 'inner' || how === 'left') && isSmallBeside(right, left, lowering)) return right;
  if ((how === 'inner' || how === 'right') && isSmallBeside(left, right, lowering)) return left;
  return undefined;
}

/** A join for which no row of the large side moves: each of its partitions reads all of the small one. */
export function besideSmall({ how, name }: PlanNode & { kind: 'join' }, left: Flow, right: Flow, small: Flow): Flow {
  const large = shallow(small === left ? right : left);
  const whole = flowOf(
    { kind: 'whole', flow: read(`${name} (${small === left ? 'left' : 'right'})`, small) },
    large.count,
  );
  const sides: [Flow, Flow] = small === left ? [whole, large] : [large, whole];
  return { ...flowOf({ kind: 'join', how, sides }, large.count), placed: large.placed };
}

/** The small side, made once however many read it. */
function read(name: string, small: Flow): Flow {
  if (small.ops.length === 0 && small.base.kind === 'parts') return small;
  const why = 'each partition of the other side reads all of it';
  const exchange: Exchange = { name, why, flow: small, output: { kind: 'rows' }, count: small.count };
  return flowOf({ kind: 'parts', exchange }, small.count);
}

function isSmallBeside(small: Flow, large: Flow, lowering: Lowering): boolean {
  // What lies as it should does not move anyway.
  if (large.placed !== undefined) return false;
  const [few, many] = [bytesOf(small, lowering), bytesOf(large, lowering)];
  if (few === undefined || many === undefined || few > smallBytes || many < largeBytes) return false;
  return few * clearly * (large.count ?? usualPartitions) <= many;
}

/** About how many bytes the rows of a flow are: those of its source, as long as operators make a row of each, or fewer rows. */
function bytesOf(flow: Flow, lowering: Lowering): number | undefined {
  for (let at = flow; at.ops.every(({ kind }) => keepSize.has(kind)); ) {
    const { base } = at;
    if (base.kind === 'source') return lowering.bytes(base.source);
    if (base.kind !== 'parts' || base.exchange.output.kind !== 'rows') return undefined;
    at = base.exchange.flow;
  }
  return undefined;
}

const keepSize: ReadonlySet<string> = new Set([
  'map',
  'filter',
  'keyBy',
  'mapValues',
  'keys',
  'values',
  'ofKey',
  'sample',
  'index',
]);
