/** README.md and docs/ as data: blocks of code, links, headings. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

export interface CodeBlock {
  readonly page: string;
  /** What stands behind the fence. */
  readonly language: string;
  readonly code: string;
  /** Line of the page that its first line is. */
  readonly line: number;
  /** Given by a first line `// name.mjs`: other blocks of the page import it under this name. */
  readonly file: string | undefined;
}

export interface Page {
  /** Relative to the project: `docs/pool.md`. */
  readonly path: string;
  /** Without folder and extension. */
  readonly name: string;
  readonly text: string;
  readonly blocks: readonly CodeBlock[];
  /** All but the blocks of code, with its lines where they were. */
  readonly prose: string;
}

export function readPages(): Page[] {
  const docs = readdirSync('docs', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
  return ['README.md', ...docs.sort().map((name) => `docs/${name.replaceAll('\\', '/')}`)].map(readPage);
}

export function readPage(path: string): Page {
  const text = readFileSync(path, 'utf8');
  const blocks: CodeBlock[] = [];
  const prose: string[] = [];
  let open: { language: string; line: number; code: string[] } | undefined;
  for (const [i, line] of text.split('\n').entries()) {
    const fence = /^\s*```(.*)$/.exec(line);
    if (fence === null) (open?.code ?? prose).push(line);
    if (fence !== null || open !== undefined) prose.push('');
    if (fence === null) continue;
    if (open === undefined) {
      open = { language: fence[1]!.trim(), line: i + 2, code: [] };
    } else {
      const { language, line: first, code } = open;
      const file = /^\/\/ ([\w-]+\.(?:[cm]?[jt]s))$/.exec(code[0] ?? '')?.[1];
      blocks.push({ page: path, language, code: `${code.join('\n')}\n`, line: first, file });
      open = undefined;
    }
  }
  if (open !== undefined) throw new Error(`${path}:${open.line - 1}: a block of code that does not end.`);
  return { path, name: basename(path, '.md'), text, blocks, prose: prose.join('\n') };
}

/** Comments after `console.log(…);`, and lines that are nothing but a comment. */
export function expectedOutput({ code, file }: CodeBlock): string[] {
  const lines = file === undefined ? code.split('\n') : code.split('\n').slice(1);
  return lines.flatMap((line) => {
    const [, expected] = /console\.log\(.*\); \/\/ (.*)$/.exec(line) ?? /^\/\/ (.*)$/.exec(line) ?? [];
    return expected === undefined ? [] : [expected];
  });
}

/** What a heading is called by in an address, as GitHub makes it; a second one of the same name has `-1`. */
export function anchorsOf({ prose }: Page): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of prose.matchAll(/^#{1,6} (.+?)\s*#*$/gm)) {
    const slug = heading!
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${slug}-${n}`;
    anchors.add(anchor);
  }
  for (const [, id] of prose.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id!);
  return anchors;
}

/** Targets of links and pictures, with the line each is in. */
export function linksOf({ prose }: Page): { target: string; line: number }[] {
  return prose.split('\n').flatMap((line, i) => {
    const text = line.replace(/`[^`]*`/g, '`code`');
    return [...text.matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)|(?:src|href)="([^"]+)"/g)].map(
      ([, markdown, html]) => ({ target: markdown ?? html!, line: i + 1 }),
    );
  });
}
