/**
 * The library's code that is kept as text: read when it is first needed, from files beside this one. Where a bundler has put the library into
 * another file, the texts are in there, too (`dist/whole.js`).
 */

const texts = new Map<string, string>();

/** Has these texts at hand. */
export function carry(given: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(given)) texts.set(name, text);
}

export function textOf(name: string): string {
  let text = texts.get(name);
  if (text === undefined) {
    text = read(name);
    texts.set(name, text);
  }
  return text;
}

const before = 'export default ';

/** A module that exports nothing but a string, in ASCII. */
function read(name: string): string {
  try {
    const url = new URL(`./texts/${name}.js`, import.meta.url);
    const source = process.getBuiltinModule('node:fs').readFileSync(url, 'latin1');
    return process.getBuiltinModule('node:vm').runInThisContext(source.slice(before.length)) as string;
  } catch (cause) {
    throw new Error(
      `Sheaf cannot read its own file dist/texts/${name}.js. Install it again; or, where a bundler has put Sheaf into another file, have the bundler resolve packages without the condition "node-addons", or leave "sheaf" outside of the bundle.`,
      { cause },
    );
  }
}
