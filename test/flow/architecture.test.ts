import { readFileSync, readdirSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

// Reads the imports of all sources and holds the table of rooms in ARCHITECTURE.md.

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Import {
  readonly file: string;
  /** As written: a package, a built-in, or for a relative one the project path it leads to. */
  readonly to: string;
  readonly typeOnly: boolean;
  /** `import()`: loaded when it is reached. */
  readonly lazy: boolean;
}

const imports = ['src', 'stages', 'commands'].flatMap(sources).flatMap(importsOf);

/** Folder of src/ml -> which others it may import; the files beside the folders serve all of them. */
const learning: Readonly<Record<string, readonly string[]>> = {
  backend: [],
  metrics: [],
  statistics: [],
  text: [],
  tasks: ['metrics'],
  encoder: ['backend'],
  hf: ['encoder'],
  data: ['tasks', 'text'],
  train: ['backend', 'data', 'encoder', 'hf', 'tasks'],
  select: ['data', 'tasks'],
  experiment: ['backend', 'data', 'encoder', 'hf', 'metrics', 'select', 'tasks', 'text', 'train'],
  figure: ['metrics', 'statistics', 'tasks'],
  submission: ['data', 'tasks'],
  tsne: ['hf'],
};
const learningRooms = Object.entries(learning).map(([name, may]) => {
  const values = ['src/ml', ...may.map((other) => `src/ml/${other}`)];
  return [`src/ml/${name}`, { values }] as const;
});
const ml = ['src/ml', ...learningRooms.map(([name]) => name)];

/** Room -> what it may import, `types` for types alone. Node's built-ins are free but for core. */
const rooms: Readonly<Record<string, { values: string[]; types?: string[] }>> = {
  'src/flow/core': { values: [] },
  'src/flow/pipeline': { values: ['src/flow/core', 'schema'] },
  'src/flow/key': { values: ['src/flow/core'], types: ['src/flow/pipeline'] },
  'src/flow/store': { values: ['src/flow/core', 'src/flow/key'], types: ['src/flow/pipeline'] },
  'src/flow/engine': {
    values: ['src/flow/core', 'src/flow/pipeline', 'src/flow/key', 'src/flow/store'],
  },
  'src/flow/report': {
    values: ['src/flow/core', 'src/flow/pipeline'],
    types: ['src/flow/key', 'src/flow/store'],
  },
  'src/flow/web': {
    values: ['src/flow/core', 'src/flow/report'],
    types: ['src/flow/pipeline', 'src/flow/key', 'src/flow/store'],
  },
  'src/flow/cli': {
    values: ['core', 'pipeline', 'key', 'store', 'engine', 'report', 'web'].map(
      (r) => `src/flow/${r}`,
    ),
  },
  'src/stage-kit': { values: [] },
  'src/provision': { values: ml },
  'src/ml': { values: [] },
  ...Object.fromEntries(learningRooms),
  stages: { values: ['src/stage-kit', ...ml] },
  commands: { values: [...ml, 'src/provision'] },
  schema: { values: [] },
};

/** The one module, or the one folder, that may import each package; two where flow and the learning both need it. */
const packages: Readonly<Record<string, string | readonly string[]>> = {
  yaml: 'src/flow/pipeline/',
  ajv: 'src/flow/pipeline/',
  'fastest-levenshtein': ['src/flow/pipeline/nearest.ts', 'src/provision/command.ts'],
  'get-east-asian-width': 'src/flow/report/text-width.ts',
  esbuild: 'src/flow/key/esbuild-bundler.ts',
  acorn: 'src/flow/key/escapes.ts',
  'acorn-walk': 'src/flow/key/escapes.ts',
  listr2: 'src/flow/report/live-view.ts',
  execa: 'src/flow/cli/commands/start-program.ts',
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
  vega: 'src/ml/figure/',
  'vega-lite': 'src/ml/figure/',
};

describe('imports', () => {
  test('are read at all', () => {
    expect(imports.length).toBeGreaterThan(100);
    expect(imports).toContainEqual({
      file: 'src/flow/report/live-view.ts',
      to: 'listr2',
      typeOnly: false,
      lazy: false,
    });
    expect(imports.some(({ to }) => to === 'src/flow/cli/commands/run.ts')).toBe(true);
  });

  test.each(Object.entries(rooms))('of %s stay in the rooms below it', (room, may) => {
    const wrong = imports.filter(({ file, to, typeOnly }) => {
      if (roomOf(file) !== room || isPackage(to)) return false;
      const target = roomOf(to);
      const allowed = [room, ...may.values, ...(typeOnly ? (may.types ?? []) : [])];
      return target === undefined || !allowed.includes(target);
    });
    expect(wrong).toEqual([]);
  });

  test('of src/ml have every folder in the table, and lead from no room back to it', () => {
    const folders = new Set(sources('src/ml').map((file) => file.split('/').slice(0, 3).join('/')));
    expect([...folders].filter((name) => !name.endsWith('.ts') && !ml.includes(name))).toEqual([]);
    const reached = (room: string, seen = new Set<string>()): ReadonlySet<string> => {
      for (const next of learning[room] ?? []) {
        if (!seen.has(next)) reached(next, seen.add(next));
      }
      return seen;
    };
    expect(Object.keys(learning).filter((room) => reached(room).has(room))).toEqual([]);
  });

  test('of src/ml lead from no file back to it, types and lazy ones counted', () => {
    const reached = (from: string, seen = new Set<string>()): ReadonlySet<string> => {
      for (const { file, to } of imports) {
        if (file === from && !seen.has(to)) reached(to, seen.add(to));
      }
      return seen;
    };
    expect(sources('src/ml').filter((file) => reached(file).has(file))).toEqual([]);
  });

  test('of core are none, not even of Node', () => {
    const own = imports.filter(({ file, to }) => roomOf(file) === 'src/flow/core' && isPackage(to));
    expect(own).toEqual([]);
  });

  test('of packages come from the one place that each has', () => {
    const stray = imports.filter(({ file, to }) => {
      if (!isPackage(to) || isBuiltin(to)) return false;
      const homes = [packages[packageName(to)] ?? []].flat();
      return !homes.some((home) => file.startsWith(home));
    });
    expect(stray).toEqual([]);
  });

  test('of heavy packages are behind lazy ones, so that a no-op loads none', () => {
    const early = new Set<string>();
    const visit = (file: string): void => {
      if (early.has(file)) return;
      early.add(file);
      for (const next of imports) {
        if (next.file === file && !next.typeOnly && !next.lazy) visit(next.to);
      }
    };
    visit('src/flow/cli/main.ts');
    visit('src/flow/cli/dispatch.ts');
    visit('src/flow/cli/commands/run.ts');
    expect(early).toContain('src/flow/engine/run/run.ts');
    const heavy = ['yaml', 'ajv', 'ajv/dist/2020.js', 'esbuild', 'acorn', 'listr2', 'execa'];
    expect(heavy.filter((name) => early.has(name))).toEqual([]);
  });
});

test('only key/ hashes', () => {
  const hashing = ['src/flow', 'stages']
    .flatMap(sources)
    .filter((file) => !file.startsWith('src/flow/key/'))
    .filter((file) => /\bcreateHash\b|\bcreateHmac\b|\bsubtle\.digest\b/.test(read(file)));
  expect(hashing).toEqual([]);
});

test('only report/ and cli/ write to the terminal', () => {
  const printing = ['src/flow']
    .flatMap(sources)
    .filter((file) => !/^src\/flow\/(report|cli)\//.test(file))
    .filter((file) => /\bconsole\.|process\.std(out|err)\b/.test(withoutComments(read(file))));
  expect(printing).toEqual([]);
});

function sources(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !file.includes('assembly/'))
    .map((file) => `${folder}/${file.split(path.sep).join('/')}`);
}

function importsOf(file: string): Import[] {
  const text = withoutComments(read(file));
  const found: Import[] = [];
  const clause = /\b(import|export)(\s+type\b)?([^'"();]*?)\bfrom\s*'([^']+)'/g;
  for (const [, , type, names = '', to = ''] of text.matchAll(clause)) {
    const named = /^\s*\{([^}]*)\}\s*$/.exec(names)?.[1]?.split(',') ?? [''];
    const allTypes = named.filter((n) => n.trim() !== '').every((n) => /^\s*type\s/.test(n));
    const typeOnly = type !== undefined || (names.includes('{') && allTypes);
    found.push({ file, to: resolve(file, to), typeOnly, lazy: false });
  }
  for (const [, to = ''] of text.matchAll(/\bimport\(\s*'([^']+)'/g)) {
    found.push({ file, to: resolve(file, to), typeOnly: false, lazy: true });
  }
  for (const [, to = ''] of text.matchAll(/^\s*import\s+'([^']+)'/gm)) {
    found.push({ file, to: resolve(file, to), typeOnly: false, lazy: false });
  }
  // What a message quotes is no import.
  return found.filter(({ to }) => !to.includes('$'));
}

function resolve(file: string, to: string): string {
  if (to === 'fastmtl-flow/stage-kit') return 'src/stage-kit/stage-kit.ts';
  return to.startsWith('.') ? path.posix.join(path.posix.dirname(file), to) : to;
}

/** The innermost. */
function roomOf(file: string): string | undefined {
  const around = Object.keys(rooms).filter((room) => file.startsWith(`${room}/`));
  return around.sort((a, b) => b.length - a.length)[0];
}

const isPackage = (to: string): boolean => !/^(src|stages|commands|schema)\//.test(to);

function packageName(to: string): string {
  return to
    .split('/')
    .slice(0, to.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Good enough for sources of ours: no string here holds `//` after a space. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '$1');
}

function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}
