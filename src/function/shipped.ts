/** Files that were brought to this machine for functions lie below a folder; what is told of them names them as they are called at home. */

let pattern: RegExp | undefined;

/** The text with the names that files have on the driver. */
export function atHome(text: string): string {
  const root = process.env.SHEAF_FILES;
  if (root === undefined) return text;
  pattern ??= new RegExp(`${root.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}/[0-9a-f]{32}(?=/)`, 'g');
  return text.replace(pattern, '');
}
