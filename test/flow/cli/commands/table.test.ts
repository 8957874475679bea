import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ToyProject } from '../toy-project.ts';

let project: ToyProject;
afterEach(() => project.remove());

const sweep = `version: 1
name: sweep
params: { k: 5 }
stages:
  prepare:
    params: [k]
    sh: 'echo same > \${outputs.rows}'
    outputs: { rows: rows.txt }
  train:
    sh: 'cp \${inputs.rows} rows; echo "{\\"score\\": 1}" > \${outputs.metrics}'
    inputs: { rows: prepare.rows }
    outputs: { metrics: metrics.json }
`;

test('a result that several params lead to is one row per set of params, each beside its own run', async () => {
  project = new ToyProject({ 'flow.yaml': '', 'p.yaml': sweep });
  const first = String((await project.json('run', 'p.yaml'))['run_id']);
  const second = String((await project.json('run', 'p.yaml', '-p', 'k=19'))['run_id']);
  const { rows } = await project.json('table', 'train.metrics');
  expect(rows).toMatchObject([
    { k: 19, run: second },
    { k: 5, run: first },
  ]);
  // A run under params that a row has already is that row's newest run, not another row.
  const third = String((await project.json('run', 'p.yaml', '-p', 'k=5'))['run_id']);
  const again = await project.json('table', 'train.metrics');
  expect(again['rows']).toMatchObject([
    { k: 5, run: third },
    { k: 19, run: second },
  ]);
});

test('a param that stands only in a command is a column of what follows, too', async () => {
  const text = sweep.replace('    params: [k]\n', '').replace('echo same', 'echo ${k}');
  project = new ToyProject({ 'flow.yaml': '', 'p.yaml': text });
  await project.json('run', 'p.yaml');
  await project.json('run', 'p.yaml', '-p', 'k=19');
  const { rows } = await project.json('table', 'train.metrics');
  expect(rows).toMatchObject([{ k: 19 }, { k: 5 }]);
});

test('a number that 64 bits cannot hold is printed as the file has it', async () => {
  const big =
    '{"id": 9007199254740993, "loss": 1e400, "none": 1e-400, "rows": 12345678, "at": "1e400, 9007199254740993"}';
  project = new ToyProject({
    'flow.yaml': '',
    'big.json': big,
    'big.csv': 'id,loss,rows\n-9007199254740993,-1e400,12345678\n',
    'p.yaml': `version: 1
name: p
stages:
  a: { cmd: [cp, "\${inputs.x}", "\${outputs.o}"], inputs: { x: ./big.json }, outputs: { o: o.json } }
  b: { cmd: [cp, "\${inputs.x}", "\${outputs.o}"], inputs: { x: ./big.csv }, outputs: { o: o.csv } }
`,
  });
  await project.flow('run', 'p.yaml');
  const csv = await project.flow('table', 'a.o', '--csv');
  expect(csv.stdout).toContain(
    '\n9007199254740993,1e400,1e-400,12345678,"1e400, 9007199254740993",',
  );
  const shown = await project.flow('table', 'a.o');
  expect(shown.stdout).toMatch(/\n9007199254740993 +1e400 +1e-400 +12345678 /);
  const fromCsv = await project.flow('table', 'b.o', '--csv');
  expect(fromCsv.stdout).toContain('\n-9007199254740993,-1e400,12345678,');
});

const rows = async (...words: readonly string[]): Promise<readonly string[]> => {
  const shown = await project.flow('table', 'fit', '--columns', 'seed,score', '--csv', ...words);
  return shown.stdout.trim().split('\n').slice(1);
};

describe('a table of measured values', () => {
  const measured = `version: 1
name: measured
params: { seeds: [0, 1, 2, 10], lr: 0.5, tag: "a b" }
stages:
  fit:
    matrix: { seed: "\${seeds}" }
    params: [lr, tag]
    cmd: [sh, -c, 'echo "{\\"score\\": $((\${seed} * 3 % 7)), \\"name\\": \\"n\${seed}\\", \\"seed\\": 5 }" > out/m.json']
    outputs: { metrics: { path: m.json, kind: metrics } }
`;

  beforeEach(async () => {
    project = new ToyProject({ 'flow.yaml': '', 'p.yaml': measured });
    await project.flow('run', 'p.yaml', '-q');
  });

  test('is filtered by any column, shown or not', async () => {
    expect(await rows('-w', 'score>=3')).toEqual(['1,3', '2,6']);
    expect(await rows('-w', 'score>0', '-w', 'score<6')).toEqual(['1,3', '10,2']);
    expect(await rows('-w', 'score!=0,6')).toEqual(['1,3', '10,2']);
    expect(await rows('-w', 'score=6.0')).toEqual(['2,6']);
    expect(await rows('-w', 'name=n1,n2')).toEqual(['1,3', '2,6']);
    expect(await rows('-w', 'tag=a b', '-w', 'lr=0.50', '-w', 'seed=10')).toEqual(['10,2']);
    expect(await rows('-w', 'seed>1')).toEqual(['2,6', '10,2']);
  });

  test('is sorted by any column, numbers by value', async () => {
    expect(await rows('--sort', 'score')).toEqual(['0,0', '10,2', '1,3', '2,6']);
    expect(await rows('--sort', 'score:desc')).toEqual(['2,6', '1,3', '10,2', '0,0']);
    expect(await rows('--sort', 'seed:desc')).toEqual(['10,2', '2,6', '1,3', '0,0']);
    expect(await rows('--sort', 'lr', '--sort', 'name')).toEqual(['0,0', '1,3', '10,2', '2,6']);
  });

  test('has the chosen columns in their order, also in JSON', async () => {
    const table = await project.json('table', 'fit', '--columns', 'score,lr,seed', '-w', 'seed=1');
    expect(table).toEqual({
      columns: ['score', 'lr', 'seed'],
      rows: [{ score: 3, lr: 0.5, seed: 1 }],
    });
  });

  test.each([
    [['-w', 'scroe=1'], "has no column 'scroe'", "did you mean 'score'?"],
    [['--sort', 'scroe'], "has no column 'scroe'", "did you mean 'score'?"],
    [['--columns', 'seed,scroe'], "has no column 'scroe'", "did you mean 'score'?"],
    [['-w', 'score'], "--where needs COLUMN=VALUE, not 'score'", '"score>=0.8"'],
    [['-w', 'score=4'], "no result of stage 'fit' with score=4", 'score is one of 0, 3, 6, 2'],
    [['-w', 'score>9'], "no result of stage 'fit' with score>9", 'score is one of 0, 3, 6, 2'],
    [['-w', 'score=3', '-w', 'seed=2'], 'score=3 and seed=2', 'score is one of 6'],
  ])('refuses %j', async (words, message, hint) => {
    const { code, stdout, stderr } = await project.flow('table', 'fit', ...words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
  });
});
