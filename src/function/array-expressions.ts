/** What expressions of a function that works on typed arrays come to: the part of `arrays.ts` that looks at them. */

import { mathConstants } from '../codec/intact.js';
import {
  first,
  fresh,
  type Kinds,
  kindsOfBinary,
  literal,
  numeric,
  primitive,
  Unclear,
  type Variables,
} from './array-kinds.js';
import { type Callback, callbacks, classes, methods } from './array-methods.js';
import { isNode, type Node } from './parse.js';

const errors = new Set(['Error', 'RangeError', 'TypeError']);
/** It asks even a string for its elements, by what a program may have put in the place of the language's own way to them. */
const notOfMath = 'sumPrecise';

export class ArrayExpressions {
  readonly #variables: Variables;
  readonly #body: (callback: Node, given: readonly Kinds[]) => Kinds;
  /** What has to be the language's own. */
  readonly uses = new Set<string>();
  /** An element of its first argument is, or may be, written to. */
  writes = false;

  /** @param body what a function inside gives, with what its parameters may be */
  constructor(variables: Variables, body: (callback: Node, given: readonly Kinds[]) => Kinds) {
    this.#variables = variables;
    this.#body = body;
  }

  /** What it may be. */
  of(node: unknown): Kinds {
    if (!isNode(node)) throw new Unclear();
    switch (node.type) {
      case 'Identifier':
        return this.#variables.kindsOf(node.name as string);
      case 'Literal':
        if (node.regex !== undefined) throw new Unclear();
        return typeof node.value === 'number' || node.bigint !== undefined ? numeric : primitive;
      case 'TemplateLiteral':
        for (const one of node.expressions as unknown[]) this.#primitive(one);
        return primitive;
      case 'ParenthesizedExpression':
        return this.of(node.expression);
      case 'SequenceExpression':
        return (node.expressions as unknown[]).reduce<Kinds>((_, one) => this.of(one), 0);
      case 'ConditionalExpression':
        this.of(node.test);
        return this.of(node.consequent) | this.of(node.alternate);
      case 'LogicalExpression':
        return this.of(node.left) | this.of(node.right);
      case 'UnaryExpression':
        return this.#unary(node);
      case 'BinaryExpression':
        return kindsOfBinary(node.operator as string, this.#primitive(node.left), this.#primitive(node.right));
      case 'UpdateExpression':
        return this.#assign(node.argument as Node, () => {
          this.#primitive(node.argument);
          return numeric;
        });
      case 'AssignmentExpression':
        return this.#assignment(node);
      case 'MemberExpression':
        return this.#member(node);
      case 'CallExpression':
        return this.#call(node);
      case 'NewExpression':
        return this.#made(node);
      case 'ArrayExpression':
        return (node.elements as unknown[]).reduce<Kinds>((kinds, one) => kinds | this.#part(one), literal);
      case 'ObjectExpression':
        return (node.properties as Node[]).reduce((kinds, one) => {
          if (one.type !== 'Property' || one.kind !== 'init' || one.computed === true) throw new Unclear();
          // It would be the object's prototype.
          const { name, value } = one.key as Node;
          if (name === '__proto__' || value === '__proto__') throw new Unclear();
          return kinds | this.#part(one.value);
        }, literal);
      default:
        throw new Unclear();
    }
  }

