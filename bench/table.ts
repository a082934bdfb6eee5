import type { Metric } from './case.js';
import { type Comparison, compare, type Row } from './comparison.js';
import type { CaseResult } from './rounds.js';

const NAME_WIDTH = 38;
const CELL_WIDTHS = [9, 17, 9, 13, 13, 10, 9, 8, 10];
const HEADS = [
  'median',
  'min … max',
  '÷ Sheaf',
  '÷ best pool',
  '÷ reference',
  '÷ serial',
  '÷ bound',
  'CPU s',
  'peak MiB',
];

/** The heading of the columns, once above all cases. */
export const heading = (): string => line('', HEADS);

/** A case's part of the table: for each metric a title and a line for each contender. */
export function block(result: CaseResult): string {
  const { id, title, bound, metrics } = result.case;
  const blocks = metrics.map((metric, index) => {
    const comparison = compare(result, index);
    const facts = [
      [metric.label, metric.unit].filter(Boolean).join(', '),
      comparison.bestPool && `best pool: ${comparison.bestPool}`,
      comparison.reference && `reference: ${comparison.reference}`,
      bound && `bound: ${bound.label}`,
    ];
    const lines = comparison.rows.map((row) => rowLine(`  ${row.name}`, row, metric, result.size));
    return [`${id}: ${title}`, `  [${facts.filter(Boolean).join('; ')}]`, ...lines, ''].join('\n');
  });
  return blocks.join('\n');
}

/** Sheaf's lines of all cases, close together; empty where Sheaf did not take part. */
export function summary(results: readonly CaseResult[]): string {
  const lines = results.flatMap((result) =>
    result.case.metrics.flatMap((metric, index) => sheafLines(result, metric, compare(result, index))),
  );
  return lines.length === 0 ? '' : ['Sheaf in each case', heading(), ...lines].join('\n');
}

const sheafLines = (result: CaseResult, metric: Metric, { rows }: Comparison): string[] =>
  rows
    .filter(({ role }) => role === 'sheaf')
    .map((row) => {
      const variant = row.name.replace(/^sheaf(, )?/, '');
      const name = [result.case.id, metric.label, variant].filter(Boolean).join(', ');
      return rowLine(`${name} [${metric.unit}]`, row, metric, result.size);
    });

function rowLine(name: string, row: Row, metric: Metric, size: number): string {
  const troubles = row.troubles.map((trouble) => `! ${trouble}`).join(' ');
  if (Number.isNaN(row.medianMs)) return `${name.padEnd(NAME_WIDTH)}  ${troubles}`;
  // A rate is largest where the time is smallest.
  const [low, high] = [metric.show(row.minMs, size), metric.show(row.maxMs, size)].sort((a, b) => a - b);
  const cells = [
    significant(metric.show(row.medianMs, size)),
    `${significant(low!)} … ${significant(high!)}`,
    significant(row.toSheaf),
    significant(row.toBestPool),
    significant(row.toReference),
    significant(row.toSerial),
    significant(row.toBound),
    significant(row.cpuSeconds),
    (row.peakBytes / 2 ** 20).toFixed(0),
  ];
  return `${line(name, cells)}  ${troubles}`.trimEnd();
}

const line = (name: string, cells: readonly string[]): string =>
  name.padEnd(NAME_WIDTH) + cells.map((cell, i) => cell.padStart(CELL_WIDTHS[i]!)).join('');

/** Three significant digits, without an exponent; nothing for no figure. */
export function significant(value: number): string {
  if (Number.isNaN(value)) return '';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return Number(value.toPrecision(3)).toString();
}
