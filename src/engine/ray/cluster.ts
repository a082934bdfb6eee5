/** A connection to a Ray cluster: one sidecar, shared by all engines of this program that name the same cluster. */
import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { EngineError } from '../../errors.js';
import { core } from '../core.js';
import { Deadline } from './deadline.js';
import { failureOf, type SidecarFailure } from './failures.js';
import type { Files } from './files.js';
import {
  CODE,
  CONNECT,
  DATA,
  ENDED,
  FAILED,
  FILES,
  frameHeader,
  IMPORTED,
  LOST,
  NODES,
  OPEN,
  READY,
  SidecarReader,
  UP,
} from './frames.js';
import { localCluster } from './local-cluster.js';
import type { RayOptions } from './options.js';
import { actorOptions, type ClusterNode, emptiestZone, type Placement } from './placement.js';
import { probe } from './probe.js';
import { Seat, type SeatAbout } from './seat.js';
import { sidecarEnvironment } from './secrets.js';
import { SpareSeats } from './spare.js';
import { versionProblem } from './versions.js';

/** So long Python may take to start and to import Ray, on a machine that does much else; a cluster to answer; and one of this machine alone to start. In ms. */
const importMs = 60_000;
const connectMs = 15_000;
const startMs = 60_000;
/** A seat that no engine has is kept so long for the next one; so is a connection, in ms. */
const lingerMs = 3000;
/** The sidecar leaves the cluster by itself in less, in ms. */
const leaveMs = 10_000;
/** What of the sidecar's words is kept for messages. */
const keptOutput = 4000;
/** The oldest version of Ray that is known to work. */
const leastRay = [2, 60];

interface User {
  ready(): void;
  /** @param wasUp there was a connection, which was lost */
  broken(error: EngineError, wasUp: boolean): void;
  /** Somebody else waits for a seat. */
  yield(): void;
}

interface Opening {
  up(seat: Seat): void;
  failed(message: string): void;
}

const clusters = new Map<string, Cluster>();

/** The connection for these options. */
export function clusterOf(options: RayOptions): Cluster {
  const { address, python, token, tokenPath, tls, logs, node } = options;
  const { SHEAF_PYTHON, RAY_ADDRESS, RAY_AUTH_TOKEN, RAY_AUTH_TOKEN_PATH } = process.env;
  const environment = [SHEAF_PYTHON, RAY_ADDRESS, RAY_AUTH_TOKEN, RAY_AUTH_TOKEN_PATH];
  const key = JSON.stringify([address, python, token, tokenPath, tls, logs, node, environment]);
  const known = clusters.get(key);
  if (known !== undefined && !known.broken) return known;
  const made: Cluster = new Cluster(options, () => {
    if (clusters.get(key) === made) clusters.delete(key);
  });
  clusters.set(key, made);
  return made;
}

export class Cluster {
  readonly #options: RayOptions;
  readonly #forgotten: () => void;
  readonly #seats = new Map<number, Seat>();
  readonly #openings = new Map<number, Opening>();
  readonly #files = new Map<string, number>();
  readonly #zones = new Map<Seat, string>();
  readonly #spare = new SpareSeats(lingerMs);
  readonly #users = new Set<User>();
  #sidecar: { readonly child: ChildProcess; readonly socket: Socket } | undefined;
  #next = 1;
  #output = '';
  readonly #deadline = new Deadline();
  #linger: NodeJS.Timeout | undefined;
  /** The nodes of the cluster; `undefined` until it has answered. */
  nodes: readonly ClusterNode[] | undefined;
  /** It is no more. */
  broken = false;

  constructor(options: RayOptions, forgotten: () => void) {
    this.#options = options;
    this.#forgotten = forgotten;
    this.#connect().catch((error: unknown) => this.#break(error as EngineError));
  }

