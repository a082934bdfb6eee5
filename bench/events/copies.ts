/** Copies of the built library that treat its events differently: made of its text, in which every check has one form. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type Library = typeof import('sheaf');

// Lines may end behind a dot. Much of the library is kept as text, where the end of a line is written as \n.
const check = /(?<=\\n|[^\w$.#\\])(?:[\w$]+\.(?:\n|\\n)?)*(?:#[\w$]+\.(?:\n|\\n)?)*#?events\.(?:\n|\\n)?active\b/g;

/** What stands for a check `x.events.active` in each copy. */
const forms = {
  /** As it is. */
  with: (text: string) => text,
  /** The same again: how much two equal copies differ. */
  again: (text: string) => text,
  /** No event is ever made, and nothing is asked. */
  without: () => 'false',
  /** Counts how often it is asked, in `globalThis.sheafChecks`. */
  counting: (text: string) => `(globalThis.sheafChecks++, ${text})`,
} as const;

export type Copy = keyof typeof forms;

/** Writes the copies into a folder and loads them. */
export async function copies(folder: string): Promise<Record<Copy, Library>> {
  const parts = ['index.js', ...readdirSync('dist/texts').map((name) => join('texts', name))];
  const texts = new Map(parts.map((part) => [part, readFileSync(join('dist', part), 'utf8')]));
  const count = (form: RegExp): number =>
    [...texts.values()].reduce((sum, text) => sum + (text.match(form)?.length ?? 0), 0);
  const checks = count(check);
  // Assignments and reads of another form would be missed.
  const all = count(/events\.(?:\n|\\n)?active\b/g);
  if (checks < 15 || checks !== all) throw new Error(`${checks} checks of the library were recognised, of ${all}.`);
  const load = async (name: Copy): Promise<Library> => {
    mkdirSync(join(folder, name, 'texts'), { recursive: true });
    for (const [part, text] of texts) writeFileSync(join(folder, name, part), text.replace(check, forms[name]));
    const file = join(folder, name, 'index.js');
    return (await import(new URL(file, `file://${process.cwd()}/`).href)) as Library;
  };
  return {
    with: await load('with'),
    again: await load('again'),
    without: await load('without'),
    counting: await load('counting'),
  };
}
