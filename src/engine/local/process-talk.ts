/** How a driver talks to a worker that is a process, wherever that is: its arguments, its code, and messages as bytes. */
import workerText from 'sheaf:worker';
import type { WorkerExit } from '../../errors.js';
import { encodeFrame, FrameReader } from '../../worker/frames.js';
import type { QuickMessage, ToWorker } from '../../worker/protocol.js';
import { isAnswer, readEnds, TaskWriter } from '../../worker/wire.js';
import type { ChannelEvents, ResourceLimits } from './channel.js';

// The worker's code comes over its socket, since an argument may be too short for it: a length, then the text.
const bootstrap = `
const { readSync } = require('node:fs');
const messages = Number(process.env.SHEAF_FDS.split(',')[0]);
const read = (size) => {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; ) {
    const got = readSync(messages, bytes, at, size - at);
    if (got === 0) process.exit(1);
    at += got;
  }
  return bytes;
};
const text = read(read(4).readUInt32LE(0)).toString();
require('node:vm').runInThisContext(text, { filename: 'sheaf:worker' });
`;

/** The arguments of Node. `SHEAF_FDS` names the files it gets: messages, lifeline, marks. */
export function processArguments(limits: ResourceLimits | undefined): string[] {
  return [...inheritedArguments(), ...limitArguments(limits), '--input-type=commonjs', '-e', bootstrap];
}

/** What a worker's process reads first. */
export function codeFrame(): Buffer {
  const code = Buffer.from(workerText());
  const length = Buffer.alloc(4);
  length.writeUInt32LE(code.length, 0);
  return Buffer.concat([length, code]);
}

/** Messages to and from one worker, as bytes. */
export class ProcessTalk {
  readonly #writer = new TaskWriter();
  readonly #reader: FrameReader;

  constructor(events: Pick<ChannelEvents, 'answer' | 'message'>) {
    this.#reader = new FrameReader((wire) => {
      if (isAnswer(wire)) events.answer(wire);
      else events.message(readEnds(wire));
    });
  }

  bytesOf(message: ToWorker): Buffer {
    return encodeFrame(this.#writer.write(message));
  }

  bytesOfQuick(call: QuickMessage): Buffer {
    return encodeFrame(call);
  }

  knows(job: number): boolean {
    return this.#writer.knows(job);
  }

  /** Bytes that the worker has sent; they may end anywhere. */
  hear(bytes: Buffer): void {
    this.#reader.push(bytes);
  }
}

export function exitOf(code: number | null, signal: string | null): WorkerExit {
  // V8 ends a process that is out of heap by abort(), which cannot be told from an abort of the user's.
  if (signal !== null) return { how: 'killed', signal };
  return { how: 'exited', code: code ?? 0 };
}

/** Options of this process that its children take over (loaders, flags), without those that are about this process alone. */
function inheritedArguments(): string[] {
  const own = /^--(inspect|debug|test|watch|eval|print|check|input-type|env-file)(-|=|$)|^-(e|p|c|pe)$/;
  const kept: string[] = [];
  const given = process.execArgv;
  for (let i = 0; i < given.length; i++) {
    if (!own.test(given[i]!)) kept.push(given[i]!);
    // A dropped option takes its value with it, where that is a word of its own.
    else if (!given[i]!.includes('=')) while (i + 1 < given.length && !given[i + 1]!.startsWith('-')) i++;
  }
  return kept;
}

function limitArguments(limits: ResourceLimits | undefined): string[] {
  const list: string[] = [];
  if (limits?.maxOldGenerationSizeMb !== undefined) list.push(`--max-old-space-size=${limits.maxOldGenerationSizeMb}`);
  if (limits?.maxYoungGenerationSizeMb !== undefined) {
    // V8's young generation is three semi-spaces.
    list.push(`--max-semi-space-size=${Math.max(1, Math.round(limits.maxYoungGenerationSizeMb / 3))}`);
  }
  if (limits?.stackSizeMb !== undefined) list.push(`--stack-size=${Math.round(limits.stackSizeMb * 1000)}`);
  return list;
}
