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

type Door = (...args: never[]) => unknown;

const doors: Door[] = [];

/** Makes functions known that programs call, for {@link beginAtCall}. */
export function openDoors(...functions: readonly object[]): void {
  doors.push(...(functions as Door[]));
}

/** The same of all methods of a class, static ones too, and of those it extends. */
export function openDoorsOf(itsClass: { readonly prototype: object }): void {
  for (let at: object = itsClass.prototype; at !== Object.prototype; at = Object.getPrototypeOf(at) as object)
    for (const one of [at, at.constructor])
      for (const { value } of Object.values(Object.getOwnPropertyDescriptors(one)))
        if (typeof value === 'function') openDoors(value as Door);
}

/**
 * Has the stack of an error that is made in a call of Sheaf's begin at the line with the call, so that this is the line that Node prints
 * where nobody catches the error. Node takes it from frames that the engine keeps beside the text, so that the text alone will not do.
 */
export function beginAtCall<E extends Error>(error: E): E {
  const limit = Error.stackTraceLimit;
  const framesFrom = (door: Door): string[] => {
    const holder = { stack: '' };
    Error.captureStackTrace(holder, door);
    return splitStack(holder.stack).frames as string[];
  };
  let best: { readonly door: Door; readonly frames: number } | undefined;
  Error.stackTraceLimit = Infinity;
  try {
    for (const door of doors) {
      const frames = framesFrom(door);
      const [first] = frames;
      if (first === undefined || isForeign(first)) continue;
      // The innermost call, if a program's function that Sheaf called has called Sheaf.
      if (best === undefined || frames.length > best.frames) best = { door, frames: frames.length };
    }
  } finally {
    Error.stackTraceLimit = limit;
  }
  if (best !== undefined) Error.captureStackTrace(error, best.door);
  return error;
}
