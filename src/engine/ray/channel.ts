import type { WorkerExit } from '../../errors.js';
import type { QuickMessage, ToWorker } from '../../worker/protocol.js';
import { core } from '../core.js';
import type { Channel, ChannelEvents, ResourceLimits } from '../local/channel.js';
import { checkAddons } from './addons.js';
import { filesOf, movedTo } from './files.js';
import type { Seat } from './seat.js';

/** A worker that is killed is gone in a fraction of this. Where nothing is heard of its end, its seat is given up as it is, in ms. */
const killMs = 5000;
/** After so long a task tells what it has and gives back what it has not begun: longer than tasks are made for where the way is long. */
const patienceMs = 160;

export interface ChildOptions {
  readonly resourceLimits: ResourceLimits | undefined;
  readonly env: Readonly<Record<string, string>>;
}

/** Who gave the seat, and wants it back. */
export interface SeatUser {
  /** The worker has been killed. */
  leaving(): void;
  /** It is gone. */
  free(): void;
  /** Everybody else knows that it is gone. */
  changed(): void;
}

/** A worker that is a Node process on a seat of the cluster. */
export class RayChannel implements Channel {
  readonly claims = undefined;
  readonly #seat: Seat;
  readonly #talk: InstanceType<typeof core.ProcessTalk>;
  readonly #exited: Promise<void>;
  readonly #user: SeatUser;
  #marks: { readonly claim: number; readonly row: number } | undefined;
  #gone = false;

  constructor(
    worker: number,
    seat: Seat,
    { resourceLimits, env }: ChildOptions,
    events: ChannelEvents,
    user: SeatUser,
  ) {
    this.#seat = seat;
    this.#user = user;
    this.#talk = new core.ProcessTalk(events);
    this.#exited = new Promise((resolve) => {
      const end = (exit: WorkerExit): void => {
        this.#gone = true;
        user.free();
        events.exit(exit);
        user.changed();
        resolve();
      };
      seat.seated({
        data: (bytes) => this.#talk.hear(bytes),
        ended: ({ code, marks, message }) => {
          this.#marks = marks === null ? { claim: -1, row: -1 } : { claim: marks[0], row: marks[1] };
          if (message !== undefined) end({ how: 'crashed', message });
          else end(code < 0 ? core.exitOf(null, signalName(-code)) : core.exitOf(code, null));
        },
        lost: (message) => end({ how: 'crashed', message }),
      });
    });
    seat.start({
      args: core.processArguments(resourceLimits),
      cwd: process.cwd(),
      env: { ...env, SHEAF_WORKER: String(worker), SHEAF_PLACE: seat.about!.place, SHEAF_FILES: seat.about!.files },
    });
    this.send({ kind: 'begin', patienceMs });
  }

  /** What the worker noted; nothing where it died together with who keeps its notes. */
  get marks(): Channel['marks'] {
    const marks = this.#marks;
    return marks && { read: () => (marks.claim < 0 ? undefined : marks) };
  }

  send(message: ToWorker): void {
    const bytes = this.#talk.bytesOf(message.kind === 'define' ? this.#withFiles(message) : message);
    if (!this.#gone) this.#seat.write(bytes);
  }

  /** A function with the files that it imports, where the worker finds them. */
  #withFiles(message: ToWorker & { readonly kind: 'define' }): ToWorker {
    const { definition } = message;
    const files = definition.code && filesOf(definition.code);
    if (files === undefined) return message;
    checkAddons(files, this.#seat.about!.build, this.#seat.about!.place);
    const root = this.#seat.put(files);
    return { ...message, definition: { ...definition, code: movedTo(root, definition.code!) } };
  }

  knows(job: number): boolean {
    return this.#talk.knows(job);
  }

  quick(call: QuickMessage): void {
    if (!this.#gone) this.#seat.write(this.#talk.bytesOfQuick(call));
  }

  async kill(): Promise<void> {
    if (!this.#gone) {
      this.#user.leaving();
      this.#seat.stop();
    }
    const late = setTimeout(() => this.#seat.giveUp('nothing was heard of its end'), killMs).unref();
    await this.#exited;
    clearTimeout(late);
  }
}

function signalName(number: number): string {
  const { signals } = process.getBuiltinModule('node:os').constants;
  return Object.entries(signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`;
}
