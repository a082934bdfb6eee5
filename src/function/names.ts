/** Names of properties, symbols among them, that mean the same in every thread. */
import type { PropertyName } from './portable.js';

/** The name of a symbol that means the same everywhere: a well-known one (`@@iterator`), or one of the registry. */
export function symbolName(symbol: symbol): string | undefined {
  const registered = Symbol.keyFor(symbol);
  if (registered !== undefined) return registered;
  const known = symbol.description?.startsWith('Symbol.') ? symbol.description.slice('Symbol.'.length) : '';
  return known !== '' && (Symbol as unknown as Record<string, unknown>)[known] === symbol ? `@@${known}` : undefined;
}

/** A property's name as a key. */
export function keyOf(name: PropertyName): string | symbol {
  if (typeof name === 'string') return name;
  const { symbol } = name;
  return symbol.startsWith('@@')
    ? ((Symbol as unknown as Record<string, symbol>)[symbol.slice(2)] as symbol)
    : Symbol.for(symbol);
}
