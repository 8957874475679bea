// An own scorer and own files with mistakes, in a copy of this project.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FastmtlProject } from '../rig/fastmtl-project.ts';

let project: FastmtlProject;
const write = (name: string, text: string): void => {
  const file = path.join(project.folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
};
beforeAll(() => {
  project = new FastmtlProject();
});
afterAll(() => project.close());

/** The lines that a failed stage of the run wrote, as flow shows them. */
const failure = async (...args: readonly string[]): Promise<readonly string[]> => {
  const { code, stderr } = await project.flow('run', 'pipelines/mine.yaml', ...args);
  expect({ code, stderr: code === 1 ? '' : stderr }).toEqual({ code: 1, stderr: '' });
  return stderr.split('\n').flatMap((line) => /^ *│ (.*)/.exec(line)?.[1] ?? []);
};

const PIPELINE = `version: 1
include: [./fastmtl.yaml]
params: { strategies: [mine], tasks: [rte, cola], seeds: [0], NUM: [10], rows: 40, first: "" }
stages:
  score-mine:
    matrix: { seed: '\${seeds}' }
    sh: printf 'task\\trow\\trte\\n%b' \${first} > \${outputs.scores}
    inputs: { split: split.split }
    outputs: { scores: scores.tsv }
`;

describe('a scorer', () => {
  beforeAll(() => write('pipelines/mine.yaml', PIPELINE));

  test.each([
    ['', /^row \d+ of cola has no score: a scorer scores every candidate, 30 rows of cola$/],
    ['cola\\t0\\tnan', /scores\.tsv:2: 'nan' is not a score$/],
    ['cola\\t99\\t1', /^row 99 of cola is scored, which has rows 0 to 39$/],
  ])('that writes other rows than the candidates gets a message without a stack: %j', async (first, message) => {
    const lines = await failure('select', '-p', 'td.rows=10', '-p', `first=${first}`);
    expect(lines).toEqual([expect.stringMatching(message)]);
  }); // prettier-ignore
});

const task = (name: string, train: string): string =>
  `  ${name}: { files: { train: ${train}, dev: ${name}/dev.csv }, format: csv, text: [a], label: b, labels: [x, y], metrics: [accuracy] }\n`;

describe('the files of own tasks', () => {
  test('are named by their paths in the project, since tasks have files of the same name', async () => {
    for (const name of ['one', 'two']) {
      write(`data/own/${name}/dev.csv`, 'a,b\nt,x\n');
      write(`data/own/${name}/train.csv`, `a,b\nt,x\nt,${name === 'one' ? 'y' : ''}\n`);
    }
    const tasks = `tasks:\n${task('one', 'one/train.csv')}${task('two', 'two/train.csv')}`;
    write('data/own/tasks.yaml', tasks);
    const own = ['-p', 'tasks_file=data/own/tasks.yaml', '-p', 'tasks=rte,one,two'];
    expect(await failure('vocabulary', ...own)).toEqual([
      "data/own/two/train.csv:3: '' is not a label of two: x, y (bad_rows=skip passes over such rows)",
    ]);
    write('data/own/tasks.yaml', tasks.replace('two/train.csv', 'two'));
    expect(await failure('vocabulary', ...own)).toEqual([
      "data/own/two: this is a folder; list its files for 'train' of 'two'",
    ]);
  });
});
