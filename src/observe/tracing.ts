/**
 * Spans for those who trace with OpenTelemetry: of jobs, of a dataset's stages, and of each attempt at a task, whose context travels with it.
 * Nothing is imported: where a tracer is registered, its API is where every copy of it looks for it.
 */

/** What the API leaves for its copies, as far as it is used here. */
interface Api {
  readonly trace?: { getTracer(name: string): Tracer };
  readonly context?: { active(): Context; with<T>(context: Context, run: () => T): T };
  readonly propagation?: {
    inject(context: Context, carrier: Carrier, setter: object): void;
    extract(context: Context, carrier: Carrier, getter: object): Context;
  };
}

interface Context {
  setValue(key: symbol, value: unknown): Context;
}

interface Tracer {
  startSpan(
    name: string,
    options: { kind: number; attributes: Attributes; startTime?: number },
    context: Context,
  ): Span;
}

interface Span {
  setAttributes(attributes: Attributes): unknown;
  setStatus(status: { code: number; message?: string }): unknown;
  recordException(error: { name: string; message: string; stack?: string }): void;
  end(time?: number): void;
}

type Attributes = Record<string, string | number | boolean>;

/** A context as it travels: headers, such as `traceparent`. */
export type Carrier = Record<string, string>;

const place = Symbol.for('opentelemetry.js.api.1');
const spanKey = Symbol.for('OpenTelemetry Context Key SPAN');
const internal = 0;
const failed = 2;

const setter = {
  set(carrier: Carrier, key: string, value: string): void {
    carrier[key] = value;
  },
};

const getter = {
  keys: (carrier: Carrier) => Object.keys(carrier),
  get: (carrier: Carrier, key: string) => carrier[key],
};

function api(): Api | undefined {
  return (globalThis as { [place]?: Api })[place];
}

/** A span of Sheaf's that goes on. */
export class Trace {
  readonly #span: Span;
  readonly #context: Context;
  #isOver = false;

  constructor(span: Span, context: Context) {
    this.#span = span;
    this.#context = context;
  }

  /** A span inside of this one. */
  child(name: string, attributes: Attributes): Trace {
    return open(name, attributes, this.#context)!;
  }

  /** Spans that are started meanwhile are inside of this one. */
  within<T>(run: () => T): T {
    const context = api()?.context;
    return context === undefined ? run() : context.with(this.#context, run);
  }

  /** Its context, to travel; `undefined` where there is nothing that writes it. */
  carrier(): Carrier | undefined {
    const carrier: Carrier = {};
    api()?.propagation?.inject(this.#context, carrier, setter);
    return Object.keys(carrier).length === 0 ? undefined : carrier;
  }

  end(attributes: Attributes = {}, failure?: { readonly error: unknown }): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#span.setAttributes(attributes);
    if (failure !== undefined) {
      const { error } = failure;
      const message = error instanceof Error ? error.message : String(error);
      if (error instanceof Error) this.#span.recordException(error);
      this.#span.setStatus({ code: failed, message });
    }
    this.#span.end();
  }
}

/** Whether anybody may be tracing. */
export function isTracing(): boolean {
  return (globalThis as { [place]?: Api })[place]?.trace !== undefined;
}

/** Starts a span inside of what is active where this is called; `undefined` where nobody traces. */
export function startTrace(name: string, attributes: Attributes): Trace | undefined {
  const found = api();
  if (found?.trace === undefined || found.context === undefined) return undefined;
  return open(name, attributes, found.context.active());
}

function open(name: string, attributes: Attributes, parent: Context): Trace | undefined {
  const span = api()?.trace?.getTracer('sheaf').startSpan(name, { kind: internal, attributes }, parent);
  return span === undefined ? undefined : new Trace(span, parent.setValue(spanKey, span));
}

/** Runs something in a context that has travelled here, where there is a tracer to make sense of it. */
export function inContext<T>(carrier: Carrier, run: () => T): T {
  const { context, propagation } = api() ?? {};
  if (context === undefined || propagation === undefined) return run();
  return context.with(propagation.extract(context.active(), carrier, getter), run);
}
