/** The benchmark: measures what the arguments ask for, prints one table, and fails if an answer was wrong. */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { type AnyCase, WORKERS } from './case.js';
import { choices, comparisons, growths } from './cases.js';
import { runOnce } from './fresh-process.js';
import { growthBlock, runSizes } from './growth.js';
import { HELP, matching, type Options, parseOptions, UsageError } from './options.js';
import { describeEnvironment, environment, report } from './report.js';
import { type CaseResult, hasWrongAnswer, type RoundsOptions, runRounds } from './rounds.js';
import { block, heading, summary } from './table.js';
import type { GrowthCase } from './workloads/growth.js';

// The exit handler ends the process that is measuring at the time.
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));

/** This file runs from build/bench. */
const root = new URL('../../', import.meta.url);

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) console.log(HELP);
  else if (options.list) console.log(listing());
  else process.exitCode = await measure(options);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}

/** @returns The exit code. */
async function measure(options: Options): Promise<number> {
  const isGrowth = (word: string) => word.toLowerCase().startsWith('growth');
  const growthWords = options.words.filter(isGrowth);
  const otherWords = options.words.filter((word) => !isGrowth(word));
  const growing =
    growthWords.length > 0
      ? matching(
          growths.map((growth) => ({ id: growth.case.id, growth })),
          growthWords,
        )
      : [];
  const growthCases = growing.map(({ growth }) => growth);
  const cases = casesOf(otherWords, growthWords.length > 0);
  refuseUnknownContenders([...cases, ...growthCases.map((growth) => growth.case)], options.contenders);

  const measuredOn = environment(root);
  console.log(`${describeEnvironment(measuredOn)}\n`);
  if (availableParallelism() !== WORKERS) {
    console.log(
      `Each pool has ${WORKERS} workers, whatever the number of cores: ratios are those of ${WORKERS} cores.\n`,
    );
  }
  const begun = performance.now();
  const results = [...(await runComparisons(cases, options)), ...(await runGrowths(growthCases, options))];
  console.log(`\nDone in ${((performance.now() - begun) / 60_000).toFixed(1)} minutes.`);
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify(report(measuredOn, results), null, 2)}\n`);
  }

  const wrong = new Set(results.filter(hasWrongAnswer).map((result) => result.case.id));
  if (wrong.size === 0) return 0;
  console.error(`Wrong answers in ${[...wrong].join(', ')}.`);
  return 1;
}

/** Without a word all comparisons, unless something else was asked for. */
function casesOf(words: readonly string[], onlyWords: boolean): AnyCase[] {
  if (words.length > 0) return matching([...comparisons, ...choices], words);
  return onlyWords ? [] : [...comparisons];
}

async function runComparisons(cases: readonly AnyCase[], options: Options): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  if (cases.length > 0) console.log(`${heading()}\n`);
  for (const case_ of cases) {
    const size = options.quick ? case_.size.quick : case_.size.full;
    const result = await runRounds(case_, size, roundsOptions(case_, options, options.contenders));
    console.log(block(result));
    results.push(result);
  }
  if (cases.length > 1) console.log(summary(results));
  return results;
}

async function runGrowths(cases: readonly GrowthCase[], options: Options): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  // Other libraries take minutes for a million items, and some have no end in sight.
  const contenders = options.contenders.length > 0 ? options.contenders : ['sheaf'];
  for (const { case: case_, sizes: all } of cases) {
    const sizes = (options.quick ? all.quick : all.full).filter((size) => size <= options.largest);
    const bySize = await runSizes(case_, sizes, roundsOptions(case_, options, contenders));
    console.log(growthBlock(bySize));
    results.push(...bySize);
  }
  return results;
}

function roundsOptions(case_: AnyCase, options: Options, contenders: readonly string[]): RoundsOptions {
  return {
    rounds: options.rounds,
    run: (assignment) => runOnce(assignment, options.timeoutMs),
    takesPart: ({ name, family }) =>
      contenders.length === 0 || contenders.includes(family) || contenders.includes(name),
    onRun: (round, contender) => showProgress(`${case_.id}, round ${round + 1} of ${options.rounds}: ${contender}`),
  };
}

/** On a terminal, the line that says what runs; the next output overwrites it. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\x1b[2K${text}\r`);
}

function refuseUnknownContenders(cases: readonly AnyCase[], names: readonly string[]): void {
  const known = new Set(cases.flatMap(({ contenders }) => contenders.flatMap(({ name, family }) => [family, name])));
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new UsageError(`No contender is called ${unknown.join(', ')}. There are: ${[...known].join(' · ')}.`);
  }
}

function listing(): string {
  const lines = [...comparisons, ...choices, ...growths.map((growth) => growth.case)].map(
    ({ id, title, contenders }) => `${id}: ${title}\n    ${contenders.map(({ name }) => name).join(' · ')}`,
  );
  return lines.join('\n');
}
