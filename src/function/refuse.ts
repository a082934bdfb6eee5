/** The words in which a function is refused. */
import { CaptureError } from '../errors.js';
import { beginAtCall } from './stack.js';

/** What to do about each kind of refusal. */
export const ADVICE = {
  assigned:
    'The worker has its own copy, so the change would be lost. Return the value instead, or keep the state in a module of its own and export a function of it (each worker then has its own state).',
  assignedGlobal: 'Each worker has its own globals, so the change would be lost. Return the value instead.',
  this: 'Copy what it needs into a variable first (const { size } = this), and use that.',
  target: 'Copy it into a variable first (const target = new.target), and use that.',
  super: 'Copy what it needs of the object into variables, and write a function that uses those.',
  arguments: 'Give the enclosing function named parameters, and use those.',
  bound: 'Pass an arrow function that captures the plain values it needs.',
  native: 'Call it here with the result, or make what it belongs to inside the function.',
  exported: 'Export the function from a module and pass that export.',
  private: 'Write a function outside of the class that uses only public members.',
  eval: 'What such code uses cannot be known beforehand. Write the names out, or export the function from a module and pass that export.',
  early: 'It is used before its declaration has run. Move the call below it.',
  module: 'Import the module with an import declaration, or inside the function with import().',
} as const;

/**
 * An error for what is at the end of `path`. `what` goes on where the path ends, and both it and `advice` end without a full stop or with
 * one; `place` is a file, line and column.
 */
export function refuse(
  path: readonly string[],
  what: string,
  advice: string,
  place?: string,
  cause?: unknown,
): CaptureError {
  const where = place === undefined ? '' : ` (${place})`;
  const said = [
    `This function cannot be sent to a worker: ${path.join(' → ')} ${withoutStop(what)}${where}`,
    withoutStop(advice),
  ];
  const message = said.map((sentence) => (sentence === '' ? '' : `${sentence}.`)).join(' ');
  return beginAtCall(new CaptureError(message.trimEnd(), path, cause === undefined ? undefined : { cause }));
}

const withoutStop = (text: string) => text.replace(/\.$/, '');
