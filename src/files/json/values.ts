/** Rows from JSON values that stand one behind the other: one on each line, or over several. */
import type { BadRowTaker } from '../bad-rows.js';
import { beginsValue, endsValue, isSpace } from './syntax.js';

/** Where rows go, and where a block of text stands in its file. */
export interface Reading {
  readonly file: string;
  readonly take: BadRowTaker;
  /** The line in the file that the block begins with, counted from 1: asked only if a row is bad. */
  line(): number;
}

/** The values of a block, which begins and ends between two of them. `lines` gets how many line ends it has. */
export function readValues(text: string, reading: Reading): { rows: unknown[]; lines: number } {
  const rows: unknown[] = [];
  let lines = 0;
  for (let from = 0; from < text.length; ) {
    const end = lineEnd(text, from);
    const last = lastOf(text, from, end);
    if (last < from || readLine(text, from, last, rows)) {
      from = end + 1;
      lines++;
      continue;
    }
    const until = segmentEnd(text, from, end);
    readSegment(text.slice(from, until), lines, rows, reading);
    lines += countLines(text, from, until);
    from = until;
  }
  return { rows, lines };
}

/** A line that is a value by itself, by far the most of them. */
function readLine(text: string, from: number, last: number, rows: unknown[]): boolean {
  if (!endsValue(text.charCodeAt(last))) return false;
  try {
    rows.push(JSON.parse(text.slice(from, last + 1)));
    return true;
  } catch {
    return false;
  }
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

/** The last character from `from` to `end` that is no space. */
function lastOf(text: string, from: number, end: number): number {
  let last = end - 1;
  while (last >= from && isSpace(text.charCodeAt(last))) last--;
  return last;
}

/** Behind the first line end, at or behind `end`, that is between two values. */
function segmentEnd(text: string, from: number, end: number): number {
  for (let at = end; at < text.length; at = lineEnd(text, at + 1)) {
    const last = lastOf(text, from, at);
    if (last < from || !endsValue(text.charCodeAt(last))) continue;
    let next = at + 1;
    while (next < text.length && isSpace(text.charCodeAt(next))) next++;
    if (next < text.length && beginsValue(text.charCodeAt(next))) return at + 1;
  }
  return text.length;
}

/** A value of several lines, several values on a line, or something else. */
function readSegment(segment: string, line: number, rows: unknown[], reading: Reading): void {
  const values = valuesIn(segment);
  if (values !== undefined) {
    for (const value of values) rows.push(value);
    return;
  }
  // Something is wrong in here. What stands on a line of its own, from its very beginning, is kept: it is not a part of anything.
  let bad = '';
  let badLine = 0;
  const flush = () => {
    const text = bad.replace(/\s+$/, '');
    bad = '';
    if (text.trim() === '') return;
    const instead = reading.take(() => ({
      file: reading.file,
      line: reading.line() + line + badLine,
      text,
      error: errorOf(text),
    }));
    if (instead !== undefined) rows.push(instead);
  };
  for (const [i, text] of segment.split('\n').entries()) {
    const value = /^[{[]/.test(text) ? valuesIn(text) : undefined;
    if (value === undefined) {
      if (bad === '' && text.trim() === '') continue;
      if (bad === '') badLine = i;
      bad += `${text}\n`;
      continue;
    }
    flush();
    for (const one of value) rows.push(one);
  }
  flush();
}

/** The values of a text, which has nothing else; `undefined` if it has. */
function valuesIn(text: string): unknown[] | undefined {
  const values: unknown[] = [];
  try {
    for (let from = skip(text, 0); from < text.length; from = skip(text, from)) {
      const end = valueEnd(text, from);
      values.push(JSON.parse(text.slice(from, end)));
      from = end;
    }
  } catch {
    return undefined;
  }
  return values;
}

function skip(text: string, from: number): number {
  let i = from;
  while (i < text.length && isSpace(text.charCodeAt(i))) i++;
  return i;
}

/** Where the value ends that begins at `from`: behind its bracket or quote, or before the next space. */
function valueEnd(text: string, from: number): number {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    const c = text[i]!;
    if (c === '"') {
      for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === '\\') i++;
      if (depth === 0) return i + 1;
    } else if (c === '{' || c === '[') {
      if (depth === 0 && i > from) return i;
      depth++;
    } else if (c === '}' || c === ']') {
      if (--depth <= 0) return i + 1;
    } else if (depth === 0 && isSpace(c.charCodeAt(0))) return i;
  }
  return text.length;
}

/** Why the text is no JSON. */
export function errorOf(text: string): Error {
  try {
    JSON.parse(text);
    return new SyntaxError('it is not where a value can be');
  } catch (error) {
    return error as Error;
  }
}

export function countLines(text: string, from: number, to: number): number {
  let count = 0;
  for (let i = text.indexOf('\n', from); i >= 0 && i < to; i = text.indexOf('\n', i + 1)) count++;
  return count;
}
