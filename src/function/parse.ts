/** Parses the source of a single function, whatever kind it is, and of whole modules. The parser is loaded at the first use. */
import type * as Acorn from 'acorn';
import { loadAcorn } from './acorn.js';

/** A syntax node. Of ESTree, but open: the walkers only look at what they know. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** The syntax tree of a function that stands alone, and how it was made to. */
export interface ParsedFunction {
  readonly form: 'expression' | 'member';
  readonly part: 'value' | 'get' | 'set';
  /** The function or class; positions count from the beginning of its text. */
  readonly node: Node;
  /** The key of the member, where it is computed. */
  readonly computedKey: Node | undefined;
}

let acorn: typeof Acorn | undefined;

function parser(): typeof Acorn {
  acorn ??= loadAcorn();
  return acorn;
}

const OPTIONS: Acorn.Options = {
  ecmaVersion: 'latest',
  allowHashBang: true,
  allowSuperOutsideMethod: true,
  allowReturnOutsideFunction: true,
  checkPrivateFields: false,
};

/** Thrown for a text that is no function by itself. */
export class SourceError extends Error {}

function tryParse(text: string, sourceType: 'module' | 'script'): Node | Error {
  const { parse } = parser();
  try {
    return parse(text, { ...OPTIONS, sourceType }) as unknown as Node;
  } catch (error) {
    return error as Error;
  }
}

const FUNCTIONS = new Set(['FunctionExpression', 'ArrowFunctionExpression', 'ClassExpression']);

/**
 * Parses what `toString()` gave for a function. `text` may be an expression or a method, getter or setter.
 * @throws SourceError when it is neither.
 */
export function parseFunction(text: string, sourceType: 'module' | 'script'): ParsedFunction {
  // A function around it, so that `new.target` of an enclosing function parses.
  const before = 'function _(){(';
  const program = tryParse(`${before}${text}\n)}`, sourceType);
  if (!(program instanceof Error)) {
    const statement = bodyOf(program)[0] as Node;
    const inner = ((statement.body as Node).body as Node[])[0] as Node;
    const node = inner.expression as Node | undefined;
    if (
      node !== undefined &&
      FUNCTIONS.has(node.type) &&
      node.start === before.length &&
      bodyOf(program).length === 1
    ) {
      return { form: 'expression', part: 'value', node: shift(node, before.length), computedKey: undefined };
    }
  }
  const open = '({';
  const object = tryParse(`${open}${text}\n})`, sourceType);
  if (object instanceof Error) throw new SourceError(object.message);
  const property = (((bodyOf(object)[0] as Node).expression as Node).properties as Node[])[0] as Node;
  const kind = property.kind as 'init' | 'get' | 'set';
  const moved = shift(property, open.length);
  return {
    form: 'member',
    part: kind === 'init' ? 'value' : kind,
    node: moved.value as Node,
    computedKey: moved.computed === true ? (moved.key as Node) : undefined,
  };
}

/** Parses a whole file. */
export function parseModule(text: string, sourceType: 'module' | 'script'): Node {
  return parser().parse(text, { ...OPTIONS, allowAwaitOutsideFunction: true, sourceType }) as unknown as Node;
}

/** The statements of a program. */
export function bodyOf(program: Node): readonly Node[] {
  return program.body as Node[];
}

/** Whether a value inside a syntax node is a syntax node. */
export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

/** The syntax nodes directly inside one. */
export function* childrenOf(node: Node): Generator<Node> {
  for (const key in node) {
    const value = node[key];
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) yield item;
    } else if (isNode(value)) yield value;
  }
}

function shift(node: Node, by: number): Node {
  const seen = new Set<Node>();
  const visit = (inner: Node) => {
    if (seen.has(inner)) return; // `{ x }` has one node as key and as value
    seen.add(inner);
    (inner as { start: number }).start -= by;
    (inner as { end: number }).end -= by;
    for (const child of childrenOf(inner)) visit(child);
  };
  visit(node);
  return node;
}
