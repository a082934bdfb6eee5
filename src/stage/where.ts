/** Where in a stage the user's code is, for the error that it throws. */
import { ExchangeError } from '../errors.js';
import { PartLost } from '../exchange/segment.js';
import { RowRefused } from '../exchange/writer.js';

/** Stands for a row where a function was called with all of a partition. */
export const allRows: unique symbol = Symbol('all rows');

/** An error of a user's function, with the operator that called it and the row that it was called with. */
export class OpFailed extends Error {
  readonly op: string;
  readonly row: unknown;
  readonly error: unknown;
  constructor(op: string, row: unknown, error: unknown) {
    super(`${op} failed`);
    this.op = op;
    this.row = row;
    this.error = error;
  }
}

/** The error, told to be of `op` at `row`, unless it has been told before, or is none of a user's function. */
export function located(op: string, row: unknown, error: unknown): unknown {
  if (error instanceof RowRefused) return new OpFailed('the result', error.row, error.error);
  if (error instanceof OpFailed || error instanceof PartLost || error instanceof ExchangeError) return error;
  return new OpFailed(op, row, error);
}

/** Calls `call`; what it throws is told to be of `op` at `row`. */
export function within<R>(op: string, row: unknown, call: () => R): R {
  try {
    return call();
  } catch (error) {
    throw located(op, row, error);
  }
}
