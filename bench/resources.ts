import { readdirSync, readFileSync } from 'node:fs';

/** What this process and all its descendants use from now on. Where there is no `/proc`, descendants are not counted. */
export interface Meter {
  /** CPU seconds since the meter was started. Counting is not counted. */
  stop(): number;
}

/** Clock ticks a second in `/proc/<pid>/stat`: 100 on every Linux that Node supports. */
const TICKS_PER_SECOND = 100;

/** Fields of `/proc/<pid>/stat`, counted from the one after the name (proc(5)). */
const PARENT = 1;
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;

export function startMeter(): Meter {
  const childrenBefore = cpuSecondsOf(descendants());
  const before = process.cpuUsage();
  return {
    stop() {
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1e6 + cpuSecondsOf(descendants()) - childrenBefore;
    },
  };
}

/** The sum of the largest resident sets that this process and its descendants have had: an upper bound of the tree's peak, in bytes. */
export function peakBytes(): number {
  const own = peakOf('self') ?? process.resourceUsage().maxRSS * 1024;
  return descendants().reduce((sum, { pid }) => sum + (peakOf(pid) ?? 0), own);
}

const cpuSecondsOf = (entries: readonly ProcessEntry[]): number =>
  entries.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);

interface ProcessEntry {
  readonly pid: string;
  readonly parent: string;
  readonly cpuSeconds: number;
}

function descendants(): ProcessEntry[] {
  const all = allProcesses();
  const found: ProcessEntry[] = [];
  let parents = new Set([String(process.pid)]);
  while (parents.size > 0) {
    const children = all.filter((entry) => parents.has(entry.parent));
    found.push(...children);
    parents = new Set(children.map((entry) => entry.pid));
  }
  return found;
}

function allProcesses(): ProcessEntry[] {
  const names = ifReadable(() => readdirSync('/proc')) ?? [];
  const entries: ProcessEntry[] = [];
  for (const pid of names) {
    if (!/^\d+$/.test(pid)) continue;
    const stat = ifReadable(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
    if (stat === undefined) continue;
    // The name is in parentheses and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS]);
    entries.push({ pid, parent: fields[PARENT]!, cpuSeconds: ticks / TICKS_PER_SECOND });
  }
  return entries;
}

/** Largest resident set so far. Exact, unlike `getrusage`, which counts the parent's memory before `exec` too. */
function peakOf(pid: string): number | undefined {
  const status = ifReadable(() => readFileSync(`/proc/${pid}/status`, 'utf8'));
  const kib = status?.match(/^VmHWM:\s+(\d+) kB$/m)?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}

/** Processes come and go while they are listed, and not every system has `/proc`. */
function ifReadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
