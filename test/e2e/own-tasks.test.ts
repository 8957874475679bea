// docs/own-tasks.md in a copy of this project: a task from a CSV file, and a scorer in Python.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FastmtlProject } from '../rig/fastmtl-project.ts';
import { flowBin } from '../rig/project.ts';
import { runDocument } from '../rig/run-document.ts';

const hasPython = spawnSync('python3', ['--version']).status === 0;

let project: FastmtlProject;
beforeAll(() => {
  project = new FastmtlProject();
  const bin = path.join(project.folder, 'bin');
  mkdirSync(bin);
  chmodSync(flowBin, 0o755);
  symlinkSync(flowBin, path.join(bin, 'flow'));
  writeFileSync(path.join(bin, 'npx'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
});
afterAll(() => project.close());

const stages = (ids: readonly string[]) => [...new Set(ids.map((id) => id.split('@')[0]))];

describe.skipIf(!hasPython)('the tutorial of own tasks', () => {
  test('does what it says', () => {
    const bin = path.join(project.folder, 'bin');
    expect(runDocument('own-tasks.md', project.folder, bin)).toBeGreaterThan(4);
    expect(project.read('figures/topics.svg').toString()).toContain('News topics: dev accuracy');
    expect(project.read('figures/topics-words.svg').toString()).toContain('words');
  });

  const options = ['st.epochs=5', 'baselines=st'];
  const ran = async (...params: readonly string[]): Promise<readonly string[]> => {
    const set = [...options, ...params].flatMap((param) => ['-p', param]);
    const ended = await project.flow('run', 'pipelines/topics.yaml', '--json', ...set);
    if (ended.code !== 0) throw new Error(ended.stderr);
    const { instances } = JSON.parse(ended.stdout) as {
      instances: readonly { readonly id: string; readonly outcome: string }[];
    };
    return instances.filter(({ outcome }) => outcome === 'ran').map(({ id }) => id);
  };

  test('leaves a title that changes to the figure alone', async () => {
    project.edit('data/topics/tasks.yaml', (text) => text.replace('News topics', 'Topics'));
    expect(stages(await ran())).toEqual(['catalogue', 'figure']);
    expect(project.read('figures/topics.svg').toString()).toContain('Topics: dev accuracy');
  });

  test('leaves a metric that changes to fine-tuning, and trains no scorer again', async () => {
    project.edit('data/topics/tasks.yaml', (text) =>
      text.replace('[accuracy, macro_f1]', '[accuracy]'),
    );
    const again = stages(await ran());
    expect(again).toContain('finetune');
    for (const stage of ['prepare', 'train-td', 'train-to', 'mt-dnn']) {
      expect(again).not.toContain(stage);
    }
  });

  test('trains nothing again for other dev rows, but fine-tunes to choose an epoch', async () => {
    project.edit('data/topics/dev.csv', (text) => text.replace(/\n[^\n]*\n$/, '\n'));
    const again = stages(await ran());
    expect(again).toEqual(expect.arrayContaining(['prepare', 'finetune', 'st-dnn', 'figure']));
    for (const stage of ['split', 'train-td', 'score-ce', 'train-to']) {
      expect(again).not.toContain(stage);
    }
  });

  test('prepares no other task again when one joins the list, if the vocabulary is given', async () => {
    const words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'match', 'goal', 'is', 'the', ''];
    writeFileSync(path.join(project.folder, 'vocab.txt'), words.join('\n'));
    const prepared = async (tasks: string) => {
      const set = ['vocab=vocab.txt', `tasks=${tasks}`, 'primaries=rte', 'scored=rte'];
      const args = set.flatMap((param) => ['-p', param]);
      const ended = await project.flow(
        'run',
        'pipelines/topics.yaml',
        'prepare',
        '--json',
        ...args,
      );
      const { instances } = JSON.parse(ended.stdout) as { instances: readonly { readonly id: string; readonly outcome: string }[] }; // prettier-ignore
      return instances.filter(({ outcome }) => outcome === 'ran').map(({ id }) => id);
    };
    expect(await prepared('rte,cola')).toContain('prepare@task=cola');
    const again = await prepared('topic,rte,cola');
    expect(again.filter((id) => id.startsWith('prepare'))).toEqual(['prepare@task=topic']);
  });

  test('does nothing for a task in the file that `tasks` does not name', async () => {
    project.edit(
      'data/topics/tasks.yaml',
      (text) =>
        `${text}  more:\n    files: { train: more.csv, dev: more.csv }\n    format: csv\n    text: [a]\n    label: b\n    labels: [x, y]\n    metrics: [accuracy]\n`,
    );
    expect(stages(await ran())).toEqual(['catalogue']);
  });
});
