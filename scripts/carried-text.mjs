/**
 * Code that the library carries as text inside its bundle, so that it is there wherever a user's bundler puts the library: the worker's;
 * the parser's; and that of the library which is first needed when a function travels. Of a text, the engine reads no more than where it
 * ends before it is compiled, so that importing the library takes half the time; and when the last of them is compiled, a worker is
 * starting anyway, on another core.
 */
import { readFileSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { build } from 'esbuild';

/**
 * Modules that are carried as text, with what only they import: by the text that they are in, each of which is compiled when one of its
 * modules is first called. Compiling takes as long as the text is, and the first call waits for it. Modules outside of a text may import
 * functions from these, and nothing else.
 */
const groups = {
  /** Workers that are processes. Before the others: a process starts before it needs them. */
  'sheaf:processes': ['src/engine/local/process.ts', 'src/engine/local/process-talk.ts'],
  /** What a first call takes. */
  'sheaf:later': [
    'src/codec/beside.ts',
    'src/codec/records/numbers.ts',
    'src/codec/row.ts',
    'src/function/capture.ts',
    'src/engine/local/task-end.ts',
    'src/run/call-streams.ts',
    'src/run/calls.ts',
    'src/run/chunking.ts',
    'src/schedule/policy.ts',
    'src/schedule/step.ts',
    'src/engine/storage.ts',
    'src/engine/told.ts',
    'src/worker/transfer.ts',
    'src/worker/wire.ts',
  ],
  /** Values that are no arguments of a call. */
  'sheaf:codec': [
    'src/codec/columns.ts',
    'src/codec/frame.ts',
    'src/codec/lent.ts',
    'src/codec/records/index.ts',
    'src/codec/rows.ts',
  ],
  'sheaf:maps': [
    'src/job.ts',
    'src/run/map.ts',
    'src/function/arrays.ts',
    'src/engine/here.ts',
    'src/engine/local/telling.ts',
    'src/engine/local/same-thread.ts',
    'src/function/thrown.ts',
    'src/partition/index.ts',
  ],
  'sheaf:datasets': ['src/dataset/sources.ts'],
};
const groupOf = new Map(Object.entries(groups).flatMap(([name, paths]) => paths.map((path) => [path, name])));

/** The part of the worker's code that most first calls do without, as a text inside of the worker's. */
const laterInWorker = [...groups['sheaf:codec'], 'src/function/thrown.ts', 'src/worker/async-rows.ts'];

/** A list of what others export: it is in each text, or else what it lists would be copied before it is there. */
const lists = ['src/codec/index.ts'];

/** Modules that a worker has for code that travels to it as a bundle (`src/worker/inside.ts`). */
const insideModules = ['src/codec/index.ts', 'src/errors.ts', 'src/function/thrown.ts'];

/**
 * The first two find out the name of the script that the library is in, by being in it, and the third imports a file beside it. The last one is
 * small, and more than one text has a use for it: in one of them, that one would be loaded for it.
 */
const notLater = [
  'src/function/stack.ts',
  'src/engine/texts.ts',
  'src/observe/open-progress.ts',
  'src/worker/clock.ts',
];

// Where the program's own flags say so (--input-type=module), Node runs the worker's text as a module, without `require`. It needs
// built-in modules only.
const requireInWorker = ['((require) => {', '})((name) => process.getBuiltinModule(name));'];

const acorn = 'node_modules/acorn/dist/acorn.mjs';

const nameOf = (path) => relative('.', path).split(sep).join('/');
const isLater = (path) => groupOf.has(nameOf(path));
/** The file that a relative import of TypeScript's means. */
const targetOf = ({ path, resolveDir }) => resolve(resolveDir, path).replace(/\.js$/, '.ts');

/** How a module gets at a text, and the name of its file. */
const textOf = "import { textOf } from './src/engine/texts.ts';";
const short = (name) => name.slice('sheaf:'.length);

/** The plugin for the bundle that the texts belong to. It puts the texts into `made`, by their names. */
export function carriedText(common, made) {
  const bundle = async (options) => {
    const { outputFiles, metafile } = await build({
      ...common,
      ...options,
      bundle: true,
      metafile: true,
      write: false,
    });
    return { text: outputFiles[0].text, metafile };
  };
  const text = async (sourceURL, options) => {
    const { text } = await bundle({ charset: 'ascii', minify: true, ...options });
    return `${text}//# sourceURL=${sourceURL}\n`;
  };
  const texts = {
    'sheaf:worker': async () =>
      text('sheaf:worker', {
        entryPoints: ['src/worker/main.ts'],
        format: 'iife',
        banner: { js: requireInWorker[0] },
        footer: { js: requireInWorker[1] },
        plugins: [standingInWorker(await laterPart())],
      }),
    // An expression, with what the worker already has outside of it. What is inside is run once in each worker.
    'sheaf:stage': () =>
      text('sheaf:stage', {
        entryPoints: ['src/stage/main.ts'],
        format: 'cjs',
        banner: { js: 'inside("once")("stage",(require,module)=>{' },
        footer: { js: 'return module.exports}).stage(spec,inside("table"))' },
        plugins: [outside('stage', (path) => insideModules.includes(nameOf(path)))],
      }),
    'sheaf:parser': () =>
      text('sheaf:parser', {
        stdin: { contents: `export { parse } from './${acorn}';`, resolveDir: '.' },
        format: 'cjs',
        plugins: [withoutRegExpChecks],
      }),
  };

  /** The module that loads the later part of the worker's code, which the first part is to give what they have in common. */
  async function laterPart() {
    const entryPoints = ['src/worker/main.ts'];
    const { metafile } = await bundle({ entryPoints, format: 'iife', plugins: [standingInWorker('export let load;')] });
    const isOfFirst = (path) => !laterInWorker.includes(nameOf(path)) && nameOf(path) in metafile.inputs;
    const part = await text('sheaf:worker-later', {
      stdin: exporting(laterInWorker),
      format: 'cjs',
      plugins: [outside('worker-later', (path) => isOfFirst(path) && !lists.includes(nameOf(path)))],
    });
    return loader(JSON.stringify(part), asked(part), new Map());
  }

  /** Puts stand-ins for the later part into the first one. */
  function standingInWorker(contents) {
    return {
      name: 'standing-in-worker',
      setup(build_) {
        build_.onResolve({ filter: /^sheaf:/ }, ({ path }) => ({ path, namespace: 'carried' }));
        build_.onLoad({ filter: /.*/, namespace: 'carried' }, () => ({ contents, resolveDir: '.' }));
        build_.onLoad({ filter: /src[\\/].*\.ts$/, namespace: 'file' }, async ({ path }) =>
          laterInWorker.includes(nameOf(path)) ? standIn(path, 'sheaf:worker-later') : undefined,
        );
      },
    };
  }

  /** Modules that importing the library runs. */
  const atOnce = async () => {
    const plugin = outside('at-once', isLater);
    const { metafile } = await bundle({
      entryPoints: ['src/index.ts'],
      format: 'esm',
      plugins: [parserAsText, plugin],
    });
    const paths = Object.keys(metafile.inputs).filter((path) => path.startsWith('src/') && !lists.includes(path));
    return new Set([...notLater, ...paths]);
  };

  const callables = {};

  return {
    name: 'carried-text',
    setup(build_) {
      let known;
      let carried;
      const modulesAtOnce = () => {
        known ??= atOnce();
        return known;
      };
      parserAsText.setup(build_);
      build_.onResolve({ filter: /^sheaf:/ }, ({ path }) => ({ path, namespace: 'carried' }));
      build_.onLoad({ filter: /^sheaf:(worker|parser|stage)$/, namespace: 'carried' }, async ({ path }) => {
        made[path] = await texts[path]();
        return { contents: `${textOf}\nexport default () => textOf('${short(path)}');`, resolveDir: '.' };
      });
      build_.onLoad({ filter: /^sheaf:/, namespace: 'carried' }, async ({ path }) => {
        carried ??= carry(await modulesAtOnce());
        return { contents: (await carried)[path], resolveDir: '.' };
      });
      build_.onLoad({ filter: /src[\\/].*\.ts$/, namespace: 'file' }, ({ path }) =>
        isLater(path) ? standIn(path) : undefined,
      );
    },
  };

  /** The modules that load the texts. What a text has in common with one before it, that one gives it. */
  async function carry(shared) {
    const before = new Map();
    const texts = [];
    for (const [name, entries] of Object.entries(groups)) {
      const earlier = new Set([...shared, ...before.keys()]);
      const isOutside = (path) => earlier.has(nameOf(path));
      const later = Object.keys(groups).slice(texts.length + 1);
      const plugins = [parserAsText, outside(name, isOutside), standingIn(later)];
      const { metafile, text } = await bundle({ stdin: exporting(entries), format: 'cjs', plugins });
      texts.push({ name, entries, plugins, asked: asked(text) });
      for (const path of Object.keys(metafile.inputs))
        if (path.startsWith('src/') && !lists.includes(path) && !later.includes(groupOf.get(path)))
          before.set(path, name);
    }
    const loaders = {};
    for (const { name, entries, plugins, asked } of texts) {
      const given = texts.flatMap((other) => other.asked.filter((path) => before.get(path) === name));
      made[name] = await text(name, {
        stdin: exporting([...new Set([...entries, ...given])]),
        format: 'cjs',
        // Its names stand in stack traces, and Node prints the whole line where an error was thrown that nobody catches.
        minify: false,
        minifySyntax: true,
        minifyWhitespace: true,
        lineLimit: 120,
        plugins,
      });
      loaders[name] = `${textOf}\n${loader(`textOf('${short(name)}')`, asked, before)}`;
    }
    return loaders;
  }

  function asked(contents) {
    return [...new Set([...contents.matchAll(/\brequire\("(src\/[^"]+|sheaf:[^"]+)"\)/g)].map(([, name]) => name))];
  }

  /** Puts stand-ins where modules of these texts are imported. */
  function standingIn(names) {
    return {
      name: 'standing-in',
      setup(build_) {
        build_.onLoad({ filter: /src[\\/].*\.ts$/, namespace: 'file' }, ({ path }) =>
          names.includes(groupOf.get(nameOf(path))) ? standIn(path) : undefined,
        );
      },
    };
  }

  async function standIn(path, from = groupOf.get(nameOf(path))) {
    const name = nameOf(path);
    callables[name] ??= callablesOf(path);
    return { contents: standIns(from, name, await callables[name]), resolveDir: '.' };
  }

  /** What a module exports that can be called. An import of anything else, by a module that is not carried as text, fails the build. */
  async function callablesOf(path) {
    const { text } = await bundle({ entryPoints: [path], format: 'esm', plugins: [withoutTexts] });
    const exports = await import(`data:text/javascript,${encodeURIComponent(text)}`);
    const names = Object.keys(exports).filter((name) => typeof exports[name] === 'function');
    return { names, classes: names.filter((name) => /^class\b/.test(String(exports[name]))) };
  }
}

const withoutTexts = {
  name: 'without-texts',
  setup(build_) {
    build_.onResolve({ filter: /^sheaf:|[\\/]acorn\.js$/ }, ({ path }) => ({ path, namespace: 'nothing' }));
    build_.onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({
      contents: 'export default ""; export const loadAcorn = undefined;',
    }));
  },
};

