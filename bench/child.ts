/** The process in which one contender computes one answer. Its arguments come as JSON, what it measured goes to file descriptor 3. */
import { closeSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Measured, Session } from './case.js';
import { caseOf } from './cases.js';
import { peakBytes, startMeter } from './resources.js';

/** What to measure. */
export interface Assignment {
  readonly caseId: string;
  readonly contender: string;
  readonly size: number;
}

/** What came out. */
export interface Finding {
  /** One time for each metric of the case. */
  readonly ms: readonly number[];
  readonly digest: string;
  /** Of this process and its descendants, during the run. */
  readonly cpuSeconds: number;
  /** Of this process and its descendants, since they started. */
  readonly peakBytes: number;
}

/** Lets workers that are still starting come to rest, ms. */
const SETTLE_MS = 50;

/** Where the finding goes. */
const ANSWER_FD = 3;

const { finding, session } = await find(JSON.parse(process.argv[2]!) as Assignment);
writeSync(ANSWER_FD, JSON.stringify(finding));
// The end of the answer is the sign that from here on this process has only to close its pool and end.
closeSync(ANSWER_FD);
await session.close();

async function find(assignment: Assignment): Promise<{ finding: Finding; session: Session<unknown, unknown> }> {
  const { caseId, contender: name, size } = assignment;
  const case_ = caseOf(caseId);
  const contender = case_.contenders.find((candidate) => candidate.name === name);
  if (contender === undefined) throw new Error(`${caseId} has no contender ${name}.`);

  const session: Session<unknown, unknown> = await contender.open();
  const prepare = async (input: unknown) => (session.prepare ? await session.prepare(input) : input);
  const warm = case_.warm();
  if (warm !== undefined) await session.run(await prepare(warm));
  const input = await prepare(case_.input(size));
  await sleep(SETTLE_MS);
  // So that the garbage of making the input is not collected on the contender's time.
  globalThis.gc?.();

  const meter = startMeter();
  const { ms, output } = await (case_.measure ? case_.measure(session, input) : time(session, input));
  const cpuSeconds = meter.stop();
  const peak = peakBytes();
  return { finding: { ms, digest: case_.digest(output), cpuSeconds, peakBytes: peak }, session };
}

async function time(session: Session<unknown, unknown>, input: unknown): Promise<Measured<unknown>> {
  const start = performance.now();
  const output = await session.run(input);
  return { ms: [performance.now() - start], output };
}
