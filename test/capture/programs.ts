/**
 * Random programs whose last value is a closure: variables of every kind in nested scopes, that hide one another, and functions and
 * classes that use them. They give the same at each run; a counter on the global object bounds how long they take.
 */

type Kind = 'value' | 'function' | 'object' | 'class';

interface Name {
  readonly name: string;
  readonly kind: Kind;
}

interface Scope {
  readonly parent: Scope | undefined;
  readonly names: Name[];
}

// Few, so that they often hide one another; some that careless code takes for its own.
const NAMES = ['a', 'b', 'c', 'd', 'get', 'of', 'async', 'constructor', 'valueOf', '__proto__', 'self', 'module', '_'];

/** Before a program runs, this global must hold how many calls it may make. */
export const FUEL = 'captureFuel';

const within = (parent: Scope | undefined, ...names: Name[]): Scope => ({ parent, names });

/** An expression that is 0 when there is no fuel left, since a variable may turn out to be the function around it. */
const fuelled = (expression: string) => `(globalThis.${FUEL}-- < 0 ? 0 : ${expression})`;

/** Makes programs; the same seed, the same programs. */
export class ProgramMaker {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** The text of a function that makes a closure of one parameter. */
  program(): string {
    return `() => {\n${this.#levels(within(undefined), 1 + this.#below(3))}\n}`;
  }

