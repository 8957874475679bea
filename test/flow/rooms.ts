// The folders of the sources as ARCHITECTURE.md lists them, and what each may import.
//
// A name stands for the files of that folder itself, `name/*` for all folders in it too. A folder may always
// import its own files.

export interface Room {
  readonly values: readonly string[];
  /** Folders of which it may import types only. */
  readonly types?: readonly string[];
}

const flow = (...names: readonly string[]): string[] => names.map((name) => `src/flow/${name}`);

/**
 * The folders in a folder. Each may import what the outer folder may import.
 * @param table folder -> the other folders in `outer` that it may import
 * @param beside may they import the files beside them? Otherwise these files bring the folders together.
 * @param types folders of which they may import types only
 */
function inside(
  outer: string,
  below: readonly string[],
  table: Readonly<Record<string, readonly string[]>>,
  {
    beside = true,
    types = [],
  }: { readonly beside?: boolean; readonly types?: readonly string[] } = {},
): Readonly<Record<string, Room>> {
  const rooms = Object.entries(table).map(([name, may]): [string, Room] => {
    const ground = beside ? [...below, outer] : below;
    const values = [...ground, ...may.map((other) => `${outer}/${other}`)];
    return [`${outer}/${name}`, { values, types }];
  });
  return Object.fromEntries(rooms);
}

const belowStore = flow('core', 'key/*');
const belowEngine = flow('core', 'pipeline/*', 'key/*', 'store/*');
const belowReport = flow('core', 'pipeline/*');
const belowInspect = [...belowEngine, 'src/flow/engine/*', 'src/flow/report/*'];
const belowCli = [...belowInspect, 'src/flow/inspect', 'src/flow/web/*'];

/** Files of src/flow/store on which its folders stand. The others there bring the folders together. */
export const storeGround = ['layout.ts', 'damage.ts', 'store.ts'];
const ground = 'src/flow/store/ground';

export const rooms: Readonly<Record<string, Room>> = {
  'src/flow/core': { values: [] },
  'src/flow/pipeline': { values: flow('core') },
  ...inside('src/flow/pipeline', [...flow('core'), 'schema'], {
    yaml: [],
    read: ['yaml'],
    resolve: ['read', 'yaml'],
  }),
  'src/flow/key': { values: flow('core'), types: ['src/flow/pipeline/*'] },
  ...inside(
    'src/flow/key',
    flow('core'),
    {
      files: [],
      python: ['files'],
      code: ['files', 'python'],
      action: ['code', 'files'],
    },
    { types: ['src/flow/pipeline/*'] },
  ),

  'src/flow/store': { values: [...belowStore, 'src/flow/store/*'], types: ['src/flow/pipeline/*'] },
  // The interface names the types of the folders behind it.
  [ground]: { values: belowStore, types: ['src/flow/store/*'] },
  'src/flow/store/disk': { values: [...belowStore, ground] },
  'src/flow/store/process': { values: [...belowStore, ground, 'src/flow/store/disk'] },
  'src/flow/store/records': {
    values: [...belowStore, ground, ...flow('store/disk', 'store/process')],
    types: ['src/flow/pipeline/*'],
  },
  'src/flow/store/cas': { values: [...belowStore, ground, ...flow('store/disk', 'store/process')] },
  // gc is given a whole store.
  'src/flow/store/gc': {
    values: [...belowStore, ground, ...flow('store/disk', 'store/process', 'store/records')],
    types: flow('store', 'pipeline/*'),
  },

  'src/flow/engine': { values: belowEngine, types: ['src/flow/engine/*'] },
  ...inside('src/flow/engine', belowEngine, {
    secrets: [],
    check: [],
    survey: [],
    process: ['secrets'],
    explain: ['survey'],
    exports: ['survey'],
    sandbox: ['process', 'survey'],
    attempt: ['process', 'sandbox', 'secrets', 'survey'],
    adopt: ['survey'],
    audit: ['attempt', 'process', 'sandbox', 'secrets', 'survey'],
    run: ['attempt', 'exports', 'process', 'sandbox', 'schedule', 'secrets', 'survey'],
  }),
  // Pure: it knows tasks by number and nothing of the store.
  'src/flow/engine/schedule': { values: flow('core') },

  'src/flow/report': { values: belowReport, types: flow('key/*', 'store/*') },
  ...inside(
    'src/flow/report',
    belowReport,
    { preview: [], tables: ['preview'], crate: [], live: [], changes: [] },
    { types: flow('key/*', 'store/*') },
  ),
  'src/flow/inspect': { values: belowInspect },
  'src/flow/web': {
    values: [...flow('core', 'inspect'), 'src/flow/report/*'],
    types: belowInspect,
  },

  'src/flow/cli': { values: [...belowCli, 'src/flow/cli/*'] },
  ...inside(
    'src/flow/cli',
    belowCli,
    {
      args: [],
      catalogue: ['args'],
      project: ['args', 'catalogue'],
      completion: ['args', 'catalogue', 'project'],
      commands: ['args', 'catalogue', 'project', 'completion'],
    },
    { beside: false },
  ),

  'src/stage-kit': { values: [] },

  'src/ml': { values: [] },
  ...inside('src/ml', [], {
    backend: [],
    metrics: [],
    statistics: [],
    text: [],
    tasks: ['metrics'],
    encoder: ['backend'],
    hf: ['encoder'],
    data: ['tasks', 'text'],
    train: ['backend', 'data', 'encoder', 'hf', 'tasks'],
    leakage: ['tasks'],
    select: ['data', 'leakage', 'tasks'],
    scorers: ['data', 'leakage', 'select', 'tasks'],
    experiment: ['backend', 'data', 'encoder', 'hf', 'metrics', 'select', 'tasks', 'text', 'train'],
    figure: ['metrics', 'statistics', 'tasks'],
    submission: ['data', 'tasks'],
    tsne: ['hf'],
  }),

  'src/provision': { values: ['src/ml/*'] },
  ...inside('src/provision', [], { archive: [], fetch: ['archive'] }),
  ...inside('src/provision', ['src/ml/*'], { machine: [] }),
  // The store tells whether the holder of a lock lives.
  ...inside('src/provision', ['src/ml/*', ...flow('core', 'store/process')], {
    command: ['archive', 'fetch', 'machine'],
  }),

  stages: { values: ['src/stage-kit', 'src/ml/*'] },
  commands: { values: ['src/ml/*', 'src/provision/*'] },
  schema: { values: [] },
};

