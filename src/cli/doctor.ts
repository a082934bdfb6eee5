/** `sheaf doctor`: says what works here, what does not, and the one command that mends it. */
import type { Check, Finding } from './checks/check.js';
import { machine } from './checks/machine.js';
import { parts } from './checks/parts.js';
import { ray } from './checks/ray.js';
import { workers } from './checks/workers.js';
import { exitCodes } from './exit.js';
import { version } from './version.js';

/** Nothing that is looked at takes longer. */
const boundMs = 20_000;

export async function doctor(flags: { json?: boolean }): Promise<number> {
  const checks: Check[] = [...machine, ...workers, ...parts, ...ray];
  const findings: Finding[] = [];
  const colors = process.stdout.isTTY === true && !process.env.NO_COLOR;
  if (flags.json !== true) process.stdout.write(`Sheaf ${version()}\n\n`);
  for (const check of checks) {
    const finding = await findingOf(check);
    findings.push(finding);
    if (flags.json !== true) process.stdout.write(lineOf(finding, colors));
  }
  const isWell = findings.every(({ status }) => status !== 'failed');
  if (flags.json === true)
    process.stdout.write(`${JSON.stringify({ sheaf: version(), ok: isWell, checks: findings }, undefined, 2)}\n`);
  else
    process.stdout.write(isWell ? '\nSheaf works here.\n' : '\nSomething that Sheaf needs does not work: see above.\n');
  return isWell ? exitCodes.done : exitCodes.failed;
}

async function findingOf(check: Check): Promise<Finding> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Omit<Finding, 'name'>>((resolve) => {
    timer = setTimeout(() => resolve({ status: 'failed', detail: `no answer within ${boundMs / 1000} s` }), boundMs);
  });
  try {
    return { name: check.name, ...(await Promise.race([check.look(), late])) };
  } catch (error) {
    return { name: check.name, status: 'failed', detail: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}

const signs = { ok: '✔', missing: '–', warning: '!', failed: '✖' } as const;
const paints = { ok: 32, missing: 2, warning: 33, failed: 31 } as const;

function lineOf({ name, status, detail, fix }: Finding, colors: boolean): string {
  const sign = colors ? `\u001b[${paints[status]}m${signs[status]}\u001b[0m` : signs[status];
  const mend = fix === undefined ? '' : `${' '.repeat(20)}→ ${fix}\n`;
  return `${sign} ${name.padEnd(18)}${detail}\n${mend}`;
}
