import type { FromWorker } from './protocol.js';

let before: ReturnType<typeof performance.eventLoopUtilization> | undefined;

/** How this worker is. @param isThread its heap is what it can be charged with, not the whole process */
export function measured(sentAt: number, isThread: boolean): Extract<FromWorker, { kind: 'measured' }> {
  const delayMs = Math.max(0, performance.timeOrigin + performance.now() - sentAt);
  return { kind: 'measured', memory: memoryOf(isThread), utilization: utilization(), delayMs };
}

/** Share of the time since it was last asked in which the event loop was busy. */
export function utilization(): number {
  const now = performance.eventLoopUtilization();
  const share = performance.eventLoopUtilization(now, before).utilization;
  before = now;
  return share;
}

function memoryOf(isThread: boolean): number {
  const { rss, heapTotal, external } = process.memoryUsage();
  return isThread ? heapTotal + external : rss;
}
