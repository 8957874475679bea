// Where a folder in GLUE's layout keeps the splits of a task.
import { statSync } from 'node:fs';
import path from 'node:path';
import type { TaskName } from '../dataset.ts';
import type { Split } from '../prepared.ts';
import { task } from '../tasks.ts';

const PLAIN: { readonly [split in Split]?: string } = {
  train: 'train.tsv',
  dev: 'dev.tsv',
  test: 'test.tsv',
};

const MNLI: { readonly [split in Split]?: string } = {
  train: 'train.tsv',
  dev: 'dev_matched.tsv',
  test: 'test_matched.tsv',
  dev_mismatched: 'dev_mismatched.tsv',
  test_mismatched: 'test_mismatched.tsv',
};

/** The file of each split that the task has in GLUE, whether it is there or not. */
export function glueFiles(name: TaskName): { readonly [split in Split]?: string } {
  return name === 'mnli' ? MNLI : PLAIN;
}

/** @returns the path, or undefined where GLUE has no such split or the file is not there */
export function glueFile(raw: string, name: TaskName, split: Split): string | undefined {
  const file = glueFiles(name)[split];
  if (file === undefined) return undefined;
  const place = path.join(raw, task(name).folder, file);
  return statSync(place, { throwIfNoEntry: false })?.isFile() === true ? place : undefined;
}

/** Without training rows there is nothing to do for a task. */
export function trainingFile(raw: string, name: TaskName): string {
  const file = glueFile(raw, name, 'train');
  if (file === undefined) {
    throw new Error(
      `${path.join(raw, task(name).folder, 'train.tsv')}: no such file; data/README.md says how to obtain GLUE, and 'tasks' names the tasks that are used`,
    );
  }
  return file;
}
