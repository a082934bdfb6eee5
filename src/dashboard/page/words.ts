/** Numbers as people read them. */

export function count(n: number): string {
  return Math.round(n).toLocaleString('en');
}

export function bytes(n: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let size = n;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

export function time(ms: number): string {
  if (ms === 0) return '0';
  if (ms < 1) return `${Math.round(ms * 1000)} µs`;
  if (ms < 1000) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  const two = (n: number): string => String(n).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)} h` : `${minutes}:${two(whole % 60)} min`;
}

export function rate(perSecond: number): string {
  if (perSecond >= 1e6) return `${(perSecond / 1e6).toFixed(1)} M/s`;
  return `${perSecond >= 10 ? count(perSecond) : perSecond.toFixed(1)}/s`;
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** A time on an axis whose marks are `step` ms apart: so many digits that neighbours differ. */
export function timeOnAxis(ms: number, step: number): string {
  const most = Math.abs(ms);
  if (ms === 0 || most >= 60_000) return time(ms);
  const [size, unit] = most >= 1000 ? [1000, 's'] : most >= 1 ? [1, 'ms'] : [0.001, 'µs'];
  const digits = Math.max(0, Math.min(3, Math.ceil(-Math.log10(step / size) - 1e-9)));
  return `${(ms / size).toFixed(digits)} ${unit}`;
}

/** `1 row`, `2 rows`. */
export function counted(n: number, what: string): string {
  return `${count(n)} ${what}${n === 1 ? '' : 's'}`;
}

/** A colour for a job, one of a few that can be told apart, also by the colour-blind (Okabe and Ito). */
const palette = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#8a6d00', '#7a5fb5'];
export function colorOf(n: number): string {
  return palette[((n % palette.length) + palette.length) % palette.length]!;
}

export function workerName(worker: number): string {
  return worker === -1 ? 'caller' : `worker ${worker}`;
}
