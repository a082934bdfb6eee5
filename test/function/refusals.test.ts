// biome-ignore-all lint/complexity: what is refused here is what the linter warns of
// biome-ignore-all lint/correctness/noUnusedVariables: what is refused here is what the linter warns of
// biome-ignore-all lint/style: what is refused here is what the linter warns of
// biome-ignore-all lint/suspicious: what is refused here is what the linter warns of
import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { CaptureError } from '../../src/errors.js';
import { capture } from '../../src/function/capture.js';
import type { AnyFunction } from '../../src/function/portable.js';

/** `path` is how the error names what is refused; `says` must be in its message. */
function refused(fn: AnyFunction, path: readonly string[], says: RegExp): void {
  assert.throws(
    () => capture(fn),
    (error) => {
      assert.ok(error instanceof CaptureError, String(error));
      assert.deepEqual([...error.path], [...path], error.message);
      assert.equal(error.variable, path.at(-1));
      assert.match(error.message, says);
      assert.ok(error.message.includes(path.join(' → ')), error.message);
      return true;
    },
  );
}

test('assignments to captured variables, in every form', () => {
  let n = 0;
  let list: unknown = [];
  const assigns = /assigns to.*refusals\.test\.[jt]s:\d+:\d+\).*Return the value instead/;
  refused(
    () => {
      n = 1;
    },
    ['fn', 'n'],
    assigns,
  );
  refused(() => n++, ['fn', 'n'], assigns);
  refused(
    () => {
      n += 1;
    },
    ['fn', 'n'],
    assigns,
  );
  refused(
    () => {
      n ||= 1;
    },
    ['fn', 'n'],
    assigns,
  );
  refused(
    () => {
      [n] = [1];
    },
    ['fn', 'n'],
    assigns,
  );
  refused(
    () => {
      ({ n } = { n: 1 });
    },
    ['fn', 'n'],
    assigns,
  );
  refused(
    () => {
      ({
        a: [n = 2],
        ...list
      } = { a: [] } as { a: number[] });
    },
    ['fn', 'n'],
    assigns,
  );
  refused(
    () => {
      for (n of [1]);
    },
    ['fn', 'n'],
    assigns,
  );
  refused(
    () => {
      // @ts-expect-error: it would get strings
      for (n in [1]);
    },
    ['fn', 'n'],
    assigns,
  );
  refused(
    () => () => {
      list = [];
    },
    ['fn', 'list'],
    assigns,
  );
  const helper = () => {
    n = 2;
  };
  const outer = () => helper();
  refused(outer, ['outer', 'helper', 'n'], assigns);
  // A parameter or local of the same name is no captured variable; a member of one is a matter of the value.
  capture((n: number) => {
    n = 1;
    return n;
  });
  capture(() => {
    {
      let n = 1;
      n++;
    }
  });
  capture(() => {
    var list = [];
    list = [1];
    return list;
  });
  capture(() => {
    (list as number[]).push(n);
  });
});

test('assignments to globals', () => {
  refused(
    () => {
      undefinedGlobal = 1;
    },
    ['fn', 'undefinedGlobal'],
    /global variable/,
  );
});
declare let undefinedGlobal: number;

test('this, super, arguments and new.target of what is around', () => {
  class A extends Object {
    size = 1;
    arrow() {
      return () => this.size;
    }
    nested() {
      return () => () => [() => this.size];
    }
    superArrow() {
      return () => super.toString();
    }
    field = () => this.size;
  }
  const a = new A();
  refused(a.arrow(), ['fn', 'this'], /this belongs to the function around it.*Copy what it needs/);
  refused(a.nested(), ['fn', 'this'], /this/);
  refused(a.superArrow(), ['fn', 'super'], /super belongs to the function around it.*variables/);
  refused(a.field, ['field', 'this'], /this/);
  const helper = a.arrow();
  refused(() => helper(), ['fn', 'helper', 'this'], /this/);
  function args(..._: number[]) {
    return () => arguments;
  }
  refused(args(1), ['fn', 'arguments'], /arguments/);
  function target() {
    return () => new.target;
  }
  refused(target(), ['fn', 'new.target'], /belongs to the function around it.*const target = new\.target/);
  // Their own are fine.
  capture(function (this: unknown) {
    return [this, arguments.length, new.target, () => this];
  });
  capture(
    {
      m() {
        return this;
      },
    }.m,
  );
  capture(
    () =>
      class extends Object {
        x = this;
        static {
          this.name;
        }
        m() {
          return [this, super.toString()];
        }
      },
  );
  refused(
    {
      m() {
        return super.toString();
      },
    }.m,
    ['m', 'super'],
    /belongs to the object/,
  );
});

