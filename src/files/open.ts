/** Opens a partition of a source, in the worker. */
import type { OpenHooks } from './bad-rows.js';
import type { Batches } from './batches.js';
import { openCsv } from './csv/open.js';
import { openParquet, openSql } from './duckdb/open.js';
import { openJson } from './json/open.js';
import type { FileTask } from './task.js';
import { openText } from './text.js';

export type { OpenHooks } from './bad-rows.js';

/** The rows of a partition. */
export function openFile(task: FileTask, hooks: OpenHooks = {}): Batches {
  switch (task.format) {
    case 'text':
      return openText(task);
    case 'json':
      return openJson(task, hooks);
    case 'csv':
      return openCsv(task, hooks);
    case 'parquet':
      return openParquet(task);
    case 'sql':
      return openSql(task);
  }
}