  /** Of an object or array literal. */
  #part(node: unknown): Kinds {
    return this.of(node) & (first | fresh);
  }

  #primitive(node: unknown): Kinds {
    const kinds = this.of(node);
    if ((kinds & ~(numeric | primitive)) !== 0) throw new Unclear();
    return kinds;
  }

  #number(node: unknown): void {
    if ((this.of(node) & ~numeric) !== 0) throw new Unclear();
  }

  /** Of an array, one way or the other. */
  array(node: unknown): Kinds {
    const kinds = this.of(node);
    if ((kinds & ~(first | fresh)) !== 0) throw new Unclear();
    return kinds;
  }

  /** A name that the function neither binds nor captures. */
  #global(node: unknown): { readonly name: string } {
    if (!isNode(node) || node.type !== 'Identifier') throw new Unclear();
    const name = node.name as string;
    if (this.#variables.isKnown(name)) throw new Unclear();
    return { name };
  }

  #unary({ operator, argument }: Node): Kinds {
    if (operator === 'delete') throw new Unclear();
    const kinds = this.of(argument);
    if (operator === '!' || operator === 'typeof' || operator === 'void') return primitive;
    if ((kinds & ~(numeric | primitive)) !== 0) throw new Unclear();
    return numeric;
  }

  #assignment({ operator, left, right }: Node): Kinds {
    const by = (operator as string).slice(0, -1);
    return this.#assign(left as Node, () => {
      if (by === '') return this.of(right);
      if (by === '&&' || by === '||' || by === '??') return this.of(left) | this.of(right);
      return kindsOfBinary(by, this.#primitive(left), this.#primitive(right));
    });
  }

  #assign(target: Node, value: () => Kinds): Kinds {
    if (target.type === 'MemberExpression') {
      this.#element(target);
      this.#written(this.array(target.object));
      const kinds = value();
      // The array converts what it is given to a number.
      if ((kinds & ~(numeric | primitive)) !== 0) throw new Unclear();
      return kinds;
    }
    if (target.type !== 'Identifier') throw new Unclear();
    const kinds = value();
    this.#variables.assign(target.name as string, kinds);
    return kinds;
  }

  /** An element of an array, to read or to write. */
  #element({ object, property, computed }: Node): void {
    if (computed !== true) throw new Unclear();
    this.array(object);
    this.#number(property);
  }

  #written(array: Kinds): void {
    if ((array & first) !== 0) this.writes = true;
  }

  #member(node: Node): Kinds {
    if (node.optional === true) throw new Unclear();
    if (node.computed === true) {
      this.#element(node);
      return numeric | primitive; // past the end there is nothing
    }
    const { name } = node.property as Node & { readonly name: string };
    if (this.#isMath(node.object)) {
      if (!mathConstants.has(name)) throw new Unclear();
      this.uses.add(`Math.${name}`);
      return numeric;
    }
    this.array(node.object);
    if (name !== 'length') throw new Unclear();
    this.uses.add(name);
    return numeric;
  }

  #isMath(node: unknown): boolean {
    if (!isNode(node) || node.type !== 'Identifier' || node.name !== 'Math') return false;
    return !this.#variables.isKnown('Math');
  }

  #call({ callee, arguments: given, optional }: Node): Kinds {
    const args = given as unknown[];
    const { type, computed, optional: maybe, object, property } = callee as Node;
    if (optional === true || type !== 'MemberExpression' || computed === true || maybe === true) throw new Unclear();
    const { name, type: named } = property as Node & { readonly name: string };
    if (named !== 'Identifier') throw new Unclear();
    if (this.#isMath(object)) {
      if (typeof Math[name as 'abs'] !== 'function' || !Object.hasOwn(Math, name) || name === notOfMath)
        throw new Unclear();
      for (const one of args) this.#primitive(one);
      this.uses.add(`Math.${name}`);
      return numeric;
    }
    const array = this.array(object);
    const gives = this.#method(name, args);
    if (gives === 'itself' || name === 'set') this.#written(array);
    this.uses.add(name);
    return gives === 'itself' ? array : gives === 'new' ? fresh : gives === 'number' ? numeric : numeric | primitive;
  }

  #method(name: string, args: readonly unknown[]): 'itself' | 'new' | 'number' | 'primitive' {
    if (Object.hasOwn(callbacks, name)) return this.#withCallback(callbacks[name]!, args);
    if (!Object.hasOwn(methods, name)) throw new Unclear();
    const { gives, takesArray } = methods[name]!;
    args.forEach((one, i) => {
      if (takesArray === true && i === 0) this.array(one);
      else this.#primitive(one);
    });
    return gives;
  }

  #withCallback({ gives, given, needed }: Callback, [callback, start, ...more]: readonly unknown[]): Callback['gives'] {
    if (more.length > 0) throw new Unclear();
    if (callback === undefined && needed === false) return gives;
    if (!isNode(callback) || callback.type !== 'ArrowFunctionExpression') throw new Unclear();
    const kinds = given.map((kind) => (kind === 'number' ? numeric : numeric | primitive));
    // One more would be the array.
    if ((callback.params as Node[]).length > kinds.length) throw new Unclear();
    // The second argument is what a reduction begins with, or what is `this` in a function that is no arrow.
    if (start !== undefined) this.#primitive(start);
    const result = this.#body(callback, kinds);
    if ((result & ~(numeric | primitive)) !== 0) throw new Unclear();
    return gives;
  }

  /** Arrays of the language's own classes, of a length. */
  #made({ callee, arguments: given }: Node): Kinds {
    const { name } = this.#global(callee);
    const args = given as unknown[];
    if (!classes.has(name) || args.length > 1) throw new Unclear();
    if (args.length === 1) this.#primitive(args[0]);
    this.uses.add(`new ${name}`);
    return fresh;
  }

  /** What is thrown: an error of the language's, which is told nothing but primitives. */
  thrown(node: unknown): void {
    if (!isNode(node) || node.type !== 'NewExpression') throw new Unclear();
    const { name } = this.#global(node.callee);
    if (!errors.has(name)) throw new Unclear();
    this.uses.add(`new ${name}`);
    for (const one of node.arguments as unknown[]) this.#primitive(one);
  }
}
