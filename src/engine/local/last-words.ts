/**
 * What threads have printed reaches the program in messages. When it has nothing more to do, Node would end it without those on their way: here,
 * threads are asked first.
 */
import { clearTimeout, setTimeout } from '../../timers.js';

export interface Printer {
  /** It may have printed since it was asked. */
  hasRun: boolean;
  /** Asks it. Resolves when all that it has printed is here. */
  printed(): Promise<void>;
}

/** A thread that is too busy to answer does not keep the program longer, in ms. */
const longestMs = 1000;

const printers = new Set<Printer>();

export function added(printer: Printer): void {
  if (printers.size === 0) process.on('beforeExit', hear);
  printers.add(printer);
}

export function gone(printer: Printer): void {
  printers.delete(printer);
  if (printers.size === 0) process.off('beforeExit', hear);
}

/** Node asks again when there is nothing to do after that. */
function hear(): void {
  const asked = [...printers].filter(({ hasRun }) => hasRun);
  if (asked.length === 0) return;
  const timer = setTimeout(() => {}, longestMs);
  void Promise.all(
    asked.map((printer) => {
      printer.hasRun = false;
      return printer.printed();
    }),
  ).then(() => clearTimeout(timer));
}
