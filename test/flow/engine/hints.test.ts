import { describe, expect, it } from 'vitest';
import { failureOf, World } from './world.ts';

/** The hint of the failure of a single stage. */
async function hintOf(stage: string, world = new World()): Promise<string | undefined> {
  const ran = await world.run(`stages:\n  s: ${stage}\n`);
  return failureOf(ran, 's').hint;
}

const fileWorld = (): World => {
  const world = new World();
  world.write({
    'data/rows.csv': 'a,b\n',
    'config.json': '{}',
    'stages/words.txt': 'one\n',
    'stages/helper.py': 'x = 1\n',
    'stages/main.py': 'import helper\n',
    'stages/near.py':
      "from pathlib import Path\nprint((Path(__file__).parent / 'words.txt').read_text())\n",
    'stages/read.mjs': "import { readFileSync } from 'node:fs';\nreadFileSync('config.json');\n",
    'stages/require.cjs': "require('./lib.cjs');\n",
    'stages/lib.cjs': '',
    'lib.sh': 'true\n',
  });
  return world;
};

const asInput = (file: string): string =>
  `the stage does not declare '${file}' of the project: add it to the inputs, as NAME: ./${file}, and read \${inputs.NAME}`;
const asCode = (file: string): string =>
  `the stage does not declare '${file}' of the project: add code: [${file}] to the stage`;

describe('a project file that a stage did not declare', () => {
  it.each([
    [
      "{ sh: 'f=rows; cat data/$f.csv > ${outputs.o}', outputs: { o: o } }",
      asInput('data/rows.csv'),
    ],
    [
      "{ sh: 'f=rows; wc -l < data/$f.csv > ${outputs.o}', outputs: { o: o } }",
      asInput('data/rows.csv'),
    ],
    [
      '{ cmd: [python3, -c, "open(\'data/rows.csv\')"], outputs: { o: o } }',
      asInput('data/rows.csv'),
    ],
    ["{ sh: 'ls data > ${outputs.o}', outputs: { o: o } }", asInput('data')],
    [
      "{ sh: 'f=rows; true > /dev/null; cat ../../../data/$f.csv > ${outputs.o}', outputs: { o: o } }",
      asInput('data/rows.csv'),
    ],
    [
      '{ cmd: [/usr/bin/env, python3, -c, "open(\'../data/rows.csv\')"], outputs: { o: o } }',
      asInput('data/rows.csv'),
    ],
    ['{ cmd: [node, stages/read.mjs], outputs: { o: o } }', asInput('config.json')],
    ['{ py: stages/near.py, outputs: { o: o } }', asInput('stages/words.txt')],
    ["{ sh: 'f=lib; source ./$f.sh', outputs: { o: o } }", asCode('lib.sh')],
    ['{ cmd: [node, stages/require.cjs], outputs: { o: o } }', asCode('stages/lib.cjs')],
    [
      '{ cmd: [python3, stages/main.py], outputs: { o: o } }',
      `${asCode('stages/helper.py')}, or write py: FILE, which finds the imports`,
    ],
  ])('is named: %s', async (stage, hint) => {
    expect(await hintOf(stage, fileWorld())).toBe(hint);
  });

  it('is not blamed for a file that the project does not have', async () => {
    const stage = "{ sh: 'cat data/other.csv', outputs: { o: o } }";
    expect(await hintOf(stage, fileWorld())).toBeUndefined();
  });

  it('is not blamed for a declared file, or for words of a log that only look like one', async () => {
    const world = fileWorld();
    const stage =
      "{ sh: 'cat ${inputs.d}; echo data/rows.csv; exit 3', inputs: { d: ./data/rows.csv }, outputs: { o: o } }";
    expect(await hintOf(stage, world)).toBeUndefined();
  });
});

const set = (): World => {
  const world = new World();
  world.env['API_TOKEN'] = 'abc';
  return world;
};

describe('a variable that is set outside, but not in the stage', () => {
  const hint =
    'API_TOKEN is set outside, but a stage gets only declared variables: add env: [API_TOKEN] to the stage, or secrets: [API_TOKEN] if it is secret';

  it.each([
    ["{ sh: 'echo $API_TOKEN > ${outputs.o}', outputs: { o: o } }"],
    ["{ cmd: [sh, -uc, 'echo $API_TOKEN'], outputs: { o: o } }"],
    ["{ cmd: [sh, -c, 'echo $${API_TOKEN:?}'], outputs: { o: o } }"],
    ['{ cmd: [python3, -c, "import os; os.environ[\'API_TOKEN\']"], outputs: { o: o } }'],
  ])('is named: %s', async (stage) => {
    expect(await hintOf(stage, set())).toBe(hint);
  });

  it('is not blamed where nobody set it, or for a key of an ordinary dict', async () => {
    const unset = "{ sh: 'echo $NOWHERE', outputs: { o: o } }";
    expect(await hintOf(unset, set())).toBeUndefined();
    const dict = '{ cmd: [python3, -c, "{}[\'API_TOKEN\']"], outputs: { o: o } }';
    expect(await hintOf(dict, set())).toBeUndefined();
  });
});

describe('an output that the stage wrote elsewhere', () => {
  it.each([
    ["{ sh: 'echo 1 > o.txt', outputs: { o: o.txt } }", 'o.txt', '${outputs.o} (out/o.txt)'],
    [
      "{ sh: 'echo 1 > out/p.txt', outputs: { o: o.txt } }",
      'out/p.txt',
      '${outputs.o} (out/o.txt)',
    ],
    [
      "{ sh: 'mkdir -p a/b; echo 1 > a/b/o.txt', outputs: { o: d/o.txt } }",
      'a/b/o.txt',
      '${outputs.o} (out/d/o.txt)',
    ],
    [
      "{ sh: 'echo 1 > run.log; echo 1 > all.txt', outputs: { o: o.txt } }",
      'all.txt',
      '${outputs.o} (out/o.txt)',
    ],
    ["{ sh: 'mkdir m; echo 1 > m/x', outputs: { o: m/ } }", 'm/', '${outputs.o} (out/m)'],
    [
      "{ cmd: [sh, -c, 'echo 1 > result.csv'], outputs: { o: o.txt } }",
      'result.csv',
      '${outputs.o} (out/o.txt)',
    ],
  ])('is named: %s', async (stage, wrote, instead) => {
    expect(await hintOf(stage)).toBe(`the stage wrote ${wrote}: write to ${instead} instead`);
  });

  it('is named to a Python stage by its path in stage.json', async () => {
    const world = new World();
    world.write({ 's.py': "open('o.txt', 'w').write('1')\n" });
    expect(await hintOf('{ py: s.py, outputs: { o: o.txt } }', world)).toBe(
      'the stage wrote o.txt: write to out/o.txt instead, the path of output o in stage.json',
    );
  });

  it('is not blamed on what flow put there', async () => {
    const world = fileWorld();
    const stage =
      "{ sh: 'true', code: [lib.sh], inputs: { d: ./data/rows.csv }, outputs: { o: o } }";
    expect(await hintOf(stage, world)).toBeUndefined();
  });
});

it('a pipe whose reader ended first is explained', async () => {
  const stage = "{ sh: 'seq 1 1000000 | head -1 > ${outputs.o}', outputs: { o: o } }";
  expect(await hintOf(stage)).toBe(
    "a program wrote into a pipe whose reader had ended, as in 'seq 9 | head -1': let the reader read everything, or write (seq 9 || true) | head -1",
  );
});
