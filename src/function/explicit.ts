/** Functions named by their module: the form that needs no capture, for processes in which functions cannot be looked into. */
import type { AnyFunction } from './portable.js';

/** Where a function with this property is to be imported from: the module's URL and the name of the export. */
export const MODULE = Symbol.for('sheaf.module');

/**
 * The function that the module at `url` exports as `name`, for use in workers: the module is imported there, and not here.
 * `fromModule<typeof work>(new URL('./work.js', import.meta.url), 'work')`, with a type-only import of `work`.
 * @throws TypeError when `url` is no absolute URL.
 */
export function fromModule<F extends AnyFunction>(url: string | URL, name = 'default'): F {
  const { href } = new URL(url);
  const placeholder = (): never => {
    throw new TypeError(
      `${name} of ${href} was named for use in workers and cannot be called here. Import it to call it.`,
    );
  };
  Object.defineProperty(placeholder, 'name', { value: name });
  return Object.defineProperty(placeholder, MODULE, { value: [href, name] }) as unknown as F;
}

/** What {@link fromModule} was given for this function, if it comes from there. */
export function namedModule(fn: AnyFunction): readonly [url: string, name: string] | undefined {
  return (fn as { [MODULE]?: readonly [string, string] })[MODULE];
}
