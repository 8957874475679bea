import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ToyProject, toyFiles, toyPipeline } from './toy-project.ts';

// What is told about a pipeline, whatever ran of it.

let project: ToyProject;

beforeAll(() => {
  project = new ToyProject(toyFiles);
});

afterAll(() => {
  project.remove();
});

test('graph draws stages or instances as text, mermaid and dot', async () => {
  const text = await project.flow('graph', 'pipelines/toy.yaml');
  expect(text.stdout).toBe('sort\nshout (×2)  <- sort\njoin  <- shout\n');
  const all = await project.flow('graph', 'pipelines/toy.yaml', '--instances');
  expect(all.stdout).toContain('join  <- shout@n=1, shout@n=2\n');
  const mermaid = await project.flow('graph', 'pipelines/toy.yaml', '--format', 'mermaid');
  expect(mermaid.stdout).toBe(
    'flowchart TD\n  n0["sort"]\n  n1["shout (×2)"]\n  n2["join"]\n  n0 --> n1\n  n1 --> n2\n',
  );
  const dot = await project.flow('graph', 'pipelines/toy.yaml', '--format', 'dot');
  expect(dot.stdout).toMatch(
    /^digraph "toy" \{\n.*n1 \[label="shout \(×2\)"\];.*n0 -> n1;.*\}\n$/s,
  );
});

test('params lists values, types and descriptions, under overrides', async () => {
  const { stdout } = await project.flow('params', 'pipelines/toy.yaml', '--profile', 'calm');
  expect(stdout).toBe(`PARAM  VALUE  TYPE       DESCRIPTION
times  1      integer[]  how loud
end    !      string

profiles: calm
`);
  const told = await project.json('params', 'pipelines/toy.yaml', '-p', 'times+=9');
  expect(told['params']).toContainEqual({
    name: 'times',
    type: 'integer[]',
    value: [1, 2, 9],
    default: [1, 2],
    min: 1,
    description: 'how loud',
    origin: '-p',
  });
});

describe('check', () => {
  test('looks through all pipelines', async () => {
    const { code, stdout } = await project.flow('check');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'pipelines/toy.yaml: ok, 4 instances\n' });
  });

  test('finds them from a folder of the project, and names them as seen from there', async () => {
    const inside = { cwd: 'data' };
    const { code, stdout } = await project.flowWith(inside, 'check');
    const file = '../pipelines/toy.yaml';
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${file}: ok, 4 instances\n` });
    const { stderr } = await project.flowWith(inside, 'plan', 'toy');
    expect(stderr).toContain(`did you mean '${file}'?`);
  });

  test('finds values of a profile that are none of their params', async () => {
    const other = new ToyProject({
      ...toyFiles,
      'pipelines/p.yaml':
        'version: 1\nparams: { n: 1, m: 2 }\nprofiles: { fine: { n: 3 }, odd: { n: one, m: 4 } }\n',
    });
    const { code, stderr } = await other.flow('check', 'pipelines/p.yaml');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^pipelines\/p\.yaml:3:\d+: error: param 'n' must be .*, not 'one'/);
    expect(stderr.match(/error: /g)).toHaveLength(1);
    const fine = await other.flow('check', 'pipelines/p.yaml', '--profile', 'fine');
    expect(fine.code).toBe(0);
    other.remove();
  });

  test('finds every mistake at once, exit 2, with their places', async () => {
    const other = new ToyProject({
      ...toyFiles,
      'pipelines/toy.yaml': toyPipeline
        .replace('sort.sorted', 'sortt.sorted')
        .replace('collect: [n]', 'collect: [m]'),
    });
    const { code, stderr } = await other.flow('check');
    expect(code).toBe(2);
    expect(stderr).toContain("did you mean 'sort'?");
    expect(stderr.match(/error: /g)?.length).toBeGreaterThanOrEqual(2);
    const told = await other.json('check');
    const found = told['diagnostics'] as { file: string; line: number }[];
    expect(told['ok']).toBe(false);
    expect(found[0]).toMatchObject({ file: 'pipelines/toy.yaml', line: 18 });
    other.remove();
  });

  test('finds sources that are not there', async () => {
    const other = new ToyProject({ 'pipelines/toy.yaml': toyPipeline });
    expect((await other.flow('check')).stderr).toContain('data/words.txt');
    other.remove();
  });
});

test.each(['check', 'plan', 'run'])(
  'a number that loses zeros is a note of flow %s',
  async (command) => {
    const project = new ToyProject({
      'pipelines/v.yaml':
        "version: 1\nparams: { v: 3.10 }\nstages:\n  s: { sh: 'echo ${v} > ${outputs.o}', outputs: { o: o.txt } }\n",
    });
    const { code, stdout, stderr } = await project.flow(command, 'pipelines/v.yaml');
    project.remove();
    expect({ code, told: stdout.includes('note') }).toEqual({ code: 0, told: false });
    expect(stderr)
      .toContain(`pipelines/v.yaml:2:14: note: 3.10 is the number 3.1, and 'v' is used as text [lost-zeros]
  2 | params: { v: 3.10 }
    |              ^^^^
  hint: to keep the zeros, put it into quotes: '3.10'
`);
  },
);
