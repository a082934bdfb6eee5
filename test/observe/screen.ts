// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
const token = /\u001b\[(\d*)([A-Za-z])|(.)/gsu;

/** As much of a terminal as progress bars and plain text need: a grid that scrolls up without end. */
export class Screen {
  readonly isTTY = true;
  columns: number;
  rows = 24;
  lines: string[] = [''];
  row = 0;
  column = 0;
  /** How often something was written. */
  writes = 0;
  #colors = false;

  constructor(columns = 80, colors = false) {
    this.columns = columns;
    this.#colors = colors;
  }

  hasColors(): boolean {
    return this.#colors;
  }

  write(text: string): boolean {
    this.writes++;
    for (const [, argument, command, character] of text.matchAll(token)) {
      if (command === undefined) this.#put(character!);
      else this.#obey(command, argument!);
    }
    return true;
  }

  /** What is to be seen, without blank lines at the end. */
  text(): string {
    return this.lines.join('\n').trimEnd();
  }

  #put(character: string): void {
    if (character === '\n' || this.column === this.columns) {
      this.row++;
      this.column = 0;
      this.lines[this.row] ??= '';
      if (character === '\n') return;
    }
    const line = this.lines[this.row]!.padEnd(this.column);
    this.lines[this.row] = line.slice(0, this.column) + character + line.slice(this.column + 1);
    this.column++;
  }

  #obey(command: string, argument: string): void {
    if (command === 'A') {
      this.row -= Number(argument);
      if (this.row < 0) throw new Error('moved above the first line');
    } else if (command === 'J') {
      this.lines.length = this.row + 1;
      this.lines[this.row] = this.lines[this.row]!.slice(0, this.column);
    } else if (command === 'K') {
      this.lines[this.row] = this.lines[this.row]!.slice(0, this.column);
    } else if (command !== 'm') {
      throw new Error(`no such escape sequence: ${argument}${command}`);
    }
  }
}
