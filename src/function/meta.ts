/** `import.meta` for code that runs outside of its module. */
import { isBuiltin } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The `import.meta` that a module at `url` has. */
export function importMetaOf(url: string): object {
  const meta = Object.create(null) as Record<string, unknown>;
  if (url.startsWith('file:')) {
    meta.filename = fileURLToPath(url.replace(/[?#].*$/, ''));
    meta.dirname = dirname(meta.filename as string);
  }
  meta.resolve = (specifier: string): string => {
    const name = String(specifier);
    if (isBuiltin(name)) return name.startsWith('node:') ? name : `node:${name}`;
    if (/^(\.{0,2}\/|[a-z][a-z+.-]*:)/i.test(name)) return new URL(name, url).href;
    throw new Error(
      `import.meta.resolve cannot find the package ${name} from inside a worker. Resolve it outside of the function and capture the result.`,
    );
  };
  meta.url = url;
  return meta;
}
