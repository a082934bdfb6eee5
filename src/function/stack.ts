/** Stack traces as text: which frames are whose. */

const FRAME = /^\s+at /;

/** A stack's parts: what stands above the frames, and the frames. */
export function splitStack(stack: string): { readonly header: string; readonly frames: readonly string[] } {
  const lines = stack.split('\n');
  let first = lines.length;
  // From the end, since a message may hold lines that look like frames.
  while (first > 0 && FRAME.test(lines[first - 1] as string)) first--;
  return { header: lines.slice(0, first).join('\n'), frames: lines.slice(first) };
}

/** The script that this code is in: of a bundle, all of Sheaf; of single files, the folder that holds them. */
function ownScript(): string {
  const [, name = ''] =
    /(?:\(|at )((?:file:)?[^()]*):\d+:\d+\)?$/.exec((new Error().stack ?? '').split('\n')[1] ?? '') ?? [];
  return name.replace(/(?:chunks\/[^/]+|function\/stack\.[jt]s|index\.js)$/, '');
}

const own = ownScript();
const ownFile = own.startsWith('file:') ? decodeURI(own.slice('file://'.length)) : own;

/** Whether the script that holds Sheaf also holds the program (a bundle of both), so that their frames cannot be told apart. */
function isShared(): boolean {
  const entry = process.argv[1];
  return entry !== undefined && !own.startsWith('[') && (own === entry || ownFile === entry);
}

const shared = isShared();

/** Whether a frame is of Sheaf's own code or of Node's internals. */
function isForeign(frame: string): boolean {
  if (/\bnode:internal\/|\bsheaf:\w+:\d/.test(frame)) return true; // also those parts that the build carries as text
  return (
    !shared &&
    own !== '' &&
    (frame.includes(`(${own}`) ||
      frame.includes(`at ${own}`) ||
      frame.includes(`at async ${own}`) ||
      (ownFile !== own && frame.includes(ownFile)))
  );
}

/** The frames of the user's code, and of what it called. */
export function userFrames(frames: readonly string[]): string[] {
  const kept = frames.filter((frame) => !isForeign(frame));
  // What is below the first user frame from the bottom is how Node got there.
  while (kept.length > 0 && /(?:\(|at )node:/.test(kept.at(-1) as string)) kept.pop();
  return kept;
}