  enter(user: User): void {
    clearTimeout(this.#linger);
    this.#users.add(user);
    if (this.nodes !== undefined) queueMicrotask(() => user.ready());
  }

  leave(user: User): void {
    this.#users.delete(user);
    if (this.#users.size > 0 || this.broken) return;
    this.#linger = setTimeout(() => this.#end(), lingerMs).unref();
  }

  /** A seat that another engine has left. */
  takeBack(placement: Placement): Seat | undefined {
    return this.#spare.take(placement);
  }

  /** The seat of an engine that is closed. */
  giveBack(seat: Seat, placement: Placement): void {
    if (seat.gone || this.broken) return;
    if (this.#openings.size > 0)
      seat.close(); // it may be what one that is asked for waits for
    else this.#spare.keep(seat, placement);
  }

  /** Asks all others of this program to leave seats where they have no work. */
  press(user: User): void {
    for (const other of [...this.#users]) if (other !== user) other.yield();
  }

  /** Asks Ray for a seat. */
  open(placement: Placement, { up, failed }: Opening): void {
    this.#spare.closeAllBut(placement);
    const number = this.#next++;
    const seat = new Seat(number, this);
    this.#seats.set(number, seat);
    const zone = emptiestZone(this.nodes!, placement, this.#zones.values());
    if (zone !== undefined) this.#zones.set(seat, zone);
    this.#openings.set(number, { up, failed });
    const { node } = this.#options;
    this.tell(OPEN, number, { actor: actorOptions(placement, zone), node: typeof node === 'string' ? node : null });
  }

  forget(seat: Seat): void {
    this.#seats.delete(seat.number);
    this.#zones.delete(seat);
  }

  tell(kind: number, seat: number, what: unknown): void {
    this.send(kind, seat, Buffer.from(JSON.stringify(what)));
  }

  send(kind: number, seat: number, body: Buffer): void {
    const { socket } = this.#sidecar ?? {};
    if (socket?.writable !== true) return; // the end of the sidecar tells
    socket.cork();
    socket.write(frameHeader(kind, seat, body.length));
    socket.write(body);
    socket.uncork();
  }

  /** The number of files that the sidecar has, which it is given the first time. */
  numberOf(files: Files): number {
    let number = this.#files.get(files.hash);
    if (number === undefined) {
      number = this.#files.size + 1;
      this.#files.set(files.hash, number);
      this.send(FILES, number, files.archive);
    }
    return number;
  }

  async #connect(): Promise<void> {
    const { address = 'auto', python = process.env.SHEAF_PYTHON || 'python3' } = this.#options;
    this.#allow(connectMs, 'connect');
    const environment = await Promise.race([sidecarEnvironment(this.#options), this.#deadline.passed]);
    const problem = await Promise.race([probe(address, environment), this.#deadline.passed]);
    if (problem !== undefined) throw new EngineError(problem);
    this.#allow(importMs, 'import');
    this.#start(address, python, environment);
    await this.#deadline.passed; // without effect when it is up, since the time is not bounded then
  }

  #allow(ms: number, stage: 'import' | 'connect'): void {
    const { address = 'auto', python = process.env.SHEAF_PYTHON || 'python3' } = this.#options;
    this.#deadline.allow(ms, () =>
      failureOf({ kind: 'late', message: `${ms / 1000} s` }, { address, python, output: this.#output, stage }),
    );
  }

  #start(address: string, python: string, env: NodeJS.ProcessEnv): void {
    const { spawn } = process.getBuiltinModule('node:child_process');
    const program = fileURLToPath(new URL('./python/sidecar.py', import.meta.url));
    const child = spawn(python, ['-u', program], { stdio: ['ignore', 'pipe', 'pipe', 'pipe'], env, windowsHide: true });
    const socket = child.stdio[3] as Socket;
    this.#sidecar = { child, socket };
    child.unref();
    for (const stream of [socket, child.stdout as Socket, child.stderr as Socket]) {
      stream.unref();
      stream.on('error', () => {});
    }
    child.stdout!.on('data', (text: Buffer) => this.#printed(text, process.stdout));
    child.stderr!.on('data', (text: Buffer) => this.#printed(text, process.stderr));
    child.on('error', (error) => this.#failed({ kind: 'no-python', message: error.message }, python));
    child.on('close', (code, signal) => this.#failed({ kind: 'ended', message: signal ?? `code ${code}` }, python));
    const reader = new SidecarReader((kind, seat, body) => this.#heard(kind, seat, body));
    socket.on('data', (chunk: Buffer) => reader.push(chunk));
    const init = {
      ...(address === 'local' ? localCluster(this.#options) : { address }),
      log_to_driver: this.#options.logs ?? true,
      logging_level: 'error',
      namespace: 'sheaf',
    };
    this.tell(CONNECT, 0, { init, least: leastRay });
  }

  #heard(kind: number, number: number, body: Buffer): void {
    const seat = this.#seats.get(number);
    if (kind === DATA) seat?.heard(body);
    else if (kind === ENDED) seat?.ended(JSON.parse(body.toString()));
    else if (kind === UP) this.#up(number, JSON.parse(body.toString()));
    else if (kind === LOST) this.#lost(number, JSON.parse(body.toString()));
    else if (kind === IMPORTED) this.#allow(this.#options.address === 'local' ? startMs : connectMs, 'connect');
    else if (kind === FAILED) this.#failed(JSON.parse(body.toString()), this.#options.python ?? 'python3');
    else if (kind === NODES) {
      this.nodes = JSON.parse(body.toString());
      for (const user of [...this.#users]) user.ready();
    } else if (kind === READY) {
      this.#deadline.clear();
      this.nodes = JSON.parse(body.toString()).nodes;
      this.send(CODE, 0, core.codeFrame().subarray(4));
      for (const user of [...this.#users]) user.ready();
    }
  }

  #up(number: number, about: SeatAbout & { readonly problem?: string }): void {
    const opening = this.#openings.get(number);
    const seat = this.#seats.get(number);
    if (opening === undefined || seat === undefined) return;
    this.#openings.delete(number);
    const problem = about.problem ?? versionProblem(about);
    if (problem === undefined) {
      seat.about = about;
      opening.up(seat);
      return;
    }
    seat.close();
    const node = this.nodes?.find(({ id }) => id === about.place);
    opening.failed(`on the node ${node?.address ?? about.place} ${problem}.`);
  }

  #lost(number: number, { kind, message }: { readonly kind: string; readonly message: string }): void {
    const opening = this.#openings.get(number);
    const seat = this.#seats.get(number);
    this.#openings.delete(number);
    if (seat !== undefined) {
      this.forget(seat);
      seat.lost(`its place in the cluster was lost: ${kind}: ${message}`);
    }
    opening?.failed(`${kind}: ${message}`);
  }

  #printed(text: Buffer, to: NodeJS.WriteStream): void {
    this.#output = (this.#output + text.toString()).slice(-keptOutput);
    if (this.nodes !== undefined && this.#options.logs !== false) to.write(text);
  }

  #failed(failure: SidecarFailure, python: string): void {
    const { address = 'auto' } = this.#options;
    const stage = this.nodes === undefined ? 'connect' : 'connected';
    this.#break(failureOf(failure, { address, python, output: this.#output, stage }));
  }

  #break(error: EngineError): void {
    if (this.broken) return;
    this.#over();
    this.#openings.clear(); // their engines are told once, and not for each
    for (const seat of [...this.#seats.values()]) seat.lost(error.message);
    for (const user of [...this.#users]) user.broken(error, this.nodes !== undefined);
  }

  #end(): void {
    if (this.#users.size === 0) this.#over();
  }

  #over(): void {
    this.broken = true;
    this.#deadline.clear();
    this.#forgotten();
    this.#sidecar?.socket.destroy();
    const child = this.#sidecar?.child;
    // It ends by itself when its socket closes; one that hangs in Ray does not.
    if (child === undefined) return;
    if (this.nodes === undefined && this.#options.address !== 'local')
      child.kill('SIGKILL'); // it has nothing to leave
    else setTimeout(() => child.kill('SIGKILL'), leaveMs).unref();
  }
}
