// Makes docs/demo.svg: runs the demo in a terminal (by util-linux's `script`) and draws what is on its screen at the end.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildIfStale, root } from './prepare.mjs';

const columns = 92;
const command = 'npm run demo';
const cell = { width: 8.4, height: 20 };
const margin = 20;
const top = 44; // room for the window's bar
const font = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
const ink = { text: '#d6deeb', faint: '#5f7e97', green: '#7fdb9a', red: '#ff7b72', paper: '#11182b', bar: '#1b2540' };

const { CI, NO_COLOR, ...rest } = process.env;
const env = { ...rest, TERM: 'xterm-256color', COLORTERM: 'truecolor' };
buildIfStale();
const recorded = spawnSync(
  'script',
  ['-qfec', `stty cols ${columns} rows 24; ${command.replace('run', 'run --silent')}`, '/dev/null'],
  {
    cwd: root,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
if (recorded.status !== 0) throw new Error(`The demo failed: ${recorded.stdout}`);

mkdirSync(join(root, 'docs'), { recursive: true });
writeFileSync(join(root, 'docs/demo.svg'), draw([prompt(), ...screen(recorded.stdout)]));

/** What a terminal shows after this output: lines of cells `{ character, bold, dim, color }`. */
function screen(output) {
  const lines = [[]];
  let [row, column, style] = [0, 0, {}];
  const token = new RegExp(`${String.fromCharCode(27)}\\[([\\d;?]*)([A-Za-z])|(.)`, 'gsu');
  for (const [, argument, code, character] of output.matchAll(token)) {
    if (character === '\r') column = 0;
    else if (character === '\n') lines[++row] ??= [];
    else if (character !== undefined) lines[row][column++] = { character, ...style };
    else if (code === 'm') style = styled(style, Number(argument));
    else if (code === 'A') row -= Number(argument);
    else if (code === 'K') lines[row].length = column;
    else if (code === 'J') {
      lines.length = row + 1;
      lines[row].length = column;
    }
  }
  while (lines.at(-1).length === 0) lines.pop();
  return lines;
}

function styled(style, code) {
  const changes = {
    0: { bold: false, dim: false, color: undefined },
    1: { bold: true },
    2: { dim: true },
    22: { bold: false, dim: false },
  };
  return { ...style, ...(changes[code] ?? { color: { 31: ink.red, 32: ink.green }[code] }) };
}

function prompt() {
  return [...`$ ${command}`].map((character, i) => ({
    character,
    bold: i > 1,
    color: i === 0 ? ink.green : undefined,
  }));
}

function draw(lines) {
  const width = Math.ceil(columns * cell.width + 2 * margin);
  const height = Math.ceil(top + lines.length * cell.height + margin);
  const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
    (fill, i) => `<circle cx="${22 + i * 20}" cy="16" r="6" fill="${fill}"/>`,
  );
  const text = lines.flatMap((line, row) => runs(line).map((run) => drawRun(run, row)));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${command} in a terminal">
<rect width="${width}" height="${height}" rx="10" fill="${ink.paper}"/>
<path d="M0 32V10a10 10 0 0 1 10-10h${width - 20}a10 10 0 0 1 10 10v22z" fill="${ink.bar}"/>
${dots.join('')}
<g font-family="${font}" font-size="14" fill="${ink.text}">
${text.join('\n')}
</g>
</svg>
`;
}

/** Neighbouring cells that look the same. */
function runs(line) {
  const found = [];
  for (const [column, { character, bold, dim, color }] of Array.from(
    line,
    (one) => one ?? { character: ' ' },
  ).entries()) {
    const last = found.at(-1);
    const bar = '━─'.includes(character);
    const key = `${bold}${dim}${color}${bar}`;
    if (last?.key === key) last.text += character;
    else found.push({ key, column, text: character, bold, fill: color ?? (dim ? ink.faint : undefined), bar });
  }
  return found;
}

// Every run begins at its own column and the bar is drawn as shapes, so that the font makes no difference to what stands where.
function drawRun({ column, text, bold, fill, bar }, row) {
  const x = (margin + column * cell.width).toFixed(1);
  const y = top + (row + 0.7) * cell.height;
  const width = (text.length * cell.width).toFixed(1);
  if (bar) {
    const height = text.startsWith('━') ? 4 : 1.5;
    return `<rect x="${x}" y="${y - 5 - height / 2}" width="${width}" height="${height}" fill="${fill ?? ink.text}"/>`;
  }
  if (text.trim() === '') return '';
  const look = `${bold ? ' font-weight="bold"' : ''}${fill === undefined ? '' : ` fill="${fill}"`}`;
  return `<text x="${x}" y="${y.toFixed(1)}" textLength="${width}"${look}>${escaped(text)}</text>`;
}

// Spaces that no renderer makes fewer.
function escaped(text) {
  return text.replaceAll(' ', '\u00a0').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
