#!/usr/bin/env node
/** Entry of the command line: what there is to say, and who does it. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { exitCodes, UsageError } from './exit.js';
import { version } from './version.js';

const program = new Command('sheaf')
  .description(
    'Parallel and distributed computing for TypeScript: one function over every core, the same script on a cluster.',
  )
  .version(version(), '-V, --version', 'Print the version')
  .helpOption('-h, --help', 'Print this help; after a command, its own')
  .helpCommand('help [command]', 'Print the help of a command')
  .enablePositionalOptions()
  .exitOverride()
  .configureHelp({ showGlobalOptions: false })
  .showSuggestionAfterError()
  // As everything else that it says of itself.
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'sheaf: ')) })
  .addHelpText(
    'after',
    `
Examples:
  $ sheaf run sort.ts data/                  run a script, TypeScript as it stands
  $ sheaf run --progress --workers 4 sort.ts with bars, on four workers
  $ sheaf run --dashboard sort.ts            with a page that shows what goes on
  $ sheaf run --events run.jsonl sort.ts     with a log, to be looked at afterwards:
  $ sheaf dashboard run.jsonl
  $ sheaf doctor                             what works here, and what mends what does not

Exit codes: 0 done · 1 a check or a log is not well · 2 wrong usage, nothing has run · 130 interrupted ·
sheaf run: otherwise the script's own, and 128 + n if signal n ended it.`,
  );

program
  .command('run')
  .description("Run a script. Options for Sheaf come before the script, what comes after it is the script's.")
  .argument('<script>', 'a JavaScript or TypeScript file')
  .argument('[args...]', 'what the script finds in process.argv')
  .passThroughOptions()
  .addOption(
    new Option('-e, --engine <engine>', 'where work runs: local, inline, ray or ray:<address>').argParser(engine),
  )
  .option('-w, --workers <n>', 'workers, at most (default: the cores there are)', workers)
  .addOption(new Option('-i, --isolation <kind>', 'what workers are (default: thread)').choices(['thread', 'process']))
  .option('-m, --memory <size>', 'memory for rows before they go to files: 512MB, 2GiB', memory)
  .option('-p, --progress', 'show jobs and stages on standard error')
  .option('-d, --dashboard', 'serve a page that shows what goes on, on this machine only; its address is printed')
  .option('--port <n>', 'the port of that page (default: a free one)', port)
  .option('--events <file>', 'write a log of all events, as JSON Lines')
  .addHelpText(
    'after',
    `
These are defaults for the engines that the script makes: what it says itself goes before them.

An interrupt (Ctrl-C) cancels what runs, and the script sees a CancelledError; a second one ends it at once.

TypeScript is run by Node where it can (22.18 and later), else through tsx, if the project has it.

Under plain node, the variables SHEAF_ENGINE, SHEAF_WORKERS, SHEAF_ISOLATION, SHEAF_MEMORY, SHEAF_EVENTS,
SHEAF_PROGRESS=1 and SHEAF_DASHBOARD=1 do the same; SHEAF_SCRATCH names the folder for what is past memory.

Examples:
  $ sheaf run --progress sort.ts data/     the script gets data/
  $ sheaf run -w 4 -m 512MB sort.ts        on four workers, in 512 MB
  $ sheaf run -e inline sort.ts            on the calling thread, for a debugger
  $ sheaf run -d sort.ts                   with a page that shows what goes on`,
  )
  .action(async (script: string, args: string[], options) => {
    const { run } = await import('./run.js');
    process.exitCode = await run(script, args, options);
  });

program
  .command('doctor')
  .description('Look at this machine: what works, what does not, and the one command that mends it.')
  .option('--json', 'print JSON')
  .addHelpText(
    'after',
    '\nExits with 1 where something that Sheaf needs does not work. What is optional and missing is told, no more.',
  )
  .action(async (options) => {
    const { doctor } = await import('./doctor.js');
    process.exitCode = await doctor(options);
  });

program
  .command('dashboard')
  .description('Show a run on a page, from the log that `sheaf run --events` writes, also while it is being written.')
  .argument('[file]', 'the log')
  .option('--port <n>', 'port to serve the page on (default: a free one)', port)
  .addHelpText(
    'after',
    '\nThe page is served on this machine only, until you interrupt (Ctrl-C).\nIts address holds a token that opens it.',
  )
  .action(async (file: string | undefined, options) => {
    const { dashboard } = await import('./dashboard.js');
    process.exitCode = await dashboard(file, options);
  });

program
  .command('report')
  .description('Make one HTML file of a log, which shows the run without anything else.')
  .argument('<file>', 'the log')
  .option('-o, --output <file>', 'the page (default: the log with .html)')
  .option('--json', 'print the run in numbers as JSON instead')
  .action(async (file: string, options) => {
    const { report } = await import('./report.js');
    process.exitCode = await report(file, options);
  });

function engine(value: string): string {
  if (/^(local|inline|ray(:.+)?)$/.test(value)) return value;
  throw new InvalidArgumentError('It is local, inline, ray or ray:<address>.');
}

function workers(value: string): number {
  if (/^[1-9]\d{0,5}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('It is a whole number of at least 1.');
}

function port(value: string): number {
  const n = Number(value);
  if (/^\d+$/.test(value) && n >= 1 && n <= 65_535) return n;
  throw new InvalidArgumentError('It is a number from 1 to 65535.');
}

function memory(value: string): string {
  if (/^(\d+|\d+(\.\d+)?\s*[kmgt]?i?b)$/i.test(value) && Number.parseFloat(value) > 0) return value;
  throw new InvalidArgumentError('It is a size, such as 512MB or 2GiB.');
}

// Whoever reads this has read enough: `sheaf --help | head -1`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  const [, , first = ''] = process.argv;
  if (first === '') program.outputHelp();
  else if (/\.[cm]?[jt]sx?$/.test(first)) throw new UsageError(`To run a script: sheaf run ${first}`);
  else await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // It has printed what there is to say.
    process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  } else if (error instanceof UsageError) {
    process.stderr.write(`sheaf: ${error.message}\n`);
    process.exitCode = error.exitCode;
  } else throw error;
}
