/**
 * Reads a function object from the inside: where it was defined, and the variables of the scopes that enclose it, as the real values.
 * Through the inspector of this same thread, synchronously and without its Debugger domain, which would slow down the program.
 */
import type { Session } from 'node:inspector';
import { CaptureError } from '../errors.js';

/** A scope around a function: the variables that inner functions use. Reading one that has no value yet throws on newer engines. */
export interface Scope {
  readonly kind: 'module' | 'script' | 'global' | 'local';
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Where a function was defined (line and column from 0), and its scopes, the innermost first. */
export interface Inside {
  readonly scriptId: string;
  readonly line: number;
  readonly column: number;
  readonly scopes: readonly Scope[];
}

interface RemoteProperty {
  name: string;
  value?: { objectId?: string; value?: unknown };
}

interface Raw {
  description: string;
  object: Record<string, unknown>;
}

const HOLDER = Symbol.for('sheaf.inspect');
const GROUP = 'sheaf';
const holder: { fns: readonly object[]; lists: ArrayLike<Raw>[] } = { fns: [], lists: [] };

let session: Session | undefined;
let holderId: string | undefined;

/** The way out that every message about a missing inspector names. */
const WAY_OUT =
  "Export the function from a module and name it: fromModule(new URL('./work.js', import.meta.url), 'work').";

function connect(): Session {
  if (session !== undefined) return session;
  try {
    const inspector = process.getBuiltinModule('node:inspector');
    const opened = new inspector.Session();
    opened.connect();
    session = opened;
    return opened;
  } catch (error) {
    throw new CaptureError(
      `Functions cannot be captured in this process: the inspector is not available (${(error as Error).message}). ${WAY_OUT} With the permission model, run Node with --allow-inspector where it has that option.`,
      [],
      { cause: error },
    );
  }
}

/** One synchronous request. Results of the same thread's session arrive before `post` returns. */
export function post<T>(method: string, params?: object): T {
  let failure: Error | null = null;
  let result: unknown;
  connect().post(method, params as object, (error: Error | null, answer?: object) => {
    failure = error;
    result = answer;
  });
  if (failure !== null) throw new Error(`inspector: ${method}: ${(failure as Error).message}`);
  return result as T;
}

/** Listens to events of the session while `run` runs. */
export function listening<E>(event: string, listener: (params: E) => void, run: () => void): void {
  const target = connect();
  const on = (message: { params: unknown }) => listener(message.params as E);
  target.on(event, on);
  try {
    run();
  } finally {
    target.off(event, on);
  }
}

/** The inspector's handle of `holder`, through which values get in and out. Passed by way of `process`, which all realms share. */
function openHolder(): string {
  if (holderId !== undefined) return holderId;
  const shelf = process as unknown as Record<symbol, unknown>;
  Object.defineProperty(shelf, HOLDER, { value: holder, configurable: true });
  try {
    const found = post<{ result: { objectId?: string } }>('Runtime.evaluate', {
      expression: "process[Symbol.for('sheaf.inspect')]",
    });
    if (found.result.objectId === undefined)
      throw new CaptureError(`Functions cannot be captured in this process. ${WAY_OUT}`);
    holderId = found.result.objectId;
    return holderId;
  } finally {
    delete shelf[HOLDER];
  }
}

const TAKE = 'function (...lists) { this.lists = lists; }';

function kindOf(scope: Raw): Scope['kind'] {
  if (scope.description === 'Global' || scope.object === globalThis) return 'global';
  if (scope.description === 'Module') return 'module';
  return scope.description === 'Script' ? 'script' : 'local';
}

/** The inspector's handle of what an expression gives for the holder. */
function handleOf(id: string, expression: string): string | undefined {
  const { result } = post<{ result: { objectId?: string } }>('Runtime.callFunctionOn', {
    objectId: id,
    functionDeclaration: `function () { return ${expression}; }`,
    objectGroup: GROUP,
  });
  return result.objectId;
}

/** The handles of an array's elements. */
function handlesOf(array: string | undefined): (string | undefined)[] {
  const { result } = post<{ result: RemoteProperty[] }>('Runtime.getProperties', {
    objectId: array,
    ownProperties: true,
  });
  return result.map((element) => element.value?.objectId);
}

/** Handles keep what they name alive: they are given back when this turn is over, or as soon as there are many. */
let looks = 0;
const looksAtOnce = 64;

function releaseLater(): void {
  looks++;
  if (looks === 1) queueMicrotask(release);
  else if (looks % looksAtOnce === 0) post('Runtime.releaseObjectGroup', { objectGroup: GROUP });
}

function release(): void {
  looks = 0;
  post('Runtime.releaseObjectGroup', { objectGroup: GROUP });
}

/**
 * Looks into functions; `undefined` for those without a source of their own (native, bound, proxies). Takes some tens of µs for one, a
 * third less where its scopes are not wanted. The variables are those of this moment.
 * @param wanted whether the scopes of the function at this position are of interest; without them, it seems to have none
 */
export function lookInside(
  fns: readonly object[],
  wanted: (position: number) => boolean = () => true,
): (Inside | undefined)[] {
  const id = openHolder();
  holder.fns = fns;
  try {
    const handles = fns.length === 1 ? [handleOf(id, 'this.fns[0]')] : handlesOf(handleOf(id, 'this.fns'));
    const places: (Omit<Inside, 'scopes'> | undefined)[] = [];
    const lists: { objectId: string }[] = [];
    const listOf = new Map<number, number>();
    for (let i = 0; i < fns.length; i++) {
      const { internalProperties = [] } = post<{ internalProperties?: RemoteProperty[] }>('Runtime.getProperties', {
        objectId: handles[i],
        ownProperties: true,
      });
      const place = internalProperties.find((property) => property.name === '[[FunctionLocation]]')?.value?.value;
      const scopes = internalProperties.find((property) => property.name === '[[Scopes]]')?.value?.objectId;
      if (place === undefined || scopes === undefined) {
        places.push(undefined);
        continue;
      }
      const { scriptId, lineNumber, columnNumber } = place as {
        scriptId: string;
        lineNumber: number;
        columnNumber: number;
      };
      places.push({ scriptId, line: lineNumber, column: columnNumber });
      if (wanted(i)) listOf.set(i, lists.push({ objectId: scopes }) - 1);
    }
    if (lists.length > 0) {
      const { exceptionDetails } = post<{ exceptionDetails?: { text: string } }>('Runtime.callFunctionOn', {
        objectId: id,
        functionDeclaration: TAKE,
        arguments: lists,
        returnByValue: true,
      });
      // Without its scopes, a function would seem to use nothing but globals.
      if (exceptionDetails !== undefined || holder.lists.length !== lists.length) {
        throw new Error(`The variables of a function could not be read (${exceptionDetails?.text ?? 'no answer'}).`);
      }
    }
    return places.map((place, i) => place && { ...place, scopes: scopesIn(holder.lists[listOf.get(i) ?? -1]) });
  } finally {
    holder.fns = [];
    holder.lists = [];
    releaseLater();
  }
}

const scopesIn = (list: ArrayLike<Raw> = []): Scope[] =>
  Array.from({ length: list.length }, (_, i) => {
    const raw = list[i] as Raw;
    return { kind: kindOf(raw), variables: raw.object };
  });
