import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FindingsBuilder } from '../../../../src/flow/engine/audit/findings.ts';
import type { Finding } from '../../../../src/flow/engine/audit/findings.ts';
import type { Access } from '../../../../src/flow/engine/audit/read-trace.ts';
import { toolchains } from '../../../../src/flow/engine/sandbox/toolchains.ts';
import type { View } from '../../../../src/flow/engine/sandbox/view.ts';

let at: string;
const here = (...names: readonly string[]): string => path.join(at, ...names);

beforeEach(() => {
  at = realpathSync(mkdtempSync(path.join(tmpdir(), 'flow-findings-')));
});

afterEach(() => rmSync(at, { recursive: true }));

function put(...names: readonly string[]): void {
  for (const name of names) {
    mkdirSync(path.dirname(here(name)), { recursive: true });
    if (name.endsWith('/')) mkdirSync(here(name), { recursive: true });
    else writeFileSync(here(name), '');
  }
}

const view = (more: Partial<View> = {}): View => ({
  root: here('home/project'),
  cache: here('home/project/cache'),
  homes: [here('home')],
  scratch: here('home/project/cache/tmp/1/scratch-1'),
  short: '/tmp/flow-123456/r',
  inputs: [],
  checkpoint: here('home/project/cache/checkpoints/k/1'),
  sources: [],
  packages: [],
  toolchains: [],
  ...more,
});

const text = ({ path: file, owner }: Finding): string => `${owner} ${file}`;

function found(accesses: readonly Access[], more: Partial<View> = {}, also: string[] = []) {
  const builder = new FindingsBuilder(view(more), also);
  for (const access of accesses) builder.add(access);
  const { reads, writes, network } = builder.build();
  return { reads: reads.map(text), writes: writes.map(text), network };
}

const reads = (...names: readonly string[]): Access[] =>
  names.map((name) => ({ kind: 'read', path: path.resolve(at, name) }));

describe('what a stage reads', () => {
  test('is not its concern where it is its own, declared, or of the system', () => {
    const own = ['home/project/cache/tmp/1/scratch-1/in/a', 'home/project/cache/checkpoints/k/1/s'];
    const sources = [here('home/project/data/words.txt'), here('elsewhere/glue')];
    put('home/project/node_modules/a/x.js');
    const declared = ['home/project/data/words.txt', 'elsewhere/glue/RTE/dev.tsv', 'home/project/node_modules/a/x.js']; // prettier-ignore
    const system = ['/usr/lib/libc.so', '/etc/passwd', '/proc/self/maps', '/dev/urandom', '/sys/x'];
    const all = reads(...own, ...declared, ...system, 'models/m');
    expect(found(all, { sources, packages: ['node_modules/a'] }, [here('models')]).reads).toEqual(
      [],
    );
  });

  test('is named by whose it is, each file once, those of the project as the project names them', () => {
    const names = [
      'home/project/data/words.txt',
      'home/.netrc',
      'mnt/x',
      'home/project/cache/cas/ab/1',
    ];
    const twice = reads(...names, ...names, 'home/project/node_modules/a/x.js');
    expect(found([...twice, { kind: 'list', path: here('home/project/data') }]).reads).toEqual([
      `home ${here('home/.netrc')}`,
      `other ${here('mnt/x')}`,
      'cache cache/cas/ab/1',
      'project data/',
      'project data/words.txt',
      'package node_modules/a/x.js',
    ]);
  });

  test('is a package under its own name also where node_modules is a link', () => {
    put('installed/a/x.js', 'installed/b/x.js', 'home/project/');
    symlinkSync(here('installed'), here('home/project/node_modules'));
    const both = reads('installed/a/x.js', 'installed/b/x.js');
    expect(found(both, { packages: ['node_modules/a'] }).reads).toEqual([
      `package ${here('installed/b/x.js')}`,
    ]);
  });

  test('of a project in a folder of the system is the project’s', () => {
    const opt = { root: '/opt/app', cache: '/opt/app/cache', homes: ['/'] };
    const all = reads('/opt/app/src/x', '/opt/other/x', '/usr/bin/sh');
    expect(found(all, opt).reads).toEqual(['project src/x']);
  });

  test('of a cache in a folder of the system is the cache’s, and the names at the very top are found', () => {
    const elsewhere = { cache: '/var/cache/flow' };
    const all: Access[] = [...reads('/var/cache/flow/cas/ab/1'), { kind: 'list', path: '/' }];
    expect(found(all, elsewhere).reads).toEqual(['other /', 'cache /var/cache/flow/cas/ab/1']);
  });
});

test('what a stage writes outside of its folders is found; devices are no files', () => {
  const writes: Access[] =
    ['home/project/cache/checkpoints/k/1/s', 'home/project/x', 'tmp/y', '/dev/null', '/usr/z'] // prettier-ignore
      .map((name) => ({ kind: 'write', path: path.resolve(at, name) }));
  expect(found(writes).writes).toEqual([`other ${here('tmp/y')}`, 'other /usr/z', 'project x']);
});

test('a link is what is replaced or removed, not what it leads to', () => {
  put('home/project/cache/tmp/1/scratch-1/o');
  symlinkSync(here('home/project/cache/tmp/1/scratch-1/o'), here('home/project/latest'));
  const writes: Access[] = [{ kind: 'write', path: here('home/project/latest') }];
  expect(found(writes).writes).toEqual(['project latest']);
});

test('addresses are told once each, in order', () => {
  const all: Access[] = ['9.9.9.9:53', '1.1.1.1:53', '9.9.9.9:53'].map((address) => ({ kind: 'connect', address })); // prettier-ignore
  expect(found(all).network).toEqual(['1.1.1.1:53', '9.9.9.9:53']);
});

const of = (folders: readonly string[]): readonly string[] =>
  toolchains(folders.map((each) => here(each)).join(':'), [here('node/bin/node')], [here('home/project'), here('home')]) // prettier-ignore
    .map((each) => path.relative(at, each));

describe('toolchains on PATH', () => {
  test('are the folders of programs and what is installed beside them', () => {
    put('home/conda/bin/', 'home/conda/lib/', 'home/conda/pyvenv.cfg', 'home/conda/notes', 'tools/', 'node/bin/', 'node/lib/'); // prettier-ignore
    expect(of(['home/conda/bin', 'tools', 'absent/bin'])).toEqual([
      'home/conda/bin',
      'home/conda/lib',
      'home/conda/pyvenv.cfg',
      'tools',
      'node/bin',
      'node/lib',
    ]);
  });

  test('are never a home or the project with all that lies in it', () => {
    put('home/bin/', 'home/lib/', 'home/project/bin/', 'home/project/lib/');
    expect(of(['home/bin', 'home/project/bin', 'home/project', 'home'])).toEqual([
      'home/bin',
      'home/project/bin',
    ]);
  });
});
