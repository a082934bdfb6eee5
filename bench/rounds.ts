/** Runs the contenders of a case in turn, round after round, and checks their answers. */
import type { AnyCase, Role } from './case.js';
import type { Assignment } from './child.js';
import type { Outcome } from './fresh-process.js';

export interface ContenderResult {
  readonly name: string;
  readonly family: string;
  readonly role: Role;
  /** One for each round; fewer after a time-out, which ends a contender's part. */
  readonly outcomes: readonly Outcome[];
}

export interface CaseResult {
  readonly case: AnyCase;
  readonly size: number;
  readonly contenders: readonly ContenderResult[];
}

export interface RoundsOptions {
  readonly rounds: number;
  /** Runs one contender once. */
  run(assignment: Assignment): Promise<Outcome>;
  /** Whether a contender takes part. The plain loop always does, for its answer. */
  takesPart(contender: { readonly name: string; readonly family: string }): boolean;
  /** Before each run. */
  onRun(round: number, contender: string): void;
}

export async function runRounds(case_: AnyCase, size: number, options: RoundsOptions): Promise<CaseResult> {
  const contenders = case_.contenders
    .filter((contender) => contender.family === 'serial' || options.takesPart(contender))
    .map(({ name, family, role }) => ({ name, family, role, outcomes: [] as Outcome[] }));

  for (let round = 0; round < options.rounds; round++) {
    for (const { name, outcomes } of contenders) {
      if (outcomes.at(-1)?.kind === 'timed-out') continue;
      options.onRun(round, name);
      outcomes.push(await options.run({ caseId: case_.id, contender: name, size }));
    }
  }
  return { case: case_, size, contenders: checked(contenders) };
}

/** Turns answers other than the plain loop's (the first contender's where there is no loop) into failures. */
function checked(contenders: readonly ContenderResult[]): ContenderResult[] {
  const loopFirst = contenders.toSorted((a, b) => Number(b.role === 'serial') - Number(a.role === 'serial'));
  const right = loopFirst.flatMap(digestsOf)[0];
  return contenders.map((contender) => ({
    ...contender,
    outcomes: contender.outcomes.map((outcome) => {
      if (outcome.kind !== 'measured' || outcome.finding.digest === right) return outcome;
      return { kind: 'wrong', reason: `wrong answer: checksum ${outcome.finding.digest} instead of ${right}` };
    }),
  }));
}

const digestsOf = ({ outcomes }: ContenderResult): string[] =>
  outcomes.flatMap((outcome) => (outcome.kind === 'measured' ? [outcome.finding.digest] : []));

/** A contender's times for one metric, in ms: one for each round, `undefined` where it has none. */
export const timesOf = ({ outcomes }: ContenderResult, metric: number): (number | undefined)[] =>
  outcomes.map((outcome) => (outcome.kind === 'measured' ? outcome.finding.ms[metric] : undefined));

export const hasWrongAnswer = ({ contenders }: CaseResult): boolean =>
  contenders.some(({ outcomes }) => outcomes.some(({ kind }) => kind === 'wrong'));
