/** The reference: the least that a pool can be. Nothing but a queue, workers, and one message each way for a task. */
import { type ChildProcess, fork, type Serializable, type SerializationType } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { WORKERS } from '../case.js';
import type { Argument, Result, TaskName } from '../tasks.js';
import { type PeerPool, workerFile } from './peer.js';

/** What goes to a worker: the task's number, the name of its function, its argument. */
export type Request = readonly [id: number, task: TaskName, argument: unknown];
/** What comes back: the task's number and its result. */
export type Reply = readonly [id: number, result: unknown];

interface Job {
  readonly request: Request;
  readonly transfer: readonly ArrayBuffer[] | undefined;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/** A worker as the queue sees it. */
interface Lane {
  /** Tasks that it has not answered yet, by number. */
  readonly inFlight: Map<number, Job>;
  post(job: Job): void;
  stop(): Promise<void>;
}

interface Depth {
  /** Tasks in flight a worker. */
  readonly depth: number;
}

export const openThreads = ({ depth }: Depth): PeerPool => openLanes(depth, threadLane);

/** @param serialization `json` is quicker for plain objects, but changes many values on the way. */
export const openProcesses = ({ depth, serialization }: Depth & { serialization: SerializationType }): PeerPool =>
  openLanes(depth, (onReply, onExit) => processLane(serialization, onReply, onExit));

type OpenLane = (onReply: (lane: Lane, reply: Reply) => void, onExit: (lane: Lane) => void) => Lane;

function openLanes(depth: number, openLane: OpenLane): PeerPool {
  // Jobs are taken at `head`, so that a long queue costs no more a task than a short one.
  let queue: Job[] = [];
  let head = 0;
  let nextId = 0;

  const fill = (lane: Lane): void => {
    while (lane.inFlight.size < depth && head < queue.length) {
      const job = queue[head++]!;
      lane.inFlight.set(job.request[0], job);
      lane.post(job);
    }
    if (head === queue.length && head > 0) {
      queue = [];
      head = 0;
    }
  };
  const onReply = (lane: Lane, [id, result]: Reply): void => {
    lane.inFlight.get(id)!.resolve(result);
    lane.inFlight.delete(id);
    fill(lane);
  };
  const onExit = (lane: Lane): void => {
    for (const job of lane.inFlight.values()) job.reject(new Error('The worker ended before it answered.'));
  };
  const lanes = Array.from({ length: WORKERS }, () => openLane(onReply, onExit));

  return {
    call: <T extends TaskName>(task: T, argument: Argument<T>, transfer?: readonly ArrayBuffer[]) =>
      new Promise<Result<T>>((resolve, reject) => {
        const request: Request = [nextId++, task, argument];
        queue.push({ request, transfer, resolve: resolve as (result: unknown) => void, reject });
        for (const lane of lanes) {
          if (lane.inFlight.size < depth) return fill(lane);
        }
      }),
    close: async () => {
      await Promise.all(lanes.map((lane) => lane.stop()));
    },
  };
}

const threadLane: OpenLane = (onReply, onExit) => {
  const worker = new Worker(workerFile('raw'));
  const lane: Lane = {
    inFlight: new Map(),
    post: ({ request, transfer }) => worker.postMessage(request, transfer),
    stop: async () => {
      await worker.terminate();
    },
  };
  worker.on('message', (reply: Reply) => onReply(lane, reply));
  worker.on('exit', () => onExit(lane));
  return lane;
};

function processLane(serialization: SerializationType, ...[onReply, onExit]: Parameters<OpenLane>): Lane {
  const child = fork(workerFile('rawfork'), { serialization });
  const lane: Lane = {
    inFlight: new Map(),
    post: ({ request }) => child.send(request as unknown as Serializable),
    stop: () => stopProcess(child),
  };
  child.on('message', (reply: unknown) => onReply(lane, reply as Reply));
  child.on('exit', () => onExit(lane));
  return lane;
}

function stopProcess(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.disconnect();
  });
}
