import { afterEach, expect, test } from 'vitest';
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
