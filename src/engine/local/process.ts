import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import workerText from 'sheaf:worker';
import type { WorkerExit } from '../../errors.js';
import { encodeFrame, FrameReader } from '../../worker/frames.js';
import { MarksFile } from '../../worker/marks.js';
import type { QuickMessage, ToWorker } from '../../worker/protocol.js';
import { isAnswer, readEnds, TaskWriter } from '../../worker/wire.js';
import type { Channel, ChannelEvents, Connect, ResourceLimits } from './channel.js';

/** Workers that are child processes: slower to start and to talk to, but a native crash costs only what one of them was doing. */
export function processes(resourceLimits?: ResourceLimits): Connect {
  return (worker, events) => new ProcessChannel(worker, events, resourceLimits);
}

// The worker's code comes over its socket, since an argument may be too short for it: a length, then the text.
const bootstrap = `
const { readSync } = require('node:fs');
const read = (size) => {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; ) {
    const got = readSync(3, bytes, at, size - at);
    if (got === 0) process.exit(1);
    at += got;
  }
  return bytes;
};
const text = read(read(4).readUInt32LE(0)).toString();
require('node:vm').runInThisContext(text, { filename: 'sheaf:worker' });
`;

class ProcessChannel implements Channel {
  readonly claims = undefined;
  readonly marks: MarksFile | undefined;
  readonly #child: ChildProcess;
  readonly #writer = new TaskWriter();
  readonly #socket: Socket;
  readonly #exited: Promise<void>;
  #gone = false;

  constructor(worker: number, events: ChannelEvents, resourceLimits: ResourceLimits | undefined) {
    const args = [...inheritedArguments(), ...limitArguments(resourceLimits), '--input-type=commonjs', '-e', bootstrap];
    const marks = makeMarks(worker);
    this.marks = marks;
    // Loaded only here: few programs need it, and it is a tenth of what importing Sheaf costs.
    const { spawn } = process.getBuiltinModule('node:child_process');
    const child = spawn(process.execPath, args, {
      // 3: messages both ways. 4: nothing is ever sent; it closes when this process is gone. 5: what runs, for when it has died.
      stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'pipe', marks?.file ?? nothing()],
      env: { ...process.env, SHEAF_WORKER: String(worker) },
      windowsHide: true,
    });
    this.#child = child;
    child.unref();
    const socket = child.stdio[3] as Socket;
    this.#socket = socket;
    socket.unref();
    const lifeline = child.stdio[4] as Socket;
    lifeline.unref();
    lifeline.on('error', () => {});
    const reader = new FrameReader((wire) => {
      if (isAnswer(wire)) events.answer(wire);
      else events.message(readEnds(wire));
    });
    socket.on('data', (chunk: Buffer) => reader.push(chunk));
    socket.on('error', () => {}); // the exit tells
    const code = Buffer.from(workerText);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(code.length, 0);
    socket.write(length);
    socket.write(code);
    this.#exited = new Promise((resolve) => {
      const end = (exit: WorkerExit): void => {
        if (this.#gone) return;
        this.#gone = true;
        socket.destroy();
        lifeline.destroy();
        events.exit(exit);
        marks?.close();
        resolve();
      };
      child.on('error', (error) => end({ how: 'crashed', message: error.message }));
      // 'close' comes after the socket's last data, where 'exit' may come before.
      child.on('close', (code_, signal) => end(exitOf(code_, signal)));
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(message: ToWorker): void {
    if (this.#socket.writable) this.#socket.write(encodeFrame(this.#writer.write(message)));
  }

  knows(job: number): boolean {
    return this.#writer.knows(job);
  }

  quick(call: QuickMessage): void {
    if (this.#socket.writable) this.#socket.write(encodeFrame(call));
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }
}

let nothingFile: number | undefined;

/** A file that takes anything and holds nothing. Were there none, the worker's notes would go to whatever it opens next. */
function nothing(): number {
  nothingFile ??= process.getBuiltinModule('node:fs').openSync(process.getBuiltinModule('node:os').devNull, 'w');
  return nothingFile;
}

function makeMarks(worker: number): MarksFile | undefined {
  try {
    return new MarksFile(worker);
  } catch {
    return undefined; // no place for temporary files: it takes more tries to find out which item kills workers
  }
}

function exitOf(code: number | null, signal: NodeJS.Signals | null): WorkerExit {
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
