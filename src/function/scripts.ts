/**
 * The scripts that functions come from: which file, and its text. A script's name is first looked for on the call stack, since the
 * code that hands a function over is mostly in the same file; asking the debugger for all scripts costs tens of milliseconds.
 */
import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as util from 'node:util';
import { listening, post } from './inspect.js';

/** A script that the engine has loaded. */
export interface Script {
  readonly id: string;
  /** A URL (`file:`, `node:`, …), or what else the script was named; empty for code without a name. */
  readonly url: string;
  /** As error stacks name it: a file URL for ES modules, mostly a path for CommonJS. */
  readonly name: string;
}

interface Parsed extends Script {
  readonly sourceMap: string | undefined;
}

const scripts = new Map<string, Script>();
const sources = new Map<string, { text: string; sourceMap: string | undefined } | undefined>();

function toUrl(name: string): string {
  return name.startsWith('/') || /^[A-Za-z]:[\\/]/.test(name) ? pathToFileURL(name).href : name;
}

interface Frame {
  scriptId?: string;
  scriptName?: string;
  lineNumber?: number;
  columnNumber?: number;
  url?: string;
}

type GetCallSites = (count: number, options: { sourceMap: boolean }) => Frame[];

/** The scripts of the functions that are on the stack now. */
function scriptsOnStack(): void {
  const getCallSites = (util as { getCallSites?: GetCallSites }).getCallSites;
  // Experimental, with a warning, before Node 24.
  if (getCallSites !== undefined && Number(process.versions.node.split('.')[0]) >= 24) {
    for (const { scriptId, scriptName } of getCallSites(100, { sourceMap: false })) {
      if (scriptId !== undefined && scriptName) remember({ id: scriptId, url: toUrl(scriptName), name: scriptName });
    }
    return;
  }
  // An exception's details have the stack with script numbers, but only while the Runtime domain is on.
  post('Runtime.enable');
  try {
    const { exceptionDetails } = post<{ exceptionDetails?: { stackTrace?: { callFrames: Frame[] } } }>(
      'Runtime.evaluate',
      {
        expression: 'throw new Error()',
        silent: true,
      },
    );
    for (const { scriptId, url } of exceptionDetails?.stackTrace?.callFrames ?? []) {
      if (scriptId !== undefined && url) remember({ id: scriptId, url: toUrl(url), name: '' });
    }
  } finally {
    post('Runtime.disable');
  }
}

function remember(script: Script): void {
  if (!scripts.has(script.id)) scripts.set(script.id, script);
}

/** The stack with script numbers: an exception's details have them, but only while the Runtime domain is on. */
function stackFrames(): readonly Frame[] {
  post('Runtime.enable');
  try {
    const { exceptionDetails } = post<{ exceptionDetails?: { stackTrace?: { callFrames: Frame[] } } }>(
      'Runtime.evaluate',
      {
        expression: 'throw new Error()',
        silent: true,
      },
    );
    return exceptionDetails?.stackTrace?.callFrames ?? [];
  } finally {
    post('Runtime.disable');
  }
}

/** Where the functions that are on the stack now, and are of one script, stand in its text. */
export function framesIn(scriptId: string, text: string): number[] {
  return stackFrames()
    .filter((frame) => frame.scriptId === scriptId)
    .map(({ lineNumber = 0, columnNumber = 0 }) => startOfLine(text, lineNumber) + columnNumber);
}

/** Asks the debugger, for this moment only, which scripts there are, and for the text of one of them. */
function askDebugger(id: string): void {
  const found: Parsed[] = [];
  listening<{ scriptId: string; url: string; sourceMapURL?: string }>(
    'Debugger.scriptParsed',
    ({ scriptId, url, sourceMapURL }) =>
      found.push({ id: scriptId, url: toUrl(url), name: '', sourceMap: sourceMapURL || undefined }),
    () => {
      post('Debugger.enable');
      try {
        const { scriptSource } = post<{ scriptSource: string }>('Debugger.getScriptSource', { scriptId: id });
        sources.set(id, { text: scriptSource, sourceMap: found.find((script) => script.id === id)?.sourceMap });
      } catch {
        sources.set(id, undefined);
      } finally {
        post('Debugger.disable');
      }
    },
  );
  for (const { id: scriptId, url } of found) remember({ id: scriptId, url, name: '' });
}

/** The script with this number; its `url` is empty if nobody knows it any more. */
export function scriptOf(id: string): Script {
  if (!scripts.has(id)) scriptsOnStack();
  if (!scripts.has(id)) askDebugger(id);
  if (!scripts.has(id)) scripts.set(id, { id, url: '', name: '' });
  return scripts.get(id) as Script;
}

/** The text that the engine runs, which a loader may have made out of the file's. `undefined` when it is gone. */
export function loadedText(id: string): string | undefined {
  if (!sources.has(id)) askDebugger(id);
  return sources.get(id)?.text;
}

/** The URL of the script's source map (also `data:`), as its last comment gives it. */
export function sourceMapOf(id: string): string | undefined {
  if (!sources.has(id)) askDebugger(id);
  return sources.get(id)?.sourceMap;
}

const files = new Map<string, string | undefined>();

/** The text of the script's file as it lies on disk; `undefined` where it was written after this process had started. */
export function fileText(script: Script): string | undefined {
  if (!script.url.startsWith('file:')) return undefined;
  if (!files.has(script.url)) files.set(script.url, readText(fileURLToPath(script.url.replace(/[?#].*$/, ''))));
  return files.get(script.url);
}

function readText(path: string): string | undefined {
  try {
    if (statSync(path).mtimeMs > performance.timeOrigin) return undefined;
    const text = readFileSync(path, 'utf8');
    return text.startsWith('\uFEFF') ? text.slice(1) : text;
  } catch {
    return undefined;
  }
}

/**
 * Where `part` begins in `text`, given a place (line and column from 0) inside it; -1 if it is not there. The place an engine gives for
 * a function is its parameter list or its first word.
 */
export function offsetOf(text: string, part: string, line: number, column: number): number {
  const place = startOfLine(text, line) + column;
  const found = text.lastIndexOf(part, place);
  return found >= 0 && found + part.length > place ? found : -1;
}

function startOfLine(text: string, line: number): number {
  let start = 0;
  for (let i = 0; i < line; i++) {
    start = nextLine(text, start);
    if (start < 0) return text.length;
  }
  return start;
}

function nextLine(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 13) return text.charCodeAt(i + 1) === 10 ? i + 2 : i + 1;
    if (code === 10 || code === 0x2028 || code === 0x2029) return i + 1;
  }
  return -1;
}
