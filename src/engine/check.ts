/** Checks of options: what is wrong with a call is said at the call, as a `TypeError` or a `RangeError`. */
import { allocationProblem } from '../schedule/policy.js';
import type { LocalOptions } from './machine.js';
import { bytesOf, type StorageOptions } from './storage.js';

/** Timers of the platform count in 32 bits. */
export const longestMs = 2 ** 31 - 1;

export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`;
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Promise) return 'a promise, which has to be awaited first';
  if (typeof value !== 'object' || value === null) return String(value);
  const itsClass = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof itsClass === 'string' && itsClass !== '' && itsClass !== 'Object'
    ? `an object (${itsClass})`
    : 'an object';
}

/** A misspelt option would be ignored quietly. */
export function checkNames(what: string, options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const given = name.toLowerCase();
    const like = (other: string): boolean => other.toLowerCase().includes(given) || given.includes(other.toLowerCase());
    const meant = known.find(like);
    const list = known.length === 1 ? `There is ${known[0]}.` : `There are: ${known.join(', ')}.`;
    throw new TypeError(`${what} has no option ${name}. ${meant === undefined ? list : `Did you mean ${meant}?`}`);
  }
}

export function checkNumber(name: string, value: unknown, least: number, whole: boolean, most = Infinity): void {
  if (value === undefined) return;
  const kind = whole ? 'a whole number' : 'a number';
  if (typeof value !== 'number') throw new TypeError(`${name} must be ${kind}, not ${show(value)}.`);
  if (!(value >= least && value <= most) || (whole && !Number.isInteger(value))) {
    throw new RangeError(
      `${name} must be ${kind} of at least ${least}${most < Infinity ? ` and at most ${most}` : ''}, not ${value}.`,
    );
  }
}

export function checkOneOf(name: string, value: unknown, allowed: readonly unknown[]): void {
  if (value === undefined || allowed.includes(value)) return;
  const list = allowed.map((one) => (typeof one === 'string' ? `'${one}'` : String(one))).join(' or ');
  throw new TypeError(`${name} must be ${list}, not ${show(value)}.`);
}

export function checkAllocation(value: unknown): void {
  const problem = value === undefined ? undefined : allocationProblem(value);
  if (problem !== undefined) throw new TypeError(`${problem}.`);
}

export function checkOptionsObject(name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null)
    throw new TypeError(`${name} must be an object, not ${show(value)}.`);
}

export function checkLocalOptions(options: LocalOptions): void {
  checkStorageOptions(options);
  const { workers, isolation, allocation, maxTasksPerWorker, resourceLimits, graceMs } = options;
  checkNumber('workers', workers, 1, true);
  checkOneOf('isolation', isolation, ['thread', 'process']);
  checkAllocation(allocation);
  checkNumber('maxTasksPerWorker', maxTasksPerWorker, 1, true);
  checkNumber('graceMs', graceMs, 0, false, longestMs);
  if (resourceLimits === undefined) return;
  checkOptionsObject('resourceLimits', resourceLimits);
  for (const [name, value] of Object.entries(resourceLimits)) checkNumber(`resourceLimits.${name}`, value, 0, false);
}

export function checkStorageOptions(options: StorageOptions): void {
  checkOptionsObject('options', options);
  const { memory, scratch, exchange } = options;
  if (memory !== undefined) bytesOf(memory);
  checkOneOf('exchange', exchange, ['memory', 'file']);
  if (scratch !== undefined && typeof scratch !== 'string')
    throw new TypeError(`scratch must be the path of a folder, not ${show(scratch)}.`);
}
