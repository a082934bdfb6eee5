/** Whether what functions that only split their line call is still what the language has for it. */

const { toString: textOf } = Function.prototype;
const { apply, getOwnPropertyDescriptor, ownKeys } = Reflect;

/** The program, or a module that it loads, may have put others in their place. It may do so at any time, so nothing is remembered. */
export function splitsAsUsual(): boolean {
  const { prototype } = String;
  if (Symbol.split in prototype) return false;
  if (!isNative(prototype, 'split') || !isNative(prototype, 'trim')) return false;
  if (!isNative(Array.prototype, 'filter') || !isNative(Array, Symbol.species)) return false;
  if (getOwnPropertyDescriptor(Array.prototype, 'constructor')?.value !== Array) return false;
  if (!isNative(globalThis, 'Boolean') || !isNative(RegExp, Symbol.species)) return false;
  return ownKeys(RegExp.prototype).every((key) => isNative(RegExp.prototype, key));
}

/** A native function of that name, or a native getter. One that was bound, or stands behind a proxy, has no name in its text. */
function isNative(object: object, key: string | symbol): boolean {
  const { value, get } = getOwnPropertyDescriptor(object, key) ?? {};
  const fn: unknown = value ?? get;
  if (typeof fn !== 'function') return false;
  const name = `${value === undefined ? 'get ' : ''}${typeof key === 'symbol' ? `[${key.description}]` : key}`;
  const text = apply(textOf, fn, []) as string;
  return text === `function ${key === 'constructor' ? 'RegExp' : name}() { [native code] }`;
}
