/**
 * One database that a query has left as it was, for the next query of this worker: opening one takes some 10 ms, closing it as many, and
 * in a new one even the query is slower, since its memory is new to the process.
 */
import { Database } from './load.js';

/** So long it waits: while it does, it keeps its threads and some memory. */
const waitMs = 5000;

let spare: { readonly key: string; readonly database: Database; readonly timer: NodeJS.Timeout } | undefined;

/** A database in memory for one query, and the way to give it back. */
export interface Lent {
  readonly database: Database;
  /** It is as it was: the query has ended well. Else `close` it. */
  giveBack(): void;
}

/** @param again the query leaves nothing in its database, so that another may have it */
export async function lend(entry: string, options: Record<string, string>, again: boolean): Promise<Lent> {
  const key = JSON.stringify([entry, options]);
  const database = (again ? await taken(key) : undefined) ?? (await Database.open(entry, options));
  return { database, giveBack: () => (again ? put(key, database) : database.close()) };
}

/**
 * Whether a query is sure to leave nothing in its database, as far as its text tells: one statement that begins as a question, and names
 * nothing that attaches, loads, sets, logs or turns something on or off.
 */
export function onlyReads(sql: string): boolean {
  return (
    /^\s*(select|from|with)\b[^;]*;?\s*$/i.test(sql) &&
    !/attach|execute|load|install|pragma|log|set|call|enable|disable/i.test(sql)
  );
}

async function taken(key: string): Promise<Database | undefined> {
  if (spare?.key !== key) return undefined;
  const { database, timer } = spare;
  spare = undefined;
  clearTimeout(timer);
  // What belongs to a connection (the seed of its random numbers) is new each time.
  await database.reconnect();
  return database;
}

function put(key: string, database: Database): void {
  if (spare !== undefined) {
    database.close();
    return;
  }
  database.disconnect();
  const timer = setTimeout(() => {
    spare = undefined;
    database.close();
  }, waitMs);
  timer.unref();
  spare = { key, database, timer };
}
