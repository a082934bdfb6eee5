/** What the rounds of a case come to: medians, and ratios of times within a round. */
import { type CaseResult, type ContenderResult, timesOf } from './rounds.js';
import { median, medianRatio } from './statistics.js';

/** One contender under one metric. Times in ms; ratios are its time over the other's, so below 1 it is the faster. NaN: no such figure. */
export interface Row {
  readonly name: string;
  readonly role: ContenderResult['role'];
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly toSheaf: number;
  readonly toBestPool: number;
  readonly toReference: number;
  readonly toSerial: number;
  readonly toBound: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  /** What went wrong, and in how many rounds. */
  readonly troubles: readonly string[];
}

/** A case under one of its metrics. */
export interface Comparison {
  readonly rows: readonly Row[];
  /** The pool with the smallest median, and the first reference; `undefined` where none has an answer. */
  readonly bestPool: string | undefined;
  readonly reference: string | undefined;
}

export function compare(result: CaseResult, metric: number): Comparison {
  const times = new Map(result.contenders.map((contender) => [contender, timesOf(contender, metric)]));
  const medianOf = (contender: ContenderResult) => median(present(times.get(contender)!));
  const having = (role: string) =>
    result.contenders.filter((contender) => contender.role === role && !Number.isNaN(medianOf(contender)));

  const bestPool = having('pool').sort((a, b) => medianOf(a) - medianOf(b))[0];
  const reference = having('reference')[0];
  const sheaf = having('sheaf')[0];
  const serial = having('serial')[0];
  const { bound } = result.case;
  const boundary = bound && result.contenders.find(({ name }) => name === bound.contender);

  const ratio = (contender: ContenderResult, other: ContenderResult | undefined) =>
    other === undefined ? Number.NaN : medianRatio(times.get(contender)!, times.get(other)!);
  const rows = result.contenders.map((contender): Row => {
    const own = present(times.get(contender)!);
    const findings = contender.outcomes.flatMap((o) => (o.kind === 'measured' ? [o.finding] : []));
    return {
      name: contender.name,
      role: contender.role,
      medianMs: median(own),
      minMs: Math.min(...own),
      maxMs: Math.max(...own),
      toSheaf: ratio(contender, sheaf),
      toBestPool: ratio(contender, bestPool),
      toReference: ratio(contender, reference),
      toSerial: ratio(contender, serial),
      toBound: ratio(contender, boundary) / (bound?.factor ?? 1),
      cpuSeconds: median(findings.map(({ cpuSeconds }) => cpuSeconds)),
      peakBytes: median(findings.map(({ peakBytes }) => peakBytes)),
      troubles: troublesOf(contender),
    };
  });
  return { rows, bestPool: bestPool?.name, reference: reference?.name };
}

const present = (times: readonly (number | undefined)[]): number[] => times.filter((time) => time !== undefined);

function troublesOf({ outcomes }: ContenderResult): string[] {
  const counts = new Map<string, number>();
  for (const outcome of outcomes) {
    const trouble = outcome.kind === 'measured' ? outcome.afterwards : outcome.reason;
    if (trouble !== undefined) counts.set(trouble, (counts.get(trouble) ?? 0) + 1);
  }
  return [...counts].map(([trouble, count]) => (count === 1 ? trouble : `${trouble} (${count} times)`));
}
