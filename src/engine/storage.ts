/** How an engine's tasks may use memory and disk for the rows that stages exchange. */
export interface StorageOptions {
  /** Memory for rows that are exchanged, sorted, grouped or kept, in bytes or as `'256MB'`. Default: a quarter of the machine's. */
  readonly memory?: number | string | undefined;
  /** Folder for scratch files. Default: that of the system for temporary files. */
  readonly scratch?: string | undefined;
  /** How rows get from one stage to the next: through memory as far as it goes (default), or by files. */
  readonly exchange?: 'memory' | 'file' | undefined;
}

/** As an engine has it. */
export interface EngineStorage extends StorageOptions {
  /** Workers may be on other machines, and share no folder with this one: rows move through memory alone. */
  readonly apart?: boolean | undefined;
  /** Workers can leave rows for each other in a store of the engine's own, by names. */
  readonly objects?: ObjectStore | undefined;
}

export interface ObjectStore {
  release(group: string): void;
  /** Workers on the machine of one that may be gone, whose objects are at hand there. */
  near(worker: number): readonly number[];
  /** Another number each time that all that was left has been lost. */
  readonly era: number;
}

/** The same, with everything decided. */
export interface Storage {
  readonly apart: boolean;
  readonly objects: EngineStorage['objects'];
  readonly memory: number;
  readonly scratch: string | undefined;
  readonly exchange: 'memory' | 'file';
}

const units: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };
const least = 2 ** 20;

export function storageOf({ memory, scratch, exchange = 'memory', apart = false, objects }: EngineStorage): Storage {
  return { apart, objects, memory: memory === undefined ? defaultMemory() : bytesOf(memory), scratch, exchange };
}

/** What `memory` means. Throws a `TypeError` or `RangeError` for what means nothing. */
export function bytesOf(memory: number | string): number {
  let bytes = memory;
  if (typeof memory === 'string') {
    const [, digits, letter = ''] = /^\s*(\d+(?:\.\d+)?)\s*(?:([kmgt]?)i?b)?\s*$/i.exec(memory) ?? [];
    if (digits === undefined)
      throw new TypeError(`memory must be a number of bytes, or a string like '256MB' or '1.5GB', not '${memory}'.`);
    bytes = Number(digits) * units[letter.toLowerCase()]!;
  }
  if (typeof bytes !== 'number' || Number.isNaN(bytes))
    throw new TypeError("memory must be a number of bytes, or a string like '256MB'.");
  if (bytes < least) throw new RangeError(`memory must be at least 1MB, not ${memory}.`);
  return Math.floor(bytes);
}

function defaultMemory(): number {
  const constrained = process.constrainedMemory?.() ?? 0;
  const total = process.getBuiltinModule('node:os').totalmem();
  return Math.floor((constrained > 0 && constrained < total ? constrained : total) / 4);
}
