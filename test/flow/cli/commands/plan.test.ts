import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ToyProject } from '../toy-project.ts';

// `c` is a matrix of which one half reads `a` and the other `b`.

const pipeline = `version: 1
name: p
params:
  rs: [r1, r2, r3, r4]
  end: x
stages:
  a: { sh: 'echo a > \${outputs.o}', outputs: { o: o.txt } }
  b: { sh: 'echo b > \${outputs.o}', outputs: { o: o.txt } }
  c:
    matrix: { r: "\${rs}" }
    params: [end]
    cmd: [sh, c.sh, "\${inputs.i}", "\${outputs.o}", "\${r}"]
    inputs: { i: { by: r, cases: { r1: a.o, r2: a.o, r3: b.o, r4: b.o, r5: b.o, r6: b.o } } }
    outputs: { o: o.txt }
`;

let project: ToyProject;

beforeEach(() => {
  project = new ToyProject({
    'pipelines/p.yaml': pipeline,
    'c.sh': 'cat $1 > $2; echo $3 >> $2\n',
  });
});
afterEach(() => project.remove());

const plan = async (...args: readonly string[]): Promise<readonly string[]> => {
  const { code, stdout, stderr } = await project.flow('plan', 'pipelines/p.yaml', ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trimEnd().split('\n');
};

const lineOf = (lines: readonly string[], stage: string): readonly string[] =>
  lines.filter((line) => line.includes(` ${stage} `) || line.includes(` ${stage}@`));

describe('instances of a stage', () => {
  test('that wait for different stages are not one line', async () => {
    expect(lineOf(await plan(), 'c')).toEqual([
      'awaiting  c (×2)  waits for a',
      'awaiting  c (×2)  waits for b',
    ]);
  });

  test('of which one never ran are not told what is true of that one', async () => {
    await project.flow('run', 'pipelines/p.yaml', '-q');
    project.write({ 'c.sh': 'cat $1 > $2; echo "$3" >> $2\n' });
    const lines = lineOf(await plan('-p', 'rs+=r5'), 'c');
    expect(lines[0]).toBe('miss      c (×4)  code c.sh changed');
    expect(lines[1]).toMatch(/^miss {6}c@r=r5 {2}never run; against c@r=r1: /);
    expect(lines[1]).toMatch(/, param r: r1 -> r5, input i changed, code c\.sh changed$/);
    expect(lines).toHaveLength(2);
  });

  test('whose params change to different values show each of them', async () => {
    await project.flow('run', 'pipelines/p.yaml', '-q', '-p', 'rs=r1,r2');
    const [line] = lineOf(await plan('-p', 'rs=r3,r4,r5,r6'), 'c');
    expect(line).toBe('awaiting  c (×4)  waits for b');
    await project.flow('run', 'pipelines/p.yaml', 'b', '-q');
    expect(lineOf(await plan('-p', 'rs=r3,r4,r5,r6'), 'c')).toEqual([
      'miss      c (×4)  never run; against c@r=r1: command argv: 4 different changes, ' +
        'param r: r1 -> r3, r1 -> r4, r1 -> r5, r1 -> r6, input i changed',
    ]);
  });

  test('in one state for one reason are one line, and all are shown with --verbose', async () => {
    await project.flow('run', 'pipelines/p.yaml', '-q');
    expect(lineOf(await plan('-p', 'end=y'), 'c')).toEqual(['miss      c (×4)  param end: x -> y']);
    expect(lineOf(await plan('-p', 'end=y', '-v'), 'c')).toHaveLength(4);
  });
});

test('--json gives the reasons of each instance as strings', async () => {
  await project.flow('run', 'pipelines/p.yaml', 'a', '-q');
  const { instances } = await project.json('plan', 'pipelines/p.yaml');
  const reasons = (instances as { id: string; reasons: readonly string[] }[]).map(
    ({ id, reasons: why }) => [id, ...why],
  );
  expect(reasons).toEqual([
    ['a'],
    ['b', 'never run'],
    ['c@r=r1', 'never run'],
    ['c@r=r2', 'never run'],
    ['c@r=r3', 'waits for b'],
    ['c@r=r4', 'waits for b'],
  ]);
});

test('a value that holds control characters does not reach the terminal as it is', async () => {
  await project.flow('run', 'pipelines/p.yaml', '-q');
  const { stdout } = await project.flow('plan', 'pipelines/p.yaml', '-p', 'end=\u001b[31mred');
  expect(stdout).not.toContain('\u001b');
});