/** The one module or folder that may import each package; two where flow and provision both need it. */
export const packages: Readonly<Record<string, string | readonly string[]>> = {
  yaml: ['src/flow/pipeline/', 'src/ml/tasks/catalogue.ts'],
  hyparquet: 'src/ml/data/rows/parquet.ts',
  'hyparquet-compressors': 'src/ml/data/rows/parquet.ts',
  ajv: 'src/flow/pipeline/',
  'fastest-levenshtein': ['src/flow/pipeline/nearest.ts', 'src/provision/command/command.ts'],
  'get-east-asian-width': 'src/flow/report/text-width.ts',
  esbuild: 'src/flow/key/code/esbuild-bundler.ts',
  acorn: 'src/flow/key/code/escapes.ts',
  'acorn-walk': 'src/flow/key/code/escapes.ts',
  listr2: 'src/flow/report/live/live-view.ts',
  execa: 'src/flow/cli/commands/open.ts',
  preact: 'src/flow/web/',
  'preact-render-to-string': 'src/flow/web/report-document.tsx',
  '@dagrejs/dagre': 'src/flow/web/model/layout.ts',
  '@huggingface/tokenizers': 'src/ml/text/',
  '@resvg/resvg-js': 'src/ml/figure/',
  '@tensorflow/tfjs-core': 'src/ml/backend/',
  '@tensorflow/tfjs-layers': 'src/ml/backend/',
  '@tensorflow/tfjs-backend-cpu': 'src/ml/backend/',
  '@tensorflow/tfjs-backend-webgpu': 'src/ml/backend/',
  '@tensorflow/tfjs-node': 'src/ml/backend/',
  '@tensorflow/tfjs-node-gpu': 'src/ml/backend/',
  fflate: 'src/ml/submission/',
  jstat: 'src/ml/statistics/',
  'modern-tar': 'src/provision/archive/',
  yauzl: 'src/provision/archive/',
  vega: 'src/ml/figure/',
  'vega-lite': 'src/ml/figure/',
};
