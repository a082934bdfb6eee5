/** `sheaf report`: a log as one HTML file, or as numbers. */
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { reportOf } from '../dashboard/index.js';
import { exitCodes, UsageError } from './exit.js';
import { viewOf } from './log.js';

export async function report(file: string, flags: { output?: string; json?: boolean }): Promise<number> {
  const view = await viewOf(file);
  if (flags.json === true) {
    const { spans: _, tasks: __, ...numbers } = view.toJSON();
    process.stdout.write(`${JSON.stringify(numbers, undefined, 2)}\n`);
    return exitCodes.done;
  }
  const path = flags.output ?? `${file.replace(/\.jsonl?$/, '')}.html`;
  try {
    writeFileSync(path, reportOf(view, `${basename(file)} · Sheaf`), { mode: 0o600 });
  } catch (error) {
    throw new UsageError(`${path} cannot be written: ${(error as Error).message}`, exitCodes.failed);
  }
  process.stdout.write(`${path}\n`);
  return exitCodes.done;
}
