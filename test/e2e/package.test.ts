// The published package: packed, installed into an empty folder and used from there, by whoever runs the
// tests and by an ordinary user.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chownSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const MAX_INSTALLED_BYTES = 40e6;
const NOBODY = 65534;

let folder: string;
let tarball: string;
let packed: readonly string[];

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'flow-package-'));
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const [made] = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8' })) as [
    { readonly filename: string; readonly files: readonly { readonly path: string }[] },
  ];
  tarball = path.join(folder, made.filename);
  packed = made.files.map((file) => file.path);
  // For an ordinary user to look into.
  execFileSync('chmod', ['755', folder]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('holds the orchestrator, and nothing of the learning', () => {
  for (const name of [
    'dist/flow.js',
    'dist/stage-kit.d.ts',
    'schema/pipeline.schema.json',
    'templates/init/gitignore',
    'docs/tutorial.md',
  ]) {
    expect(packed).toContain(name);
  }
  expect(
    packed.filter((name) => /^(src|stages|pipelines|commands|data|test)\//.test(name)),
  ).toEqual([]);
  const pages = packed.filter((name) => /^docs\/.*\.md$/.test(name) && name !== 'docs/README.md');
  const ofLearning = pages.filter((name) =>
    readFileSync(path.join(root, name), 'utf8').includes('TensorFlow'),
  );
  expect(ofLearning).toEqual([]);
});

test('the packed documentation leads to packed pages only', () => {
  const pages = packed.filter((name) => name.startsWith('docs/') && name.endsWith('.md'));
  expect(pages).toContain('docs/README.md');
  const lost = pages.flatMap((page) =>
    [...readFileSync(path.join(root, page), 'utf8').matchAll(/\]\(([^):#]+)(?:#[^)]*)?\)/g)]
      .map(([, to = '']) => path.posix.join(path.posix.dirname(page), to))
      .filter((to) => !packed.includes(to))
      .map((to) => `${page} -> ${to}`),
  );
  expect(lost).toEqual([]);
});

test("the lock file names no registry but npm's own", () => {
  const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<
      Record<string, { readonly resolved?: string; readonly link?: boolean }>
    >;
  };
  const places = Object.values(packages).flatMap(({ resolved, link }) =>
    resolved === undefined || link === true ? [] : [resolved],
  );
  expect(places.filter((place) => !place.startsWith('https://registry.npmjs.org/'))).toEqual([]);
});

/** The code of a page in one language, and in it one `sh` block after the other. */
const blocks = (page: string, language: string): readonly string[] =>
  [...readFileSync(path.join(root, page), 'utf8').matchAll(/```(\w+)\n([^]*?)```/g)]
    .filter(([, of]) => of === language)
    .map(([, , body = '']) => body);

const hasPython = spawnSync('python3', ['--version']).status === 0;
const asNobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
const canBeNobody =
  process.getuid?.() === 0 &&
  spawnSync(asNobody[0] as string, [...asNobody.slice(1), process.execPath, '--version']).status ===
    0;

/** The groups of packages of a package.json. */
type Manifest = Readonly<Partial<Record<string, Readonly<Record<string, string>>>>>;

const manifest = (file: string) =>
  JSON.parse(readFileSync(path.join(root, file), 'utf8')) as Manifest;

describe.each([
  { who: 'whoever tests', through: [], possible: true },
  { who: 'an ordinary user', through: asNobody, possible: canBeNobody },
])('installed by $who', ({ who, through, possible }) => {
  let home: string;
  let project: string;

  const environment = () => ({
    PATH: `${path.join(project, 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}`,
    // An ordinary user has none of root's npm cache and settings.
    HOME: through.length > 0 ? home : process.env['HOME'],
    NO_COLOR: '1',
  });

  function run(...words: readonly string[]): string {
    const [program = '', ...args] = [...through, ...words];
    const { status, stdout, stderr } = spawnSync(program, args, {
      cwd: project,
      env: environment(),
      encoding: 'utf8',
    });
    expect({ words, status, stderr }).toMatchObject({ status: 0 });
    return stdout;
  }

  beforeAll(() => {
    if (!possible) return;
    home = path.join(folder, who.replaceAll(' ', '-'));
    project = path.join(home, 'project');
    for (const place of [home, project]) {
      mkdirSync(place);
      if (through.length > 0) chownSync(place, NOBODY, NOBODY);
    }
    run('npm', 'install', '--no-audit', '--no-fund', '--silent', tarball);
    run('flow', 'init');
  }, 300_000);

  test('it needs little room and no package of the learning', ({ skip }) => {
    skip(!possible, 'only root can become another user');
    expect(bytesBelow(project)).toBeLessThan(MAX_INSTALLED_BYTES);
    const { dependencies, optionalDependencies } = manifest('src/ml/package.json');
    const own = Object.keys(manifest('package.json').dependencies ?? {});
    const all = Object.keys({ ...dependencies, ...optionalDependencies });
    const learning = all.filter((name) => !own.includes(name));
    expect(learning.length).toBeGreaterThan(5);
    const there = readdirSync(path.join(project, 'node_modules'), { recursive: true }).map(String);
    expect(there.filter((name) => learning.includes(name))).toEqual([]);
  });

  test('flow init, its example, flow report and flow ui work', async ({ skip }) => {
    skip(!possible, 'only root can become another user');
    skip(!hasPython, 'there is no python3, which the example needs');
    const summary = JSON.parse(run('flow', 'run', 'pipelines/example.yaml', '--json')) as {
      readonly ok: boolean;
      readonly ran: number;
    };
    expect(summary).toMatchObject({ ok: true, ran: 15 });
    expect(JSON.parse(run('flow', 'run', 'pipelines/example.yaml', '--json'))).toMatchObject({
      ok: true,
      ran: 0,
      hit: 15,
    });
    run('flow', 'report', '-o', 'report.html');
    expect(readFileSync(path.join(project, 'report.html'), 'utf8')).toContain(
      'fit@degree=1,seed=0',
    );
    expect(await pageOfUi()).toContain('<html');
  });

  test('a TypeScript stage imports the stage kit', ({ skip }) => {
    skip(!possible, 'only root can become another user');
    write('stages/greet.ts', [
      "import { writeFileSync } from 'node:fs';",
      "import { openStage } from 'fastmtl-flow/stage-kit';",
      "writeFileSync(openStage().output('greeting'), 'hello');",
    ]);
    write('pipelines/typed.yaml', [
      'version: 1',
      'name: typed',
      'stages:',
      '  greet: { ts: stages/greet.ts, outputs: { greeting: greeting.txt } }',
    ]);
    run('flow', 'run', 'pipelines/typed.yaml');
    expect(run('flow', 'cat', 'greet.greeting')).toBe('hello');
  });

  function write(name: string, lines: readonly string[]): void {
    writeFileSync(path.join(project, name), `${lines.join('\n')}\n`);
  }

  async function pageOfUi(): Promise<string> {
    const [program = '', ...args] = [...through, 'flow', 'ui', '--port', '0', '--json'];
    const served = spawn(program, args, {
      cwd: project,
      env: environment(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const { url } = JSON.parse(
        await new Promise<string>((resolve, reject) => {
          served.stdout.setEncoding('utf8').once('data', resolve);
          served
            .once('error', reject)
            .once('exit', (code) => reject(new Error(`flow ui ended with ${code}`)));
        }),
      ) as { readonly url: string };
      return await (await fetch(url)).text();
    } finally {
      served.kill();
    }
  }
});

test.skipIf(!hasPython)(
  'docs/install.md, docs/typescript-stages.md and the copy of a cache do what they say',
  () => {
    const home = path.join(folder, 'reader');
    const project = path.join(home, 'my-project');
    const checkout = path.join(home, 'flow');
    mkdirSync(checkout, { recursive: true });
    copyFileSync(tarball, path.join(checkout, 'fastmtl-flow-0.1.0.tgz'));
    const global = path.join(home, 'global');
    // npm would look for the machine's settings below the new prefix.
    const settings = execFileSync('npm', ['config', 'get', 'globalconfig'], { encoding: 'utf8' });
    const quiet = { npm_config_loglevel: 'silent', npm_config_audit: 'false' };
    const sh = (cwd: string, script: string, ...bin: readonly string[]): string => {
      const { status, stdout, stderr } = spawnSync('bash', ['-euc', script], {
        cwd,
        encoding: 'utf8',
        env: {
          ...quiet,
          PATH: [...bin, process.env['PATH']].join(':'),
          HOME: process.env['HOME'],
          npm_config_prefix: global,
          npm_config_globalconfig: settings.trim(),
        },
      });
      expect({ script, status, stderr }).toMatchObject({ script, status: 0 });
      return stdout;
    };
    const [own = '', everywhere = ''] = blocks('docs/install.md', 'sh');
    // beforeAll has packed it, without building dist/ once more.
    const [pack, ...install] = own.split('\n');
    expect(pack).toBe('npm pack');
    expect(sh(checkout, install.join('\n'))).toContain('15 ran, 0 hits');
    expect(sh(checkout, everywhere, path.join(global, 'bin'))).toMatch(/\d+\.\d+\.\d+\n$/);

    const page = 'docs/typescript-stages.md';
    for (const text of [...blocks(page, 'yaml'), ...blocks(page, 'ts').slice(0, 1)]) {
      const [, name = ''] = /^(?:#|\/\/) (\S+)\n/.exec(text) ?? [];
      writeFileSync(path.join(project, name), text);
    }
    const [words = ''] = blocks(page, 'sh');
    expect(sh(project, words)).toMatch(/results\/counts\.json\n\{"the":2\}$/);

    const [copy = ''] = blocks('docs/shared-cache.md', 'sh');
    const bin = path.join(project, 'node_modules', '.bin');
    expect(sh(project, copy, bin)).toContain('all unchanged');
    expect(sh(project, 'flow plan pipelines/example.yaml --cache ../copy/cache', bin)).toContain(
      '15 hits',
    );
  },
  300_000,
);

function bytesBelow(place: string): number {
  const stat = lstatSync(place);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(place).reduce((sum, name) => sum + bytesBelow(path.join(place, name)), 0);
}
