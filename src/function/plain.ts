/**
 * Arrow functions of a few plain tokens, told from their text alone: the parser, which is a tenth of the library's code, need not be loaded
 * for a program's first one. A yes is certain, a no may be wrong.
 */
import type { Analysis } from './analyze.js';
import type { ParsedFunction } from './parse.js';

/** What parser and analysis give for such a function. */
export interface Plain {
  readonly parsed: ParsedFunction;
  readonly analysis: Analysis;
  /** It assigns to nothing, so that it does the same in strict code and in other code. */
  readonly anyMode: boolean;
}

/** Longer ones are rarely plain. */
const mostText = 400;

const HEAD =
  /^(async(?:\s+|(?=\()))?(?:([A-Za-z_$][\w$]*)|\(\s*((?:[A-Za-z_$][\w$]*\s*(?:,\s*[A-Za-z_$][\w$]*\s*)*)?)\))\s*=>/;

/**
 * The tokens that may follow: white space, names, decimal numbers, strings without escapes, and punctuation. No slash, which may begin a
 * comment or a regular expression; no template, no private name, no character beyond ASCII.
 */
const TOKEN =
  /\s+|=>|\.\.\.|(\.\s*)?([A-Za-z_$][\w$]*)|(?:0|[1-9]\d*)(?:\.\d+)?(?![\w$.])|"[^"\\\r\n]*"|'[^'\\\r\n]*'|([-+*%&|^!<>=?]*=|\+\+|--)|[-+*%&|^!~<>?:,;.()[\]{}]/y;

/** Those that do nothing to what a name means. A name is either of these or a parameter. */
const WORDS = new Set(['return', 'true', 'false', 'null', 'typeof', 'void', 'if', 'else']);

/** Punctuation that ends in `=` and assigns nothing. */
const COMPARES = new Set(['==', '===', '!=', '!==', '<=', '>=']);

/** Names that mean something by themselves, some of them in strict code only. */
const SPECIAL =
  /^(arguments|async|await|eval|get|implements|interface|let|of|package|private|protected|public|set|static|yield)$/;

const NOTHING_FREE: Analysis['free'] = new Map();

/** What is known of a function by its text; `undefined` where that takes the parser. */
export function plainArrow(text: string): Plain | undefined {
  // Scripts have two kinds of comments that modules have not.
  if (text.length > mostText || /<!--|-->/.test(text)) return undefined;
  const [head, async, one, several] = HEAD.exec(text) ?? [];
  if (head === undefined) return undefined;
  const parameters = new Set(one === undefined ? (several!.match(/[\w$]+/g) ?? []) : [one]);
  for (const name of parameters) if (SPECIAL.test(name) || WORDS.has(name)) return undefined;
  let anyMode = true;
  TOKEN.lastIndex = head.length;
  while (TOKEN.lastIndex < text.length) {
    const token = TOKEN.exec(text);
    if (token === null) return undefined;
    const [, member, name, assigning] = token;
    if (name !== undefined && member === undefined && !parameters.has(name) && !WORDS.has(name)) return undefined;
    if (assigning !== undefined && !COMPARES.has(assigning)) anyMode = false;
  }
  const node = { type: 'ArrowFunctionExpression', start: 0, end: text.length, async: async !== undefined };
  return {
    parsed: { form: 'expression', part: 'value', node, computedKey: undefined },
    analysis: {
      free: NOTHING_FREE,
      outer: undefined,
      ownThis: false,
      importMeta: [],
      resolved: undefined,
      dynamicImport: false,
      directEval: undefined,
      withStatement: undefined,
      privateName: undefined,
      writesMembers: false,
      staticPrivate: undefined,
      async: async !== undefined,
    },
    anyMode,
  };
}
