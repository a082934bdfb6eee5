/** Calls functions in a worker thread, through capture and rebuild, without anything else of Sheaf. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import type { Block } from '../../src/codec/block.js';
import { decodeValue, encodeValue } from '../../src/codec/index.js';
import { capture } from '../../src/function/capture.js';
import type { PortableFunction } from '../../src/function/portable.js';
import { decodeThrown } from '../../src/function/thrown.js';

let text: Promise<string> | undefined;

async function bundle(): Promise<string> {
  const beside = new URL('function-worker.js', import.meta.url).pathname;
  const entry = existsSync(beside) ? beside : beside.replace(/\.js$/, '.ts');
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'cjs',
    platform: 'node',
    minify: true,
    write: false,
    target: 'node20.19',
    logLevel: 'error',
  });
  return result.outputFiles[0]?.text ?? '';
}

let worker: Worker | undefined;

async function start(): Promise<Worker> {
  text ??= bundle();
  const code = await text;
  worker ??= new Worker(code, { eval: true });
  return worker;
}

/** Stops the worker; call it when all tests of a file are done. */
export async function stopTravel(): Promise<void> {
  await worker?.terminate();
  worker = undefined;
}

/** The result of `fn(...args)` in a worker; what it throws there is thrown here. */
export function there<A extends unknown[], R>(fn: (...args: A) => R, ...args: NoInfer<A>): Promise<Awaited<R>> {
  return send(capture(fn), args) as Promise<Awaited<R>>;
}

/** The same for a function that was captured before. */
export async function send(fn: PortableFunction, args: readonly unknown[]): Promise<unknown> {
  const target = await start();
  // As over a channel: nothing but plain data and bytes.
  target.postMessage({ fn: { ...fn, code: JSON.parse(JSON.stringify(fn.code)) }, calls: [encodeValue(args)] });
  const [answers] = (await once(target, 'message')) as [{ result?: Block; thrown?: Block }[]];
  const [answer] = answers;
  if (answer?.thrown !== undefined) throw await decodeThrown(answer.thrown, { stack: '    at caller (caller.js:1:1)' });
  return decodeValue(answer?.result as Block);
}
