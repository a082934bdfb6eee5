/** Reads the text of a function that works on typed arrays, for `arrays.ts`. */
import { ArrayExpressions } from './array-expressions.js';
import { first, type Kinds, numeric, primitive, Unclear, Variables } from './array-kinds.js';
import { bodyOf, isNode, type Node } from './parse.js';

export class ArrayReader {
  readonly #variables: Variables;
  readonly #expressions: ArrayExpressions;

  constructor(captured: readonly string[]) {
    this.#variables = new Variables(captured);
    this.#expressions = new ArrayExpressions(this.#variables, (callback, given) => this.#body(callback, given));
  }

  /** What has to be the language's own. */
  get uses(): readonly string[] {
    return [...this.#expressions.uses];
  }

  /** An element of the first argument is, or may be, written to. */
  get writes(): boolean {
    return this.#expressions.writes;
  }

  /** What may be in the result. */
  read(node: Node): Kinds {
    if (node.type !== 'ArrowFunctionExpression' && node.type !== 'FunctionExpression') throw new Unclear();
    const params = node.params as Node[];
    if (params.length > 2) throw new Unclear();
    let result = 0;
    // What variables may be only grows from pass to pass.
    while (this.#variables.changed) {
      this.#variables.begin();
      result = this.#body(node, [first, numeric]);
    }
    return result;
  }

  #body(node: Node, given: readonly Kinds[]): Kinds {
    if (node.async === true || node.generator === true) throw new Unclear();
    const params = node.params as Node[];
    return this.#variables.inside(() => {
      if (node.type === 'FunctionExpression' && isNode(node.id)) this.#variables.hide(node.id);
      for (const [i, param] of params.entries()) this.#variables.declare(param, given[i]!);
      const body = node.body as Node;
      return body.type === 'BlockStatement' ? this.#statements(bodyOf(body)) | primitive : this.#expressions.of(body);
    });
  }

  /** What statements may return. */
  #statements(nodes: readonly Node[]): Kinds {
    return this.#variables.inside(() => nodes.reduce((kinds, node) => kinds | this.#statement(node), 0));
  }

  #statement(node: unknown): Kinds {
    if (!isNode(node)) return 0;
    switch (node.type) {
      case 'BlockStatement':
        return this.#statements(bodyOf(node));
      case 'EmptyStatement':
      case 'BreakStatement':
      case 'ContinueStatement':
        return 0;
      case 'LabeledStatement':
        return this.#statement(node.body);
      case 'ExpressionStatement':
        this.#expressions.of(node.expression);
        return 0;
      case 'VariableDeclaration':
        this.#declarations(node);
        return 0;
      case 'ReturnStatement':
        return node.argument === null ? primitive : this.#expressions.of(node.argument);
      case 'IfStatement':
        this.#expressions.of(node.test);
        return this.#statement(node.consequent) | this.#statement(node.alternate);
      case 'WhileStatement':
      case 'DoWhileStatement':
        this.#expressions.of(node.test);
        return this.#statement(node.body);
      case 'ForStatement':
        return this.#variables.inside(() => {
          const { init, test, update } = node;
          if (isNode(init)) init.type === 'VariableDeclaration' ? this.#declarations(init) : this.#expressions.of(init);
          if (isNode(test)) this.#expressions.of(test);
          if (isNode(update)) this.#expressions.of(update);
          return this.#statement(node.body);
        });
      case 'ForOfStatement':
        return this.#forOf(node);
      case 'ThrowStatement':
        this.#expressions.thrown(node.argument);
        return 0;
      default:
        throw new Unclear();
    }
  }

  #declarations(node: Node): void {
    // Those of `var` are there before they have a value.
    if (node.kind !== 'let' && node.kind !== 'const') throw new Unclear();
    for (const { id, init } of node.declarations as Node[])
      this.#variables.declare(id, isNode(init) ? this.#expressions.of(init) : primitive);
  }

  #forOf({ left, right, body, await: waits }: Node): Kinds {
    const { type, kind, declarations } = left as Node;
    if (waits === true || type !== 'VariableDeclaration' || (kind !== 'let' && kind !== 'const')) throw new Unclear();
    this.#expressions.array(right);
    this.#expressions.uses.add('of');
    return this.#variables.inside(() => {
      this.#variables.declare((declarations as Node[])[0]!.id, numeric);
      return this.#statement(body);
    });
  }
}
