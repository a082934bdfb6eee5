import { open } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { SheafEvent } from './events.js';
import { LogError, parseLine } from './log.js';

const lookMs = 250;
const readBytes = 4 * 2 ** 20;

/** The events of a log that may still be growing: what there is, and then what comes, until the signal is aborted. */
export async function* followLog(path: string, signal: AbortSignal): AsyncGenerator<SheafEvent[], void> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(readBytes);
    const decoder = new TextDecoder();
    let rest = '';
    let line = 0;
    let events: SheafEvent[] = [];
    while (!signal.aborted) {
      const { bytesRead } = await file.read(buffer, 0, readBytes);
      const lines = (rest + decoder.decode(buffer.subarray(0, bytesRead), { stream: true })).split('\n');
      rest = lines.pop()!;
      for (const text of lines) {
        line++;
        if (text === '') continue;
        const event = parseLine(text);
        if (event === undefined)
          throw new LogError(`${path}, line ${line}: this is no event of a log that --events has written.`);
        events.push(event);
      }
      if (bytesRead === readBytes) continue;
      yield events;
      events = [];
      await wait(lookMs, undefined, { signal }).catch(() => {});
    }
  } finally {
    await file.close();
  }
}
