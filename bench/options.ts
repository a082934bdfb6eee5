import { parseArgs } from 'node:util';

export interface Options {
  /** Workloads or cases by the beginnings of their names; none for all. */
  readonly words: readonly string[];
  readonly rounds: number;
  /** Libraries or contenders by name; none for all. */
  readonly contenders: readonly string[];
  readonly quick: boolean;
  /** Growth is measured up to here. */
  readonly largest: number;
  /** Where the figures go as JSON. */
  readonly json: string | undefined;
  readonly timeoutMs: number;
  readonly list: boolean;
  readonly help: boolean;
}

const DEFAULT_ROUNDS = 5;
const DEFAULT_TIMEOUT_S = 120;

export const HELP = `Measures Sheaf beside other worker pools, a hand-written one, and the plain loop.

  npm run bench                          all workloads, ${DEFAULT_ROUNDS} rounds
  npm run bench -- W1 W3                 these workloads only
  npm run bench -- W1-map                one case of a workload
  npm run bench -- choosing              allocations, partitioners, exchanges, isolations beside each other
  npm run bench -- events                what events cost with nobody listening
  npm run bench -- ray                   the engine for Ray, beside plain Ray
  npm run bench -- growth                time for an item, for 1,000 to 1,000,000 items waiting; time for a row of datasets,
                                         for 100,000 to 30,000,000 rows (growth-dataset: these only)

  --rounds N           rounds in turn (${DEFAULT_ROUNDS})
  --contenders A,B     only these, by library or by name: sheaf,piscina,raw …
                       (the plain loop always runs, for its answer; growth measures Sheaf alone unless told)
  --quick              little work: for trying, not for figures
  --largest N          growth only up to this size
  --json FILE          all figures, those of every round too
  --timeout S          bound for one run of one contender (${DEFAULT_TIMEOUT_S})
  --list               the cases and their contenders
  --help               this

Each contender runs each case in a process of its own, in turn, round after round. Columns: the median over the
rounds, the smallest and the largest; then the contender's time over the time of Sheaf, of the best pool, of the
reference, of the plain loop and of the case's bound (below 1 it is faster), each the median of the ratios within
a round; CPU seconds of the run and the peak memory of the process and its children. A contender that crashes or
does not answer is reported; a wrong answer makes the whole run fail.`;

/** The arguments cannot be understood; the message is for who typed them. */
export class UsageError extends Error {}

/** @throws UsageError */
export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = parse(args);
  return {
    words: positionals,
    rounds: positiveInteger('--rounds', values.rounds),
    contenders: (values.contenders ?? []).flatMap((list) => list.split(',')).filter((name) => name !== ''),
    quick: values.quick,
    largest: values.largest === undefined ? Number.POSITIVE_INFINITY : positiveInteger('--largest', values.largest),
    json: values.json,
    timeoutMs: positiveInteger('--timeout', values.timeout) * 1000,
    list: values.list,
    help: values.help,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        rounds: { type: 'string', default: String(DEFAULT_ROUNDS) },
        contenders: { type: 'string', multiple: true },
        quick: { type: 'boolean', default: false },
        largest: { type: 'string' },
        json: { type: 'string' },
        timeout: { type: 'string', default: String(DEFAULT_TIMEOUT_S) },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    // parseArgs says in its messages which argument it means.
    throw new UsageError((error as Error).message);
  }
}

function positiveInteger(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new UsageError(`${option} takes a whole number from 1, not ${JSON.stringify(text)}.`);
  }
  return value;
}

/** What has one of the words as its name, or begins with it: `W3` is `W3-64-asc` too, but `W3-6` is not. */
export function matching<T extends { readonly id: string }>(all: readonly T[], words: readonly string[]): T[] {
  if (words.length === 0) return [...all];
  const matches = (id: string, word: string) => `${id}-`.toLowerCase().startsWith(`${word}-`.toLowerCase());
  const unknown = words.filter((word) => !all.some(({ id }) => matches(id, word)));
  if (unknown.length > 0) {
    throw new UsageError(
      `No case begins with ${unknown.join(', ')}. There are: ${all.map(({ id }) => id).join(', ')}.`,
    );
  }
  return all.filter(({ id }) => words.some((word) => matches(id, word)));
}
