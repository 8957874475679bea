import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../../../src/flow/core/diagnostic.ts';
import { checkDeclaredFiles } from '../../../../src/flow/engine/check/declared-files.ts';
import { World } from '../world.ts';

const files = {
  'data/words.tsv': 'w',
  'stages/train.ts': '',
  'stages/train.py': '',
  'stages/helpers/deep/a.ts': '',
  'cache/VERSION': '3',
};

/** Of a pipeline with one stage `a` in its line 5. */
async function complaints(stage: string): Promise<readonly Diagnostic[]> {
  const world = new World();
  world.write(files);
  const dag = await world.dag(`\nstages:\n  a: { ${stage}, outputs: { o: o.txt } }\n`);
  const { root } = world;
  return checkDeclaredFiles(dag, { root, cache: path.join(root, 'cache') });
}

describe('what a pipeline names is found before anything runs, or told with its place:', () => {
  it.each([
    'ts: stages/train.ts',
    'py: stages/train.py',
    "sh: 'true', code: [stages/helpers/**, 'stages/*.{ts,js}', data]",
    "sh: 'true', inputs: { w: ./data }",
  ])('%s', async (stage) => {
    expect(await complaints(stage)).toEqual([]);
  });

  it.each([
    [
      "sh: 'true', inputs: { w: ./data/words.txt }",
      "source './data/words.txt' does not exist",
      "did you mean './data/words.tsv'?",
    ],
    [
      "sh: 'true', inputs: { w: ./cache }",
      "source './cache' contains flow's cache, which changes while flow reads it",
      'choose another folder, or move the cache with --cache, FLOW_CACHE or flow.yaml',
    ],
    [
      'ts: stages/trian.ts',
      "ts of stage 'a': stages/trian.ts does not exist",
      "did you mean 'stages/train.ts'?",
    ],
    [
      'py: stages/train.py/b.py',
      "py of stage 'a': stages/train.py/b.py does not exist",
      'write the path of a module relative to the project root: stages/a.py',
    ],
    [
      'py: lib/b.py',
      "py of stage 'a': lib/b.py does not exist",
      'write the path of a module relative to the project root: stages/a.py',
    ],
    [
      'ts: stages',
      "ts of stage 'a': stages is not a file",
      'write the path of a module relative to the project root: stages/a.ts',
    ],
    [
      "sh: 'true', code: [stages/*.ts, lib/**]",
      "code of stage 'a': 'lib/**' matches no file of the project",
      'write a pattern relative to the project root: stages/helpers/**',
    ],
    [
      `sh: 'true', code: ['${'{a,b}'.repeat(10)}']`,
      `code of stage 'a': the braces of '${'{a,b}'.repeat(10)}' stand for more than 1000 patterns`,
      'write * instead of the alternatives, or write the path of the folder',
    ],
    // What flow itself wrote is no code.
    [
      "sh: 'true', code: ['**/VERSION']",
      "code of stage 'a': '**/VERSION' matches no file of the project",
      'write a pattern relative to the project root: stages/helpers/**',
    ],
  ])('%s', async (stage, message, hint) => {
    const location = { file: 'pipelines/p.yaml', line: 5 };
    expect(await complaints(stage)).toMatchObject([{ message, hint, location }]);
  });

  it.each([
    ['ts: gone.ts', 'gone.ts'],
    ["py: 'gone.py'", 'gone.py'],
    ['ts: stages/train.ts, code: [stages/**, lib/x]', 'lib/x'],
  ])('at the value of its key: %s', async (stage, named) => {
    const [first] = await complaints(stage);
    const { text = '', column = 0, length = 0 } = first?.location ?? {};
    expect(text.slice(column - 1, column - 1 + length).replaceAll("'", '')).toBe(named);
  });

  it('once for all instances of a stage', async () => {
    expect(await complaints('ts: gone.ts, matrix: { seed: [0, 1] }, code: [x, y]')).toMatchObject([
      { message: "ts of stage 'a': gone.ts does not exist" },
      { message: "code of stage 'a': 'x' matches no file of the project" },
      { message: "code of stage 'a': 'y' matches no file of the project" },
    ]);
  });
});
