import { ExchangeError, SheafError } from '../errors.js';

/** Gives what `act` gives; its error becomes one that names the target and says what to do. */
export function inTarget<T>(dir: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw targetError(dir, error as NodeJS.ErrnoException);
  }
}

/** The error of a write, from what went wrong. */
export function targetError(dir: string, error: NodeJS.ErrnoException): Error {
  if (error instanceof SheafError) return error;
  const { code = '', message } = error;
  const full = ['ENOSPC', 'EDQUOT'].includes(code) || /no space left|disk quota/i.test(message);
  const what = full
    ? `${dir} cannot be written: its disk is full. Make room there, or write to another place`
    : ['EACCES', 'EROFS', 'EPERM'].includes(code)
      ? `${dir} cannot be written: this program may not write there`
      : `${dir} cannot be written`;
  return new ExchangeError(`${what} (${message.trim()}). Nothing has been left there.`, { cause: error });
}
