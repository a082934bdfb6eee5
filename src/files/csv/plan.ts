/** Partitions of CSV: headers, then types and bounds that hold whatever the number of partitions is. */
import { ValueError } from '../../errors.js';
import { type Candidate, type Part, type Shared, weightOf } from '../share.js';
import { show } from '../show.js';
import type { CsvSource } from '../source.js';
import type { CsvColumn, CsvPiece, CsvTask } from '../task.js';
import { bomLength, Window } from '../window.js';
import { type CsvScan, type CsvScanTask, scanCsv } from './scan.js';
import { fieldsOf, Tokens } from './tokens.js';

/** Carries out looks at ranges, in any order, and gives what was seen in the order of the tasks. */
export type Scanner = (tasks: readonly CsvScanTask[]) => Promise<readonly CsvScan[]>;

/** The first row of a file, and where the second begins. */
interface Header {
  readonly names: readonly string[];
  /** Which field each is in. */
  readonly places: ReadonlyMap<string, number>;
  readonly begin: number;
  /** Lines before that. */
  readonly lines: number;
}

export async function planCsv(
  source: CsvSource,
  files: readonly Candidate[],
  shared: Shared,
  scan: Scanner = scanHere,
): Promise<CsvTask[]> {
  const headers = new Map<string, Header>();
  let first: { readonly file: Candidate; readonly header: Header } | undefined;
  for (const file of files) {
    const header = await readHeader(file, source.delimiter);
    if (header === undefined) continue; // an empty file has no rows
    first ??= { file, header };
    checkHeader(header, file, first);
    headers.set(file.file, header);
  }
  const names = first?.header.names ?? [];
  checkColumns(source, names, first?.file.name ?? source.globs.join(', '));

  const parts = shared.flat().filter(({ file }) => headers.has(file));
  const given = new Set(Object.keys(source.columns));
  const tasks = parts.map((part) => scanTask(part, headers.get(part.file)!, given, source.delimiter));
  const seen =
    names.every((name) => given.has(name)) && isWhole(parts) ? tasks.map(unseen) : await chained(tasks, scan);

  const columns = names.map((name): CsvColumn => {
    const judged = () => seen.every(({ numeric }, k) => numeric[headers.get(parts[k]!.file)!.places.get(name)!]);
    return { name, type: given.has(name) ? source.columns[name]! : judged() ? 'number' : 'string' };
  });
  const pieces = piecesOf(parts, seen, headers, names);
  return shared.map((parts) => ({
    format: 'csv',
    columns,
    delimiter: source.delimiter,
    onBadRow: source.onBadRow,
    pieces: parts.flatMap((part) => pieces.get(part) ?? []),
    bytes: weightOf(parts),
  }));
}

function piecesOf(
  parts: readonly Part[],
  seen: readonly CsvScan[],
  headers: ReadonlyMap<string, Header>,
  names: readonly string[],
): Map<Part, CsvPiece> {
  const pieces = new Map<Part, CsvPiece>();
  let line = 1;
  for (const [i, part] of parts.entries()) {
    const header = headers.get(part.file)!;
    if (parts[i - 1]?.file !== part.file) line = 1 + header.lines;
    const { start, end, lines } = seen[i]!;
    const to = Number.isFinite(part.size) && part.packing === 'none' ? end : Infinity;
    const fields = names.map((name) => header.places.get(name)!);
    if (start < to) pieces.set(part, { ...part, from: start, to, line, fields });
    line += lines;
  }
  return pieces;
}

/** No file is in two parts: rows begin where the header ends. */
function isWhole(parts: readonly Part[]): boolean {
  return new Set(parts.map(({ file }) => file)).size === parts.length;
}

function unseen({ begin, piece }: CsvScanTask): CsvScan {
  return { start: begin, end: piece.to, lines: 0, numeric: [] };
}

function scanTask(piece: Part, { begin, names }: Header, given: ReadonlySet<string>, delimiter: number): CsvScanTask {
  const judged = names.map((name) => !given.has(name));
  return { piece, begin, judged, delimiter, start: piece.from <= begin ? begin : undefined };
}

/**
 * Each range has to begin where the one before it ends. Where the guess was another, it is looked at again: after a quoted field of many
 * lines, or with quotes that nobody closes.
 */
async function chained(tasks: readonly CsvScanTask[], scan: Scanner): Promise<CsvScan[]> {
  const seen = [...(await scan(tasks))];
  for (let i = 1; i < tasks.length; i++) {
    const task = tasks[i]!;
    if (tasks[i - 1]!.piece.file !== task.piece.file) continue;
    const start = seen[i - 1]!.end;
    if (seen[i]!.start !== start) [seen[i]] = (await scan([{ ...task, start }])) as [CsvScan];
  }
  return seen;
}

/** Looks on this thread, and lets others have their turn in between. */
async function scanHere(tasks: readonly CsvScanTask[]): Promise<CsvScan[]> {
  let last = performance.now();
  const breathe = async () => {
    if (performance.now() - last < 10) return;
    await new Promise((resolve) => setImmediate(resolve));
    last = performance.now();
  };
  const seen: CsvScan[] = [];
  for (const task of tasks) seen.push(await scanCsv(task, breathe));
  return seen;
}

async function readHeader(file: Candidate, delimiter: number): Promise<Header | undefined> {
  const window = new Window({ ...file, from: 0, to: Infinity }, 0);
  try {
    const tokens = new Tokens(0, delimiter);
    let lines = 0;
    for (let begun = false; ; ) {
      await window.fill();
      if (!begun && window.end < 3 && !window.ended) continue;
      if (!begun) window.start += bomLength(window.bytes, window.start, window.end);
      begun = true;
      while (window.start < window.end) {
        const { start } = window;
        tokens.read(window.bytes, start, start + 1, window.end, window.ended);
        const [row] = tokens.faults;
        if (row === undefined) break;
        window.start = row.end;
        lines += tokens.lines;
        const text = window.bytes.toString('utf8', row.start, row.end).replace(/\r?\n$/, '');
        if (text === '') continue;
        if (row.fault === 'open') throw new ValueError(`${file.name}: a quote in the header has no end.`, file.name);
        const names = fieldsOf(text, String.fromCharCode(delimiter));
        const places = new Map(names.map((name, i) => [name, i]));
        return { names, places, begin: window.placeOf(row.end), lines };
      }
      if (window.ended) return undefined;
    }
  } finally {
    window.close();
  }
}

function checkHeader({ names, places }: Header, file: Candidate, first: { file: Candidate; header: Header }): void {
  const twice = names.find((name, i) => places.get(name) !== i);
  if (twice !== undefined) {
    throw new ValueError(
      `${file.name} has two columns of the name ${show(twice)}. Give each a name of its own.`,
      file.name,
    );
  }
  const missing = first.header.names.find((name) => !places.has(name));
  const more = names.find((name) => !first.header.places.has(name));
  if (missing === undefined && more === undefined) return;
  const other = missing === undefined ? `has the column ${show(more)}` : `has no column ${show(missing)}`;
  throw new ValueError(
    `${file.name} ${other}, other than ${first.file.name}. Read files of different columns as datasets of their own.`,
    file.name,
  );
}

function checkColumns(source: CsvSource, names: readonly string[], file: string): void {
  for (const name of Object.keys(source.columns)) {
    if (names.includes(name)) continue;
    throw new ValueError(
      `columns names ${show(name)}, but ${file} has no such column; it has ${names.map(show).join(', ') || 'none'}.`,
      name,
    );
  }
}