test('bound, native and proxied functions', () => {
  refused(capture.bind(null), ['bound capture'], /bound function.*arrow function/);
  const bound = [].push.bind([]);
  refused(() => bound(), ['fn', 'bound'], /bound function/);
  refused((() => 1).bind(null).bind(null), ['fn'], /fn is a bound function/);
  let resolve: unknown;
  new Promise((itsResolve) => {
    resolve = itsResolve;
  });
  refused(() => resolve, ['fn', 'resolve'], /native function.*Call it here/);
  const proxied = new Proxy(() => 1, {});
  refused(() => proxied(), ['fn', 'proxied'], /Proxy/);
});

test('private members alone', () => {
  class Secret {
    #x = 1;
    static read(s: Secret) {
      return s.#x;
    }
    #method() {
      return 1;
    }
    method() {
      return this.#method;
    }
  }
  refused(Secret.read, ['read', '#x'], /private/);
  const { read } = Secret;
  refused(() => read, ['fn', 'read', '#x'], /private/);
  refused(new Secret().method(), ['#method'], /private method/);
  class Hidden {
    static #count = 0;
    static next() {
      return ++Hidden.#count;
    }
  }
  refused(() => Hidden.next(), ['fn', 'Hidden', '#count'], /static private/);
});

test('values that cannot be copied, or would lose their class', () => {
  class Point {
    x = 1;
  }
  const point = new Point();
  const config = { server: { socket: new Socket() } };
  const promise = Promise.resolve(1);
  const weak = new WeakMap();
  const symbol = Symbol('mine');
  const proxy = new Proxy({}, {});
  class Sub extends Map {}
  const sub = new Sub();
  const deep = { list: [1, { point }] };
  const error = new (class Mine extends Error {})('x');
  const url = new URL('http://a/');
  refused(() => point, ['fn', 'point'], /instance of Point.*build the object inside/);
  refused(() => config, ['fn', 'config.server.socket'], /instance of Socket.*Open it inside/);
  refused(() => promise, ['fn', 'promise'], /Promise.*Await/);
  refused(() => weak, ['fn', 'weak'], /WeakMap/);
  refused(() => symbol, ['fn', 'symbol'], /symbol.*Symbol\.for/);
  refused(() => proxy, ['fn', 'proxy'], /Proxy/);
  refused(() => sub, ['fn', 'sub'], /instance of Sub/);
  refused(() => deep, ['fn', 'deep.list[1].point'], /instance of Point/);
  refused(() => error, ['fn', 'error'], /instance of Mine/);
  refused(() => url, ['fn', 'url'], /instance of URL.*href/);
  const helper = () => point;
  refused(() => helper(), ['fn', 'helper', 'point'], /Point/);
  const holder = { helper, fine: 1 };
  refused(() => holder, ['fn', 'holder.helper', 'point'], /Point/);
});

test('memory and ports that are somewhere else are named as variables are', () => {
  const gone = new Float64Array(2);
  structuredClone(gone, { transfer: [gone.buffer] });
  const { port1: port } = new MessageChannel();
  const holder = { list: [0, gone] };
  const deep = { inner: [{ port }] };
  const path = /^This function cannot be sent to a worker: fn → \S+ is /;
  refused(() => gone, ['fn', 'gone'], /gone is memory that has been moved away.*Copy it before it is moved\.$/);
  refused(() => holder.list, ['fn', 'holder.list[1]'], path);
  refused(() => deep, ['fn', 'deep.inner[0].port'], path);
  refused(() => port, ['fn', 'port'], /port is a MessagePort.*an argument.*`transfer`/);
  port.close();
});

test('eval and with', () => {
  // biome-ignore lint/security/noGlobalEval: it is what is refused
  refused((x: string) => eval(x), ['fn', 'eval'], /cannot be known/);
  const sloppy = new Function('return function (o) { with (o) { return x; } }')() as AnyFunction;
  refused(sloppy, ['fn', 'with'], /names out of properties/);
});

test('variables whose declaration has not run', () => {
  refused(() => early, ['fn', 'early'], /no value yet.*Move the call below/);
  const early = 1;
  refused(() => Late, ['fn', 'Late'], /no value yet/);
  class Late {}
});

test('what is allowed is not refused', () => {
  const registered = Symbol.for('registered');
  const date = new Date();
  const buffer = Buffer.from('x');
  const error = new TypeError('x');
  const { iterator } = Symbol;
  capture(() => [registered, date, buffer, error, iterator, /x/, new Map()]);
});
