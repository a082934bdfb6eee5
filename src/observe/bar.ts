/**
 * The text of one progress bar: pure, so that what a terminal shows can be tested as strings.
 */

/** How far a job is. */
export interface Progress {
  /** Items that have succeeded. */
  readonly done: number;
  /** Items that have failed for good. */
  readonly failed: number;
  /** Items in all, where the input's length is known. */
  readonly total?: number | undefined;
}

/** What a bar shows beside the counts. */
export interface Pace {
  readonly elapsedMs: number;
  /** Items finished a second of late; 0 when nothing has. */
  readonly perSecond: number;
  /** The job has ended: shows the time it took in place of the time that is left. */
  readonly ended: boolean;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const escapes = /\u001b\[[\d;?]*[A-Za-z]/g;
const widestLabel = 28;
const widestBar = 32;
const narrowestBar = 8;

/** One line without its newline, at most `columns` wide: `label ━━━━━━──── 250/500  1,234/s  3 s left  2 failed`. */
export function barLine(label: string, progress: Progress, pace: Pace, columns: number, colors: boolean): string {
  const paint = colors ? ansi : plain;
  const { failed, total } = progress;
  const finished = progress.done + failed;
  const name = cut(printable(label), Math.min(widestLabel, columns));
  const count =
    total === undefined
      ? `${grouped(finished)} done`
      : `${grouped(finished).padStart(grouped(total).length)}/${grouped(total)}`;
  const facts = [count, rate(pace.perSecond), timing(progress, pace)].filter((fact) => fact !== '');
  const failures = failed > 0 ? `${grouped(failed)} failed` : '';

  const text = [...facts, failures].filter((fact) => fact !== '').join('  ');
  const room = columns - displayWidth(name) - displayWidth(text) - 2;
  const bar =
    total === undefined || room < narrowestBar ? '' : `${drawn(finished / total, Math.min(room, widestBar), paint)} `;
  if (bar === '' && room < -1) return cut(`${name} ${text}`, columns);
  const colored = [...facts, failures && paint.failed(failures)].filter((fact) => fact !== '').join('  ');
  return `${paint.label(name)} ${bar}${colored}`;
}

/** The same in words, for a log: `label: 500 of 500 done in 12.3 s (41/s), 2 failed`. */
export function endLine(label: string, progress: Progress, elapsedMs: number): string {
  const { done, failed, total } = progress;
  const of = total === undefined ? '' : ` of ${grouped(total)}`;
  const pace = rate(((done + failed) * 1000) / Math.max(elapsedMs, 1));
  return `${printable(label)}: ${grouped(done)}${of} done in ${duration(elapsedMs)} (${pace})${failed > 0 ? `, ${grouped(failed)} failed` : ''}`;
}

function timing({ done, failed, total }: Progress, { elapsedMs, perSecond, ended }: Pace): string {
  if (ended) return `in ${duration(elapsedMs)}`;
  if (total === undefined) return duration(elapsedMs);
  const left = total - done - failed;
  if (perSecond === 0 || left <= 0) return '';
  return `${duration(Math.ceil(left / perSecond) * 1000)} left`;
}

function drawn(share: number, width: number, paint: typeof ansi): string {
  // Of nothing at all (0 / 0), everything is done.
  const filled = Number.isNaN(share) ? width : Math.min(width, Math.floor(share * width));
  return paint.done('━'.repeat(filled)) + paint.rest('─'.repeat(width - filled));
}

const ansi = {
  label: (text: string) => `\u001b[1m${text}\u001b[22m`,
  done: (text: string) => `\u001b[32m${text}\u001b[39m`,
  rest: (text: string) => `\u001b[2m${text}\u001b[22m`,
  failed: (text: string) => `\u001b[31m${text}\u001b[39m`,
};

const plain: typeof ansi = { label: same, done: same, rest: same, failed: same };

function same(text: string): string {
  return text;
}

/** `0.4/s`, `41/s`, `1,234/s`, `1.2 M/s`; nothing where nothing has been done. */
export function rate(perSecond: number): string {
  if (perSecond === 0) return '';
  if (perSecond >= 1e6) return `${(perSecond / 1e6).toFixed(1)} M/s`;
  return `${perSecond >= 10 ? grouped(Math.round(perSecond)) : perSecond.toFixed(1)}/s`;
}

/** `0.4 s`, `12.3 s`, `40 s`, `3:07`, `2:00:09`. */
function duration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${Number.isInteger(seconds) ? seconds : seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (n: number) => String(n).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** `1,234,567`. */
export function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A label comes from the user: line breaks and escape sequences in it would break the drawing. */
function printable(label: string): string {
  return label.replace(escapes, '').replace(/\p{Control}+/gu, ' ');
}

function cut(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let kept = '';
  let width = 1; // the ellipsis
  for (const character of text) {
    width += displayWidth(character);
    if (width > columns) break;
    kept += character;
  }
  return `${kept}…`;
}

const zeroWidth = /^[\p{Mark}\p{Format}]$/u;
const doubleWidth =
  /^[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]$/u;

/** Columns that a text takes on a terminal (near enough for labels); colours take none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text.replace(escapes, ''))
    width += zeroWidth.test(character) ? 0 : doubleWidth.test(character) ? 2 : 1;
  return width;
}
