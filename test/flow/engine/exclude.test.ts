import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkDeclaredFiles } from '../../../src/flow/engine/check/declared-files.ts';
import { started, World } from './world.ts';

const files = {
  'data/rows.csv': 'a',
  'data/deep/more.csv': 'b',
  'lib/a.sh': 'true',
  'lib/deep/b.sh': 'true',
};

const left = {
  'data/.DS_Store': 'x',
  'data/__pycache__/m.cpython-311.pyc': 'x',
  'data/deep/old.pyc': 'x',
  'data/.ipynb_checkpoints/n.ipynb': 'x',
  'lib/__pycache__/a.pyc': 'x',
  'lib/deep/.DS_Store': 'x',
};

const pipeline = (input: string, code = '[lib/**]'): string => `
stages:
  s:
    sh: 'find \${inputs.d}/ -type f | wc -l > \${outputs.o}'
    inputs: { d: ${input} }
    code: ${code}
    outputs: { o: o.txt }
`;

const listing = (exclude: string): string =>
  `{ sh: 'ls \${inputs.d} > \${outputs.o}', inputs: { d: { from: ./data, exclude: ${exclude} } }, outputs: { o: o.txt } }`;

function world(): World {
  const made = new World();
  made.write(files);
  return made;
}

describe('what programs leave in a folder', () => {
  it('does not count, neither in a source nor in code', async () => {
    const project = world();
    expect(started(await project.run(pipeline('./data')))).toEqual(['s']);
    project.write(left);
    const ran = await project.run(pipeline('./data'));
    expect(started(ran)).toEqual([]);
    expect((await project.output(ran, 's', 'o')).trim()).toBe('2');
    rmSync(project.at('cache'), { recursive: true });
    expect((await project.output(await project.run(pipeline('./data')), 's', 'o')).trim()).toBe(
      '2',
    );
  });

  it('counts with exclude: []', async () => {
    const project = world();
    const text = pipeline('{ from: ./data, exclude: [] }', '{ files: [lib/**], exclude: [] }');
    await project.run(text);
    project.write({ 'lib/__pycache__/a.pyc': 'x' });
    expect(started(await project.run(text))).toEqual(['s']);
    project.write({ 'data/.DS_Store': 'x' });
    expect(started(await project.run(text))).toEqual(['s']);
  });

  it('counts where a pattern of code writes its name, or it is the source itself', async () => {
    const project = world();
    project.write({ 'lib/m.pyc': '1', 'data/m.pyc': '1' });
    const text = pipeline('./data/m.pyc', '[lib/m.pyc]');
    await project.run(text);
    project.write({ 'lib/m.pyc': '2' });
    expect(started(await project.run(text))).toEqual(['s']);
    project.write({ 'data/m.pyc': '2' });
    expect(started(await project.run(text))).toEqual(['s']);
  });
});

describe('exclude of a source', () => {
  it.each([
    ["['*.csv']", '0'],
    ["['deep/**']", '1'],
    ['[deep]', '1'],
    ["['*/more.csv']", '1'],
    ["['*.{csv,tsv}']", '0'],
    ["['rows.*']", '1'],
    ["['${what}']", '1'],
  ])('%s leaves %s files', async (patterns, count) => {
    const project = world();
    const text = `\nparams: { what: rows.csv }${pipeline(`{ from: ./data, exclude: ${patterns} }`)}`;
    const ran = await project.run(text);
    expect((await project.output(ran, 's', 'o')).trim()).toBe(count);
  });

  it('lets two stages read different parts of one folder', async () => {
    const project = world();
    const ran = await project.run(
      `\nstages:\n  a: ${listing('[deep]')}\n  b: ${listing("['*.csv']")}\n`,
    );
    expect(await project.output(ran, 'a', 'o')).toBe('rows.csv\n');
    expect(await project.output(ran, 'b', 'o')).toBe('deep\n');
  });

  it('hides what flow could not read', async () => {
    const project = world();
    execFileSync('mkfifo', [project.at('data/pipe.tmp')]);
    const { root } = project;
    const check = async (input: string) =>
      checkDeclaredFiles(await project.dag(pipeline(input)), {
        root,
        cache: path.join(root, 'cache'),
      });
    expect(await check('./data')).toHaveLength(1);
    expect(await check("{ from: ./data, exclude: ['*.tmp'] }")).toEqual([]);
  });

  it('is no setting of an artifact', async () => {
    const text = `
stages:
  a: { sh: 'true', outputs: { o: o/ } }
  b: { sh: 'true', inputs: { i: { from: a.o, exclude: [x] } }, outputs: { o: o.txt } }
`;
    await expect(world().dag(text)).rejects.toThrow(
      "input 'i' of stage 'b' is no source: only files of a source can be excluded",
    );
  });
});
