const longest = 80;

/** A short picture of a value, for messages. Never throws. */
export function preview(value: unknown): string {
  try {
    const text = process.getBuiltinModule('node:util').inspect(value, {
      depth: 1,
      maxArrayLength: 5,
      maxStringLength: longest,
      breakLength: Infinity,
      customInspect: false,
    });
    return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
  } catch {
    return `[${typeof value}]`;
  }
}

/** The same words at the start of a sentence. */
export function capitalized(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
