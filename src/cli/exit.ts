/** How the command line ends: the codes that a program may rely on. */
export const exitCodes = {
  done: 0,
  /** Something was looked at and is not well: a check of `doctor`, a log that is none. */
  failed: 1,
  /** The command line itself is wrong, or what it names cannot be run here. Nothing has run. */
  usage: 2,
  /** Interrupted; as of shells, 128 and the number of the signal. */
  interrupted: 130,
} as const;

/** Says why nothing was done. */
export class UsageError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number = exitCodes.usage) {
    super(message);
    this.exitCode = exitCode;
  }
}