/** Leaves imports of some of the library's modules outside of a bundle, by the names that `loader` knows. */
function outside(name, isOutside) {
  return {
    name: `outside-${name}`,
    setup(build_) {
      build_.onResolve({ filter: /^sheaf:/ }, ({ path }) => ({ path, external: true }));
      build_.onResolve({ filter: /^\.{1,2}\// }, (args) => {
        const target = targetOf(args);
        return args.kind !== 'entry-point' && isOutside(target) ? { path: nameOf(target), external: true } : undefined;
      });
    },
  };
}

/**
 * The parser without its checks of regular expressions, a quarter of what it takes to load: it is only given code that runs, of which
 * the engine has seen to that.
 */
const withoutRegExpChecks = {
  name: 'without-regexp-checks',
  setup(build_) {
    build_.onLoad({ filter: /acorn\.mjs$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const checks =
        /^\/\/ This file was generated by "bin\/generate-unicode-script-values[\s\S]*(?=^\/\/ Object type used to represent tokens)/m;
      const call = /^ *\/\/ Validate pattern\n(?:.*[sS]tate.*\n){4}/m;
      if (!checks.test(text) || !call.test(text))
        throw new Error('This version of acorn is another than the build knows.');
      return { contents: text.replace(checks, '').replace(call, '') };
    });
  },
};

