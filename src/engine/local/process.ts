import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import type { WorkerExit } from '../../errors.js';
import { MarksFile } from '../../worker/marks.js';
import type { QuickMessage, ToWorker } from '../../worker/protocol.js';
import type { Channel, ChannelEvents, Connect, ResourceLimits } from './channel.js';
import { codeFrame, exitOf, ProcessTalk, processArguments } from './process-talk.js';

/** Workers that are child processes: slower to start and to talk to, but a native crash costs only what one of them was doing. */
export function processes(resourceLimits?: ResourceLimits): Connect {
  return (worker, events) => new ProcessChannel(worker, events, resourceLimits);
}

class ProcessChannel implements Channel {
  readonly claims = undefined;
  readonly marks: MarksFile | undefined;
  readonly #child: ChildProcess;
  readonly #talk: ProcessTalk;
  readonly #socket: Socket;
  readonly #exited: Promise<void>;
  #gone = false;

  constructor(worker: number, events: ChannelEvents, resourceLimits: ResourceLimits | undefined) {
    const marks = makeMarks(worker);
    this.marks = marks;
    // Loaded only here: few programs need it, and it is a tenth of what importing Sheaf costs.
    const { spawn } = process.getBuiltinModule('node:child_process');
    const child = spawn(process.execPath, processArguments(resourceLimits), {
      // 3: messages both ways. 4: nothing is ever sent; it closes when this process is gone. 5: what runs, for when it has died.
      stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'pipe', marks?.file ?? nothing()],
      env: { ...process.env, SHEAF_WORKER: String(worker), SHEAF_FDS: '3,4,5' },
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
    this.#talk = new ProcessTalk(events);
    socket.on('data', (chunk: Buffer) => this.#talk.hear(chunk));
    socket.on('error', () => {}); // the exit tells
    socket.write(codeFrame());
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
    if (this.#socket.writable) this.#socket.write(this.#talk.bytesOf(message));
  }

  knows(job: number): boolean {
    return this.#talk.knows(job);
  }

  quick(call: QuickMessage): void {
    if (this.#socket.writable) this.#socket.write(this.#talk.bytesOfQuick(call));
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
