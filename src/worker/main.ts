/** Entry of a worker: of a thread, with its port, or of a child process, with a socket and two more files. */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { forcedEncoder } from '../codec/forced.js';
import { Claims } from './claims.js';
import { encodeFrame, FrameReader } from './frames.js';
import { Marks } from './marks.js';
import { measured } from './measure.js';
import { setPatience } from './patience.js';
import type { QuickAnswer } from './protocol.js';
import { Quick } from './quick.js';
import { Runner } from './runner.js';
import { noteContext } from './traced.js';
import { transferOf } from './transfer.js';
import { isBegin, isContext, isMeasure, isPrint, TaskReader, writeEnds } from './wire.js';

/** What a thread is started with. */
export interface ThreadData {
  readonly worker: number;
  readonly claims: SharedArrayBuffer;
}

if (isMainThread) runInProcess();
else runInThread(workerData as ThreadData);

function runInThread({ worker, claims: buffer }: ThreadData): void {
  const port = parentPort!;
  const claims = new Claims(buffer);
  const runner = new Runner({
    worker,
    claims,
    marks: undefined,
    sharesThread: false,
    sharedMemory: true,
    clones: forcedEncoder === undefined,
    stays: false,
    post: (message) => {
      const transfer = transferOf(message);
      if (transfer === undefined) port.postMessage(writeEnds(message));
      else port.postMessage(writeEnds(message), transfer);
    },
    closed: () => process.exit(0),
  });
  const reader = new TaskReader();
  const answer = (given: QuickAnswer): unknown => port.postMessage(given);
  const quick = new Quick(runner, reader, { worker, claims, marks: undefined, answer });
  const printed = (): void => port.postMessage({ kind: 'printed' });
  port.on('message', (wire: unknown) => {
    if (quick.receive(wire)) return;
    if (isMeasure(wire)) port.postMessage(measured(wire.sentAt, true));
    else if (isContext(wire)) noteContext(wire.task, wire.carrier);
    else if (isPrint(wire)) process.stdout.write('', () => process.stderr.write('', printed));
    else runner.receive(reader.read(wire));
  });
  port.postMessage({ kind: 'ready' });
}

function runInProcess(): void {
  const { Socket } = process.getBuiltinModule('node:net'); // threads start without it
  // Messages both ways; what closes when the driver is gone; what runs, for when this process has died.
  const [messages, lifeline, noted] = process.env.SHEAF_FDS!.split(',').map(Number) as [number, number, number];
  const socket = new Socket({ fd: messages, readable: true, writable: true });
  const worker = Number(process.env.SHEAF_WORKER);
  const marks = new Marks(noted);
  const runner = new Runner({
    worker,
    claims: undefined,
    marks,
    sharesThread: false,
    sharedMemory: false,
    clones: forcedEncoder === undefined,
    stays: false,
    post: (message) => socket.write(encodeFrame(writeEnds(message))),
    closed: () => socket.end(() => process.exit(0)),
  });
  const tasks = new TaskReader();
  const answer = (given: QuickAnswer): unknown => socket.write(encodeFrame(given));
  const quick = new Quick(runner, tasks, { worker, claims: undefined, marks, answer });
  const reader = new FrameReader((wire) => {
    if (quick.receive(wire)) return;
    if (isMeasure(wire)) socket.write(encodeFrame(measured(wire.sentAt, false)));
    else if (isContext(wire)) noteContext(wire.task, wire.carrier);
    else if (isBegin(wire)) setPatience(wire.patienceMs);
    else runner.receive(tasks.read(wire));
  });
  socket.on('data', (chunk: Buffer) => reader.push(chunk));
  socket.on('error', () => process.exit(1)); // the driver is gone
  socket.on('close', () => process.exit(0));
  // A terminal sends an interrupt to driver and workers alike; what it means is for the driver to decide.
  process.on('SIGINT', () => {});
  socket.write(encodeFrame({ kind: 'ready' }));
  startWatchdog(lifeline);
}

/** Ends this process when the driver is gone, also while a task keeps the main thread busy: the other end of the file then closes. */
function startWatchdog(lifeline: number): void {
  const watchdog = new Worker(
    `const { Socket } = require('node:net');
     const socket = new Socket({ fd: ${lifeline}, readable: true, writable: false });
     socket.on('error', () => {}).on('close', () => process.kill(process.pid, 'SIGKILL')).resume();`,
    // It prints nothing: with streams of its own, this process need not open those of its own already.
    { eval: true, execArgv: [], env: {}, stdin: false, stdout: true, stderr: true, name: 'sheaf-watchdog' },
  );
  watchdog.unref();
}