const parserAsText = {
  name: 'parser-as-text',
  setup(build_) {
    build_.onLoad({ filter: /src[\\/]function[\\/]acorn\.ts$/ }, () => ({
      contents: `import { compileFunction } from 'node:vm';
        import text from 'sheaf:parser';
        export function loadAcorn() {
          const module = { exports: {} };
          compileFunction(text(), ['module', 'exports'])(module, module.exports);
          return module.exports;
        }`,
    }));
  },
};

/** A module that exports others by their paths. */
const exporting = (paths) => ({
  contents: paths.map((path) => `export * as ${JSON.stringify(path)} from ${JSON.stringify(`./${path}`)};`).join('\n'),
  resolveDir: '.',
  loader: 'ts',
});

/** The module that compiles what is needed later, and gives it the modules that it has in common with the rest, or with other texts. */
function loader(text, names, before) {
  const given = names.filter((name) => before.has(name));
  const texts = [...new Set(given.map((name) => before.get(name)))];
  const imports = names.flatMap((name, i) => {
    if (given.includes(name)) return [];
    if (name in groups) return [`import * as s${i} from '${name}';`];
    return [name.startsWith('sheaf:') ? `import s${i} from '${name}';` : `import * as s${i} from './${name}';`];
  });
  const value = (name, i) => {
    if (given.includes(name)) return `t${texts.indexOf(before.get(name))}()['${name}']`;
    // Copies, since a namespace may be made of getters. What modules export stays what it is.
    return name.startsWith('sheaf:') ? `s${i}` : `{ ...s${i} }`;
  };
  return `${imports.join('\n')}
    ${texts.map((name, i) => `import { load as t${i} } from '${name}';`).join('\n')}
    const text = () => ${text};
    let loaded;
    export function load() {
      if (loaded === undefined) {
        const module = { exports: {} };
        const shared = { ${names.map((name, i) => `'${name}': ${value(name, i)}`).join(', ')} };
        compiled(['require', 'module', 'exports'])((name) => shared[name] ?? process.getBuiltinModule(name), module, module.exports);
        loaded = module.exports;
      }
      return loaded;
    }
    function compiled(parameters) {
      try {
        return new Function(...parameters, text()); // in this very realm, which may be one of several
      } catch (error) {
        if (!(error instanceof EvalError)) throw error;
        // --disallow-code-generation-from-strings
        const { compileFunction, constants } = process.getBuiltinModule('node:vm');
        return compileFunction(text(), parameters, { importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER });
      }
    }`;
}

/** Functions that stand where the functions and classes of a module are that is loaded later, until one of them is called. */
function standIns(from, path, { names, classes }) {
  return `import { load } from '${from}';
    let filled = false;
    ${names
      .map((name) =>
        classes.includes(name)
          ? `export let ${name} = function (...args) { filled || fill(); return new ${name}(...args); };`
          : `export let ${name} = (...args) => { filled || fill(); return ${name}(...args); };`,
      )
      .join('\n')}
    function fill() {
      ({ ${names.join(', ')} } = load()['${path}']);
      filled = true;
    }`;
}