  /** Mulberry32, by Tommy Ettinger. */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t ^= t + Math.imul(t ^ (t >>> 7), 61 | t);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  #below(n: number): number {
    return Math.floor(this.#random() * n);
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)] as T;
  }

  #levels(scope: Scope, levels: number): string {
    const inner = within(scope);
    const lines = this.#declarations(inner, new Set(), 3, 2);
    const last = levels > 1 ? `(() => {\n${this.#levels(inner, levels - 1)}\n})()` : this.#arrow(inner, 1);
    return `${lines}\nreturn ${last};`;
  }

  /** Declares up to `count` names in `scope`, each of which sees those before it. */
  #declarations(scope: Scope, taken: Set<string>, count: number, depth: number): string {
    const lines: string[] = [];
    for (let i = 0; i < count; i++) {
      const name = this.#pick(NAMES);
      if (taken.has(name)) continue;
      taken.add(name);
      const [line, kind] = this.#declaration(scope, name, depth + 1);
      lines.push(line);
      if (kind !== undefined) scope.names.push({ name, kind });
    }
    return lines.join('\n');
  }

  #declaration(scope: Scope, name: string, depth: number): [line: string, kind: Kind | undefined] {
    const value = () => this.#expression(scope, depth);
    switch (this.#below(8)) {
      case 0:
        return [`${this.#pick(['const', 'let', 'var'])} ${name} = ${value()};`, 'value'];
      case 1:
        return [`const { p: ${name} = ${value()} } = { q: ${value()} };`, 'value'];
      case 2:
        return [`const ${name} = { p: ${value()}, q: ${value()} };`, 'object'];
      case 3: {
        const parameter = this.#pick(NAMES);
        return [
          `function ${name}(${parameter}) {\n${this.#body(this.#holding(scope, parameter), depth)}\n}`,
          'function',
        ];
      }
      case 4:
        return [`const ${name} = ${this.#arrow(scope, depth)};`, 'function'];
      case 5:
        return [`class ${name}${this.#heritage(scope)} ${this.#classBody(scope, depth)}`, 'class'];
      case 6:
        return [
          `for (const ${name} of [1, 2]) if (${this.#expression(this.#holding(scope, name), depth)}) break;`,
          undefined,
        ];
      default: {
        const inner = this.#holding(scope, name);
        return [`try { throw ${value()}; } catch (${name}) { void ${this.#expression(inner, depth)}; }`, undefined];
      }
    }
  }

  #holding(scope: Scope, name: string): Scope {
    return within(scope, { name, kind: 'value' });
  }

  #heritage(scope: Scope): string {
    const base = this.#visible(scope).find(({ kind }) => kind === 'class');
    return base !== undefined && this.#below(2) === 0 ? ` extends ${base.name}` : '';
  }

  #classBody(scope: Scope, depth: number): string {
    const value = () => fuelled(this.#expression(scope, depth + 1));
    return `{ field = ${value()}; static of = ${value()}; method() { return ${value()}; } get read() { return this.field; } }`;
  }

  #body(scope: Scope, depth: number): string {
    const inner = within(scope);
    const taken = new Set(scope.names.map(({ name }) => name));
    const lines = this.#declarations(inner, taken, depth > 4 ? 1 : 3, depth);
    return `if (globalThis.${FUEL}-- < 0) return 0;\n${lines}\nreturn ${this.#expression(inner, depth + 1)};`;
  }

  #arrow(scope: Scope, depth: number): string {
    const parameter = this.#pick(NAMES);
    const inner = this.#holding(scope, parameter);
    if (this.#below(2) === 0) return `(${parameter}) => ${fuelled(this.#expression(inner, depth + 1))}`;
    return `(${parameter}) => {\n${this.#body(inner, depth + 1)}\n}`;
  }

  #visible(scope: Scope): Name[] {
    const found = new Map<string, Name>();
    for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
      for (const name of at.names) if (!found.has(name.name)) found.set(name.name, name);
    }
    return [...found.values()];
  }

  #expression(scope: Scope, depth: number): string {
    const value = () => this.#expression(scope, depth + 1);
    const names = this.#visible(scope);
    const used = names.length > 0 ? this.#use(this.#pick(names), scope, depth) : '1';
    switch (this.#below(depth > 4 ? 3 : 18)) {
      case 0:
        return String(this.#below(10));
      case 1:
      case 2:
      case 3:
      case 4:
        return used;
      case 5:
        return `(${value()} + ${value()})`;
      case 6:
        return `[${value()}, ${value()}]`;
      case 7:
        return `{ ${this.#pick(['a', 'get', 'async'])}: ${value()}, q: ${value()} }.q`.replace(/^(.*)\.q$/s, '($1).q');
      case 8:
        return `(${value()} ? ${value()} : ${value()})`;
      case 9:
        return `\`text \${${value()}}\``;
      case 10:
        return `(${this.#arrow(scope, depth + 1)})(${value()})`;
      case 11:
        return `[1, 2].map(${this.#arrow(scope, depth + 1)})`;
      case 12:
        return `typeof ${this.#pick(NAMES.filter((name) => name !== 'module'))}`;
      case 13: {
        const self = this.#pick(NAMES);
        const inner = this.#expression(this.#holding(scope, self), depth + 2);
        return `(function ${self}(i) { return i < 1 ? String(${inner}).length : ${self}(i - 1); })(2)`;
      }
      case 14:
        return `new (class ${this.#classBody(scope, depth + 1)})().read`;
      case 15:
        return `[...(function* () { yield ${value()}; yield* [${value()}]; })()]`;
      case 16:
        return `((i, j = ${value()}, ...rest) => [i, j, rest])(${value()})`;
      default: {
        const [target] = names.filter(({ kind }) => kind === 'value' || kind === 'object');
        if (target === undefined || this.#below(6) > 0) return used;
        return target.kind === 'object' ? `(${target.name}.p = ${value()})` : `(${target.name} = ${value()})`;
      }
    }
  }

  #use({ name, kind }: Name, scope: Scope, depth: number): string {
    if (kind === 'value') return name;
    const value = depth > 4 ? '2' : this.#expression(scope, depth + 1);
    if (kind === 'function') return `${name}(${value})`;
    if (kind === 'object')
      return this.#pick([`${name}.p`, `${name}['q']`, `${name}?.none`, `Object.keys(${name}).length`]);
    return this.#pick([`new ${name}(${value}).method()`, `${name}.of`, `(new ${name}() instanceof ${name})`]);
  }
}
