/** Runs an operation past memory in a process of its own, watches how much memory it takes with all that it has started, and checks it. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Job, Operation } from './job.js';
import { rowBytes } from './rows.js';

const jobFile = fileURLToPath(new URL('./job.js', import.meta.url));
const checkFile = fileURLToPath(new URL('./check.js', import.meta.url));
const sampleMs = 50;

export interface PastMemory {
  readonly operation: Operation;
  readonly bytes: number;
  /** As `local({ memory })` takes it. */
  readonly memory: string;
  /** A folder for all that is written; made, and removed. */
  readonly folder: string;
}

export interface Outcome {
  readonly seconds: number;
  readonly peakBytes: number;
  /** What was found, in words. */
  readonly found: string;
}

/** Throws where the answer is wrong, or something is left behind. */
export async function pastMemory({ operation, bytes, memory, folder }: PastMemory): Promise<Outcome> {
  const scratch = join(folder, 'scratch');
  mkdirSync(scratch, { recursive: true });
  const rows = Math.round(bytes / rowBytes);
  const job: Job = { operation, rows, keys: Math.ceil(rows / 20), memory, scratch, out: join(folder, 'out') };
  try {
    const begun = performance.now();
    const peakBytes = await watched(job);
    const seconds = (performance.now() - begun) / 1000;
    const left = readdirSync(scratch);
    if (left.length > 0) throw new Error(`${operation} has left scratch files: ${left.join(', ')}.`);
    return { seconds, peakBytes, found: checked(job) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Lets others look at what was written: the order by `sort -c`, the rows by a program that makes them again. */
function checked(job: Job): string {
  const run = (program: string, args: string[]): string => {
    const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
    if (status === 0) return stdout.trim();
    throw new Error(`${job.operation} has written something wrong: ${error?.message ?? stderr.slice(0, 2000)}`);
  };
  if (job.operation === 'sort') run('sh', ['-c', 'cat "$1"/* | LC_ALL=C sort -c -k1,1', 'sh', job.out]);
  return run(process.execPath, [checkFile, JSON.stringify(job)]);
}

function watched(job: Job): Promise<number> {
  const child = spawn(process.execPath, [jobFile, JSON.stringify(job)], { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, residentBytes(child.pid!));
  }, sampleMs);
  return new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(peak);
      else reject(new Error(`${job.operation} ended with code ${code}: ${complaints.slice(0, 2000)}`));
    });
  }).finally(() => clearInterval(timer));
}

/** Memory that a process and its descendants have now. */
function residentBytes(pid: number): number {
  try {
    const [, pages] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    const below = children === '' ? [] : children.split(' ').map(Number);
    return below.reduce((sum, child) => sum + residentBytes(child), Number(pages) * 4096);
  } catch {
    // It has ended, or there is no /proc.
    return 0;
  }
}
