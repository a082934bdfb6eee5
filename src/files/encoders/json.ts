/** Rows as JSON Lines. */
import { type Output, type RowEncoder, refusal } from './encoder.js';

/** Each row is a line, as `JSON.stringify` has it. */
export function jsonEncoder(partition: number): RowEncoder {
  return {
    encode(rows: readonly unknown[], at: number, out: Output): void {
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i];
        let text: string | undefined;
        try {
          text = JSON.stringify(row);
        } catch (error) {
          throw refusal(partition, at + i, row, `cannot be said in JSON: ${(error as Error).message}`, error);
        }
        if (text === undefined) throw refusal(partition, at + i, row, 'cannot be said in JSON');
        out.text(`${text}\n`);
      }
    },
  };
}
