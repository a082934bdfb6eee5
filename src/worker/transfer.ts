import type { Block } from '../codec/block.js';
import { attachmentsOf, isBeside } from '../codec/index.js';
import type { FromWorker, ToWorker } from './protocol.js';

/** Below this, copying a buffer with its message costs less than moving it. */
const moveFromBytes = 16 * 1024;

function addBlock(block: Block, list: Transferable[]): void {
  if (isBeside(block)) return;
  const { buffer, byteLength } = block.bytes;
  if (byteLength >= moveFromBytes && buffer.byteLength === byteLength) list.push(buffer);
  if (block.attached !== undefined) list.push(...(attachmentsOf(block) as Transferable[]));
}

type Transferable = ArrayBuffer | import('node:worker_threads').MessagePort;

/** What a message from a worker moves instead of copying. `undefined` for nothing: an empty list takes longer to send than the message. */
export function transferOf(message: FromWorker): Transferable[] | undefined {
  const list: Transferable[] = [];
  if (message.kind === 'failing') addBlock(message.end.output, list);
  if (message.kind === 'rows') addBlock(message.output, list);
  if (message.kind === 'ended') {
    for (const end of message.ends) if (end.kind === 'done' || end.kind === 'threw') addBlock(end.output, list);
  }
  return list.length === 0 ? undefined : list;
}

/** What a message to a worker moves instead of copying: the input of its tasks. */
export function transferTo(message: ToWorker): Transferable[] | undefined {
  const list: Transferable[] = [];
  if (message.kind === 'run') for (const task of message.tasks) addBlock(task.input, list);
  if (message.kind === 'more') addBlock(message.input, list);
  return list.length === 0 ? undefined : list;
}
