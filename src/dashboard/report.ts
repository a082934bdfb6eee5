/** The page of a run that is over, as one file that needs nothing else. */
import page from 'sheaf:page';
import type { RunView } from '../observe/view.js';

/** The file's text. */
export function reportOf(view: RunView, title: string): string {
  // In a script, only these could end it or begin a comment.
  const data = JSON.stringify(view).replaceAll('<', '\\u003c');
  const policy = `<meta http-equiv="content-security-policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:">`;
  return page
    .replace('<title>Sheaf</title>', () => `${policy}<title>${escaped(title)}</title>`)
    .replace('<script>', () => `<script type="application/json" id="run">${data}</script><script>`);
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
