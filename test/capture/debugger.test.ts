/** Breakpoints and `debugger` statements in functions that travel stop in the worker, on the lines of the original file. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transformSync } from 'esbuild';
import { makeWorkshop, nodeBinary, removeWorkshop } from './columns.js';
import { connect, type InspectorSession, onWorkers } from './inspector-client.js';

const source = readFileSync(
  fileURLToPath(new URL('../../../test/capture/fixtures/debugger/program.ts', import.meta.url)),
  'utf8',
);

interface Pause {
  readonly url: string;
  /** The text of the line, in the file that the pause names. */
  readonly line: string;
  /** What the paused frame sees under a name. */
  readonly value: unknown;
}

suite('debugger', () => {
  let workshop: string;
  before(() => {
    workshop = makeWorkshop();
  });
  after(() => removeWorkshop(workshop));

  for (const { node, extension } of [
    { node: 20, extension: '.mjs' },
    { node: 24, extension: '.mjs' },
    { node: 24, extension: '.mts' },
  ]) {
    test(`stops on the original lines of a ${extension} file on Node ${node}`, { timeout: 60_000 }, async () => {
      const file = join(workshop, 'installed', `program-${node}${extension}`);
      writeFileSync(file, extension === '.mts' ? source : transformSync(source, { loader: 'ts' }).code);
      const { pauses, output } = await debug(file, await nodeBinary(node));
      const url = pathToFileURL(file).href;
      assert.deepEqual(pauses, [
        { url, line: 'debugger;', value: 14 },
        { url, line: 'return result;', value: 14 },
      ]);
      assert.equal(output, '[13,42]');
    });
  }
});

/** Runs a program under a debugger with a breakpoint on the line that returns `result`; notes where it stops. */
async function debug(file: string, binary: string): Promise<{ pauses: Pause[]; output: string }> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(binary, ['--inspect=127.0.0.1:0', file], { env, stdio: 'pipe' });
  const closed = once(child, 'close');
  let close = () => {};
  try {
    const connection = await connect(await addressIn(child.stderr));
    close = connection.close;
    const lines = readFileSync(file, 'utf8').split('\n');
    const pauses: Pause[] = [];
    await onWorkers(connection.session, (worker) => {
      void attach(worker, file, lines, pauses);
    });
    child.stdin.write('go\n');
    const [output] = await once(createInterface(child.stdout), 'line');
    return { pauses, output };
  } finally {
    // Node waits for its debugger to leave before it ends.
    close();
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await closed;
    clearTimeout(timer);
  }
}

async function attach(worker: InspectorSession, file: string, lines: string[], pauses: Pause[]): Promise<void> {
  const urls = new Map<string, string>();
  worker.on('Debugger.scriptParsed', ({ scriptId, url }) => urls.set(scriptId, url));
  worker.on('Debugger.paused', async ({ callFrames }) => {
    const [{ callFrameId, location }] = callFrames;
    const { result } = await worker.post('Debugger.evaluateOnCallFrame', { callFrameId, expression: 'x' });
    const line = (lines[location.lineNumber] ?? '').replace(/\/\/.*/, '').trim();
    pauses.push({ url: urls.get(location.scriptId) ?? '', line, value: result.value });
    await worker.post('Debugger.resume');
  });
  await worker.post('Debugger.enable');
  await worker.post('Debugger.setBreakpointByUrl', {
    url: pathToFileURL(file).href,
    lineNumber: lines.findIndex((line) => line.includes('return result;')),
  });
  await worker.post('Runtime.runIfWaitingForDebugger');
}

/** The address at which the process tells that it listens; what it writes later is let go. */
async function addressIn(stream: Readable): Promise<string> {
  const lines = createInterface(stream);
  for await (const line of lines) {
    const address = /ws:\/\/\S+/.exec(line)?.[0];
    if (address === undefined) continue;
    stream.resume();
    return address;
  }
  throw new Error('The process ended before it listened for a debugger');
}
