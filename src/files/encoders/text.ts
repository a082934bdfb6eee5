/** Rows as lines of text. */
import { isWellFormed, type Output, type RowEncoder, refusal } from './encoder.js';

/** A line is its row and a line feed. What would come back as another row is refused. */
export function textEncoder(partition: number): RowEncoder {
  return {
    encode(rows: readonly unknown[], at: number, out: Output): void {
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i];
        const line = typeof row === 'string' ? row : textOf(row);
        const wrong = line === undefined ? 'is no text: make it a string with map first' : wrongWith(line);
        if (wrong !== undefined) throw refusal(partition, at + i, row, wrong);
        // The mark that a reader takes off the front of a file is then not the row's own.
        if (at + i === 0 && line!.startsWith('\ufeff')) out.text('\ufeff');
        out.text(`${line}\n`);
      }
    },
  };
}

function textOf(row: unknown): string | undefined {
  return ['number', 'bigint', 'boolean'].includes(typeof row) ? String(row) : undefined;
}

function wrongWith(line: string): string | undefined {
  if (line.includes('\n')) return 'holds a newline, which would make it two lines of text';
  if (line.endsWith('\r')) return 'ends with a carriage return, which would count as part of the line end';
  return isWellFormed(line) ? undefined : 'holds half of a surrogate pair, which UTF-8 cannot say';
}
