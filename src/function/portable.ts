import type { Block } from '../codec/block.js';

/** Any function or class: functions are only looked at here, never called with anything. */
// biome-ignore lint/complexity/noBannedTypes: no narrower type has all functions and classes in it
export type AnyFunction = Function;

/**
 * The part of a function that is the same at every call: a graph of what it consists of. Plain JSON data, cached per function object,
 * sent once to each worker and then named by its hash.
 */
export interface PortableCode {
  /** Content hash of the rest. */
  readonly hash: string;
  /** Everything the function reaches; nodes refer to each other by position. */
  readonly nodes: readonly CodeNode[];
  /** Position of the function itself. */
  readonly root: number;
  /** The files that the sources come from. */
  readonly files: readonly SourceFile[];
}

/** A file that functions were taken from. */
export interface SourceFile {
  /** As the engine names the script: a file URL for ES modules, mostly a path for CommonJS. Stacks show this name. */
  readonly name: string;
  /** A source map for positions in it, as JSON, or the URL of one; only where stacks are mapped on the driver too. */
  readonly sourceMap?: string;
}

/** A name in an object: a string, or a symbol that means the same in every realm. */
export type PropertyName = string | { readonly symbol: string };

/** What a node is made of. */
export type CodeNode =
  | SourceNode
  /** An export of a module, or the module itself (`path` empty). Resolved from the place of `base`. */
  | {
      readonly kind: 'import';
      readonly base: string;
      readonly specifier: string;
      readonly via: 'import' | 'require';
      readonly attributes?: Readonly<Record<string, string>>;
      readonly path: readonly string[];
    }
  /** What a path from `globalThis` leads to. */
  | { readonly kind: 'global'; readonly path: readonly PropertyName[] }
  /** A captured value: the place of its row among the function's values. */
  | { readonly kind: 'value'; readonly slot: number }
  /** Provided by whoever rebuilds the function. */
  | { readonly kind: 'host'; readonly name: string }
  | { readonly kind: 'symbol'; readonly key: string }
  /** CommonJS `require` of a file. */
  | { readonly kind: 'require'; readonly base: string }
  /** `import.meta` of a module. */
  | { readonly kind: 'meta'; readonly url: string }
  /** An object or array that holds functions. `length` is that of an array. */
  | {
      readonly kind: 'object' | 'array';
      readonly length?: number;
      readonly nullPrototype?: boolean;
      readonly properties: readonly Property[];
    }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [number, number])[] }
  | { readonly kind: 'set'; readonly entries: readonly number[] };

/** See {@link CodeNode}. */
export type ImportNode = CodeNode & { kind: 'import' };

/** A property: its name, and the node of its value or of its accessors. */
export type Property =
  | { readonly name: PropertyName; readonly value: number; readonly hidden?: boolean }
  | {
      readonly name: PropertyName;
      readonly get: number | undefined;
      readonly set: number | undefined;
      readonly hidden?: boolean;
    };

/** A function or class that travels by its source. */
export interface SourceNode {
  readonly kind: 'source';
  /** What `toString()` gives, `import.meta` replaced by a name of the same length. */
  readonly text: string;
  /** How the text stands alone: as an expression, or as the one member of an object literal. */
  readonly form: 'expression' | 'member';
  /** Which part of that member it is. */
  readonly part: 'value' | 'get' | 'set';
  readonly isClass: boolean;
  readonly strict: boolean;
  readonly name: string;
  /** Position in `files`, and where in that file the text begins (both from 0). */
  readonly file: number;
  readonly line: number;
  readonly column: number;
  /** Its free variables and what they are. */
  readonly free: readonly FreeName[];
  /** Contains `import()`. */
  readonly imports: boolean;
  /** Properties that the function object, or its prototype, has beyond what its source gives it. */
  readonly own?: readonly Property[];
  readonly prototype?: readonly Property[];
  /** Names the class on the driver that this is a copy of, so that errors of the class find their way back to it. */
  readonly id?: string;
}

/** A free variable of a source. */
export interface FreeName {
  readonly name: string;
  /** Position of what it is. */
  readonly node: number;
  /** Needed while the source is evaluated (a superclass, a static field), not only when it is called. */
  readonly eager?: true;
  /** The variable is this export of the module at `node`, read anew each time: the module changes it. */
  readonly member?: string;
}

/** What the runner must know of a function without running it. */
export interface FunctionTraits {
  /** Declared `async` or an async generator, as far as the source tells; a plain function may still return a promise. */
  readonly async: boolean;
  /** Imports more than Node's built-in modules. */
  readonly importsModules: boolean;
  /** Asks for what is another in each thread (`process`, `globalThis`), or changes a built-in object, in its own or captured code. */
  readonly seesThread: boolean;
  /** Captures Sheaf's own `context` function. */
  readonly usesContext: boolean;
  /** Captures something mutable (an object, array, function with state …), so that two calls must not share one instance. */
  readonly stateful: boolean;
}

/** A function ready to travel: its code, and the values its variables had at the time of the call. */
export interface PortableFunction {
  readonly name: string;
  readonly code: PortableCode;
  /** The captured values, encoded afresh at each capture; absent where nothing is captured by value. */
  readonly values?: Block;
  readonly traits: FunctionTraits;
}
