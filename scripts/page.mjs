// The dashboard's page: one HTML file that holds its code, its looks, and nothing from anywhere else.
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';

const folder = 'src/dashboard/page';

/** The plugin that gives `sheaf:page`, the page's text. */
export function pageText({ logLevel, legalComments }) {
  return {
    name: 'page-text',
    setup(build_) {
      build_.onResolve({ filter: /^sheaf:page$/ }, ({ path }) => ({ path, namespace: 'page' }));
      build_.onLoad({ filter: /.*/, namespace: 'page' }, async () => ({
        contents: await pageOf({ logLevel, legalComments }),
        loader: 'text',
      }));
    },
  };
}

async function pageOf(options) {
  const { outputFiles } = await build({
    ...options,
    entryPoints: [`${folder}/main.tsx`],
    bundle: true,
    minify: true,
    write: false,
    outdir: 'page',
    format: 'iife',
    platform: 'browser',
    target: ['chrome110', 'firefox115', 'safari16'],
    charset: 'ascii',
    jsx: 'automatic',
    jsxImportSource: 'preact',
  });
  const text = (ending) => outputFiles.find(({ path }) => path.endsWith(ending)).text;
  const code = text('.js');
  // Whoever serves the page finds its one script by this.
  if (code.includes('<script>') || code.includes('</script'))
    throw new Error('The code of the page would end its own script.');
  return readFileSync(`${folder}/page.html`, 'utf8')
    .replace('<style></style>', () => `<style>${text('.css')}</style>`)
    .replace('<script></script>', () => `<script>${code}</script>`);
}
