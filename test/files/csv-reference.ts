/** CSV read the slow way, by the words of its rules. */

export interface ReferenceRow {
  readonly line: number;
  readonly fields: readonly string[];
  /** Nothing but the row is wrong with it if it has no such words. */
  readonly fault: string | undefined;
  readonly text: string;
}

/** The rows of a file, the header first. Blank lines are none. */
export function rowsOfCsv(file: string): ReferenceRow[] {
  const text = file.replace(/^\ufeff/, '');
  const rows: ReferenceRow[] = [];
  let line = 1;
  let i = 0;
  while (i < text.length) {
    const start = i;
    const startLine = line;
    const fields: string[] = [];
    let fault: string | undefined;
    for (;;) {
      let field = '';
      if (text[i] === '"') {
        i++;
        while (i < text.length && (text[i] !== '"' || text[i + 1] === '"')) {
          if (text[i] === '"') i++;
          if (text[i] === '\n') line++;
          field += text[i++];
        }
        if (i >= text.length) fault = 'no end';
        i++;
        const from = i;
        while (i < text.length && text[i] !== ',' && text[i] !== '\n') i++;
        if (!['', '\r'].includes(text.slice(from, i)) || (text[i] === ',' && i > from)) fault ??= 'behind';
      } else {
        while (i < text.length && text[i] !== ',' && text[i] !== '\n') field += text[i++];
        if (text[i] === '\n') field = field.replace(/\r$/, '');
      }
      fields.push(field);
      if (text[i] !== ',') break;
      i++;
    }
    if (i < text.length) {
      i++;
      line++;
    }
    const row = text.slice(start, i).replace(/\r?\n$/, '');
    if (fields.length > 1 || fields[0] !== '' || row !== '') rows.push({ line: startLine, fields, fault, text: row });
  }
  return rows;
}

/** What a dataset has of a file: its rows as objects, and what is wrong with the others. */
export function datasetOf(files: readonly string[]): { rows: unknown[]; numeric: Record<string, boolean> } {
  const tables = files.map(rowsOfCsv).filter((rows) => rows.length > 0);
  const names = tables[0]?.[0]?.fields ?? [];
  const good = tables.flatMap(([header, ...rows]) =>
    rows.map((row) => {
      const wrong = row.fault ?? (row.fields.length === names.length ? undefined : 'fields');
      return { row, wrong, values: names.map((name) => row.fields[header!.fields.indexOf(name)] ?? '') };
    }),
  );
  const numeric = names.map((_, i) =>
    good.every(
      ({ wrong, values }) => wrong !== undefined || values[i] === '' || String(Number(values[i])) === values[i],
    ),
  );
  const rows = good.map(({ row, wrong, values }) =>
    wrong !== undefined
      ? { bad: [row.line, row.text, wrong] }
      : Object.fromEntries(
          names.map((name, i) => [name, values[i] === '' ? null : numeric[i] ? Number(values[i]) : values[i]]),
        ),
  );
  return { rows, numeric: Object.fromEntries(names.map((name, i) => [name, numeric[i]!])) };
}
