/** The worker's half of `travel.ts`: rebuilds functions and calls them. Bundled to CommonJS text, as the product's own worker is. */
import { parentPort } from 'node:worker_threads';
import type { Block } from '../../src/codec/block.js';
import { decodeValue, encodeValue } from '../../src/codec/index.js';
import type { PortableFunction } from '../../src/function/portable.js';
import { FunctionTable } from '../../src/function/rebuild.js';
import { encodeThrown } from '../../src/function/thrown.js';

const table = new FunctionTable({
  context: Object.assign(() => ({ worker: 7 }), { [Symbol.for('sheaf.host')]: 'context' }),
});

interface Call {
  readonly fn: PortableFunction;
  readonly calls: readonly Block[];
}

/** Answers each call's block: what came back, or what was thrown. */
parentPort?.on('message', async ({ fn, calls }: Call) => {
  const answers: { result?: Block; thrown?: Block }[] = [];
  try {
    const rebuilt = table.instantiate(await table.prepare(fn.code), fn.values);
    for (const call of calls) {
      try {
        answers.push({ result: encodeValue(await rebuilt(...(decodeValue(call) as unknown[]))) });
      } catch (error) {
        answers.push({ thrown: encodeThrown(error, table) });
      }
    }
  } catch (error) {
    answers.push({ thrown: encodeThrown(error, table) });
  }
  parentPort?.postMessage(answers);
});
