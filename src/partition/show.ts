/** Values in error messages: short, on one line, and never an error of their own. */

const longest = 60;

/** A short text for a value. */
export function preview(value: unknown): string {
  try {
    return cut(text(value, 0));
  } catch {
    return `a value of type ${typeof value}`;
  }
}

function text(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(cut(value));
  if (typeof value === 'bigint') return `${cut(String(value))}n`;
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'function') return `function ${value.name}`.trimEnd();
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (Array.isArray(value)) return depth > 1 ? '[…]' : `[${list(value, (item) => text(item, depth + 1))}]`;
  const name =
    value.constructor === Object || typeof value.constructor !== 'function' ? '' : `${value.constructor.name} `;
  if (depth > 1) return `${name}{…}`;
  return `${name}{ ${list(Object.entries(value), ([key, item]) => `${key}: ${text(item, depth + 1)}`)} }`;
}

function list<T>(items: readonly T[], one: (item: T) => string): string {
  const shown = items.slice(0, 5).map(one);
  return items.length > 5 ? `${shown.join(', ')}, …` : shown.join(', ');
}

function cut(long: string): string {
  return long.length > longest ? `${long.slice(0, longest - 1)}…` : long;
}
