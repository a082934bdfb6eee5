// `npm run docs`: the pages under docs/ and the reference of everything exported, made of the sources, as a site in build/site.
//   node scripts/site.mjs [folder]    somewhere else
// Whatever is amiss (a link that leads nowhere, an export or a member without a description) is an error.
import { readdirSync } from 'node:fs';
import { install, root } from './prepare.mjs';

install();
process.chdir(root);
const { Application, Comment, CommentTag, Converter, KindRouter, ReflectionKind } = await import('typedoc');

/** In the order in which somebody new reads them. What else is in docs/ comes after these, in the order of names. */
const order = [
  ...['start', 'pool', 'functions', 'errors', 'dataset', 'choosing', 'cluster', 'observing', 'security', 'coming-from'],
  ...['architecture', 'performance', 'benchmarks'],
];
const places = new Map(order.map((name, i) => [`${name}.md`, i]));
const pages = readdirSync('docs')
  .filter((name) => name.endsWith('.md'))
  .sort((a, b) => (places.get(a) ?? order.length) - (places.get(b) ?? order.length) || (a < b ? -1 : 1))
  .map((name) => `docs/${name}`);

/** Where an export stands in the reference. What is in none of these stops the build. */
const categories = {
  'Pools and jobs': [
    ...[
      'Pool',
      'Job',
      'map',
      'run',
      'context',
      'shared',
      'fromModule',
      'PoolOptions',
      'MapOptions',
      'RunOptions',
      'RetryPolicy',
    ],
    ...['JobProgress', 'TaskContext', 'ResourceLimits', 'Movable', 'TypedArrayConstructor'],
  ],
  Datasets: [
    ...[
      'Dataset',
      'ActionOptions',
      'SortOptions',
      'Placement',
      'Stats',
      'Histogram',
      'Widen',
      'SourceOptions',
      'TextOptions',
    ],
    ...['JsonOptions', 'CsvOptions', 'CsvValue', 'ColumnType', 'ParquetOptions', 'SqlOptions', 'BadRow', 'BadRows'],
    ...['Writer', 'WriteOptions', 'CsvWriteOptions', 'Written'],
  ],
  'Partitions and allocation': [
    ...[
      'hash',
      'range',
      'roundRobin',
      'Partitioner',
      'HashPartitioner',
      'RangePartitioner',
      'RangeRequest',
      'RangeOptions',
    ],
    ...['RoundRobinPartitioner', 'Allocation', 'AllocationName', 'AllocationPolicy', 'TaskView', 'WorkerView'],
  ],
  Engines: ['local', 'inline', 'ray', 'Engine', 'LocalOptions', 'StorageOptions', 'RayOptions', 'Labels', 'NotLabel'],
  Errors: [
    ...[
      'SheafError',
      'SheafErrorCode',
      'CaptureError',
      'ValueError',
      'TimeoutError',
      'CancelledError',
      'WorkerLostError',
    ],
    ...['ExchangeError', 'EngineError', 'taskOf', 'TaskInfo', 'WorkerExit'],
  ],
  Observing: [
    'Dashboard',
    'DashboardOptions',
    'EventHub',
    'EventListener',
    'SheafEvent',
    'EventError',
    'WorkerKind',
    'TaskCause',
    'TaskOutcome',
  ],
};
const categoryOf = (name) => Object.keys(categories).find((category) => categories[category].includes(name));

const app = await Application.bootstrap({
  name: 'Sheaf',
  out: process.argv[2] ?? 'build/site',
  entryPoints: ['src/index.ts', 'src/ray.ts'],
  tsconfig: 'tsconfig.json',
  // `npm run check` does.
  skipErrorChecking: true,
  projectDocuments: [...pages, 'CHANGELOG.md'],
  router: 'files',
  readme: 'README.md',
  favicon: 'docs/site.svg',
  customCss: 'docs/site.css',
  // Sources have no address of their own that could be linked.
  disableSources: true,
  excludeInternal: true,
  excludeProtected: true,
  // The contract between engines and what drives them, which is described in docs/architecture.md.
  intentionallyNotExported: ['EngineStorage', 'QuickCall', 'Task', 'TaskEnd'],
  categorizeByGroup: false,
  categoryOrder: [...Object.keys(categories), 'Events'],
  sort: ['documents-first', 'kind', 'instance-first', 'alphabetical-ignoring-documents'],
  kindSortOrder: ['Document', 'Module', 'Namespace', 'Class', 'Function', 'Interface', 'TypeAlias', 'Variable'],
  headings: { readme: false },
  includeHierarchySummary: false,
  hideGenerator: true,
  searchInComments: true,
  searchInDocuments: true,
  navigation: { includeCategories: true, includeGroups: false, includeFolders: false },
  lightHighlightTheme: 'github-light',
  darkHighlightTheme: 'github-dark',
  highlightLanguages: [
    ...[
      'bash',
      'css',
      'diff',
      'dockerfile',
      'html',
      'javascript',
      'json',
      'jsonc',
      'jsonl',
      'jsx',
      'python',
      'shell',
      'sql',
    ],
    ...['toml', 'tsx', 'typescript', 'xml', 'yaml'],
  ],
  requiredToBeDocumented: [
    ...['Enum', 'Variable', 'Function', 'Class', 'Interface', 'Property', 'Method', 'Accessor', 'TypeAlias', 'Module'],
  ],
  validation: { notExported: true, invalidLink: true, invalidPath: true, rewrittenLink: true, notDocumented: true },
  treatWarningsAsErrors: true,
});

// A page is called what its heading says, and its address is that of its file.
const files = new Map();
app.renderer.defineRouter(
  'files',
  class extends KindRouter {
    getIdealBaseName(reflection) {
      const file = files.get(reflection);
      return file === undefined ? super.getIdealBaseName(reflection) : `documents/${file}`;
    }
  },
);
app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, page) => {
  const [first] = page.content;
  const [, title] = /^# +(.*)$/m.exec(first?.text ?? '') ?? [];
  if (title === undefined) app.logger.error(`The page ${page.name} must begin with a heading: # What it is about`);
  files.set(page, page.name.replace('docs/', '').toLowerCase());
  page.name = title ?? page.name;
});

// The type Dataset is described by what it stands for, the class, which is not exported: what names the one means the other.
app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
  if (reflection.name !== 'Dataset' || !reflection.kindOf(ReflectionKind.Interface)) return;
  const checker = context.program.getTypeChecker();
  const file = context.program.getSourceFiles().find(({ fileName }) => fileName.endsWith('/src/dataset/dataset.ts'));
  const of = checker.getSymbolAtLocation(file).exports.get('Dataset');
  context.project.registerSymbolId(reflection, context.createSymbolId(of));
});

/** Events have this in common. */
const isEvent = ({ children = [] }) =>
  ['kind', 'time', 'engine'].every((name) => children.some((child) => child.name === name));

app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project: { children = [] } }) => {
  for (const reflection of children.flatMap((module) => module.children)) {
    const category = categoryOf(reflection.name) ?? (isEvent(reflection) ? 'Events' : undefined);
    if (category === undefined)
      app.logger.error(`scripts/site.mjs does not say where ${reflection.name} stands in the reference.`);
    reflection.comment ??= new Comment();
    reflection.comment.blockTags.push(new CommentTag('@category', [{ kind: 'text', text: category ?? 'Others' }]));
  }
});

const project = await app.convert();
if (project !== undefined) {
  app.validate(project);
  await app.generateOutputs(project);
}
if (project === undefined || app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1;
