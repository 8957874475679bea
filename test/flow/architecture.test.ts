import { readFileSync, readdirSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { packages, rooms, storeGround } from './rooms.ts';

// Reads the imports of all sources and compares them with the table of folders (rooms.ts).

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

describe('imports', () => {
  test('are read at all', () => {
    expect(imports.length).toBeGreaterThan(100);
    expect(imports).toContainEqual({
      file: 'src/flow/report/live/live-view.ts',
      to: 'listr2',
      typeOnly: false,
      lazy: false,
    });
    expect(imports.some(({ to }) => to === 'src/flow/cli/commands/run.ts')).toBe(true);
  });

  test.each(Object.entries(rooms))('of %s stay in the folders that it may import', (room, may) => {
    const wrong = imports.filter(({ file, to, typeOnly }) => {
      if (roomOf(file) !== room || isPackage(to)) return false;
      const target = roomOf(to);
      if (target === room) return false;
      const allowed = [...may.values, ...(typeOnly ? (may.types ?? []) : [])];
      return target === undefined || !allowed.some((name) => covers(name, target));
    });
    expect(wrong).toEqual([]);
  });

  test('lead from no folder back to it', () => {
    const looping = Object.keys(rooms).filter((room) => reachedFrom(room, roomsBelow).has(room));
    expect(looping).toEqual([]);
  });

  test('lead from no file back to it, types and lazy imports counted', () => {
    const targets = new Map<string, string[]>();
    for (const { file, to } of imports) targets.set(file, [...(targets.get(file) ?? []), to]);
    const next = (file: string): readonly string[] => targets.get(file) ?? [];
    const looping = [...targets.keys()].filter((file) => reachedFrom(file, next).has(file));
    expect(looping).toEqual([]);
  });

  test.each([
    'src/flow',
    'src/flow/cli',
    'src/flow/engine',
    'src/flow/store',
    'src/ml',
    'src/provision',
  ])('of every folder of %s are in the table', (outer) => {
    const depth = outer.split('/').length + 1;
    const folders = sources(outer).map((file) => file.split('/').slice(0, depth).join('/'));
    const unknown = new Set(folders.filter((name) => !/\.tsx?$/.test(name) && !(name in rooms)));
    expect([...unknown]).toEqual([]);
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

  test.each([
    ['package.json', ['src/flow/', 'src/stage-kit/']],
    ['src/ml/package.json', ['src/ml/', 'stages/']],
    ['src/provision/package.json', ['src/provision/', 'commands/']],
  ])('of packages are what %s declares', (file, folders) => {
    type Declared = Readonly<Record<string, object | undefined>>;
    const { dependencies = {}, optionalDependencies } = JSON.parse(read(file)) as Declared;
    // The build bundles devDependencies of the root; npm's TensorFlow is an optional peer of it.
    const root = JSON.parse(read('package.json')) as Declared;
    const all = { ...dependencies, ...optionalDependencies };
    const known = { ...all, ...root['devDependencies'], ...root['peerDependencies'] };
    const imported = imports
      .filter(
        ({ file: of, to }) => folders.some((folder) => of.startsWith(folder)) && isPackage(to),
      )
      .filter(({ to }) => !isBuiltin(to))
      .map(({ to }) => packageName(to));
    expect(imported.filter((name) => !Object.hasOwn(known, name))).toEqual([]);
    const asFiles = '@expo-google-fonts/arimo';
    const used = new Set([...imported, asFiles]);
    expect(Object.keys(dependencies).filter((name) => !used.has(name))).toEqual([]);
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

test('only store/ knows what the folders of a cache are called', () => {
  const knowing = ['src/flow', 'commands']
    .flatMap(sources)
    .filter((file) => !file.startsWith('src/flow/store/'))
    .filter((file) =>
      /(?<!plural\([^)]*)'(VERSION|cas|actions|checkpoints|locks|memo)'/.test(read(file)),
    );
  expect(knowing).toEqual([]);
});

test('only report/ and cli/ write to the terminal', () => {
  const printing = ['src/flow']
    .flatMap(sources)
    .filter((file) => !/^src\/flow\/(report|cli)\//.test(file))
    // A program of its own, whose standard output is a pipe to the driver.
    .filter((file) => file !== 'src/flow/engine/process/host.ts')
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

/** The innermost folder of the table that holds the file. */
function roomOf(file: string): string | undefined {
  const beside = /^src\/flow\/store\/([^/]+)$/.exec(file)?.[1];
  if (beside !== undefined && storeGround.includes(beside)) return 'src/flow/store/ground';
  const around = Object.keys(rooms).filter((room) => file.startsWith(`${room}/`));
  return around.sort((a, b) => b.length - a.length)[0];
}

/** Does a name of the table stand for this folder? */
function covers(name: string, room: string): boolean {
  if (!name.endsWith('/*')) return name === room;
  const outer = name.slice(0, -2);
  return room === outer || room.startsWith(`${outer}/`);
}

/** The other folders that a folder may import. Files beside folders and those in them may need each other. */
function roomsBelow(room: string): readonly string[] {
  const apart = (other: string): boolean =>
    !other.startsWith(`${room}/`) && !room.startsWith(`${other}/`) && other !== room;
  return Object.keys(rooms).filter(
    (other) => apart(other) && rooms[room]?.values.some((name) => covers(name, other)),
  );
}

function reachedFrom(
  start: string,
  next: (name: string) => readonly string[],
  seen = new Set<string>(),
): ReadonlySet<string> {
  for (const name of next(start)) if (!seen.has(name)) reachedFrom(name, next, seen.add(name));
  return seen;
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
