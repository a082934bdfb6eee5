/** Time for an item at growing numbers of them: a table for each metric, one row for a contender, one column for a size. */
import type { AnyCase } from './case.js';
import { type CaseResult, type RoundsOptions, runRounds, timesOf } from './rounds.js';
import { median, medianRatio } from './statistics.js';
import { significant } from './table.js';

const NAME_WIDTH = 34;
const CELL_WIDTH = 13;

/** @returns A result for each size, in their order. */
export async function runSizes(
  case_: AnyCase,
  sizes: readonly number[],
  options: RoundsOptions,
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const size of sizes) results.push(await runRounds(case_, size, options));
  return results;
}

/** @param bySize What `runSizes` returned. */
export function growthBlock(bySize: readonly CaseResult[]): string {
  const [first] = bySize;
  if (first === undefined) return '';
  const heads = [...bySize.map(({ size }) => size.toLocaleString('en')), 'last ÷ first'];
  const tables = first.case.metrics.map((metric, at) => {
    const rows = first.contenders.map((contender, index) => {
      const times = bySize.map(({ contenders }) => timesOf(contenders[index]!, at));
      const cells = times.map((rounds, i) => {
        const shown = metric.show(median(rounds.filter((time) => time !== undefined)), bySize[i]!.size);
        return significant(shown) || 'none';
      });
      const sizesRatio = first.size / bySize.at(-1)!.size;
      return line(`  ${contender.name}`, [...cells, significant(medianRatio(times.at(-1)!, times[0]!) * sizesRatio)]);
    });
    const unit = [metric.label, metric.unit].filter(Boolean).join(', ');
    return [`${first.case.id}: ${first.case.title} [${unit}]`, line('', heads), ...rows];
  });
  const memory = first.contenders.map(({ name }, index) => {
    const peaks = bySize.map(({ contenders }) => peakOf(contenders[index]!));
    return line(`  ${name}, peak MiB`, [...peaks.map((peak) => significant(Math.round(peak / 2 ** 20)) || 'none'), '']);
  });
  return [...tables.flat(), ...memory, ''].join('\n');
}

const peakOf = ({ outcomes }: CaseResult['contenders'][number]): number =>
  median(outcomes.flatMap((outcome) => (outcome.kind === 'measured' ? [outcome.finding.peakBytes] : [])));

const line = (name: string, cells: readonly string[]): string =>
  name.padEnd(NAME_WIDTH) + cells.map((cell) => cell.padStart(CELL_WIDTH)).join('');
