import { expect, test } from 'vitest';
import { submittedFiles, SUBMISSION_ORDER } from '../../../src/ml/submission/files.ts';
import { catalogueEntry, parseTasks } from '../../../src/ml/tasks/catalogue.ts';
import { outputs } from '../../../src/ml/tasks/task.ts';
import { entry, GLUE, TASKS, task } from '../../rig/glue-tasks.ts';

test('GLUE has the tasks in the order that the method gives them', () => {
  expect(TASKS).toEqual(['mnli', 'rte', 'qqp', 'qnli', 'mrpc', 'sst2', 'cola', 'stsb']);
  expect(TASKS.map((name) => outputs(task(name)))).toEqual([3, 2, 2, 2, 2, 2, 2, 1]);
  expect(submittedFiles(TASKS.map(entry)).map(({ name }) => name)).toEqual(SUBMISSION_ORDER);
});

const own = (text: string) => parseTasks(text, 'my/tasks.yaml', 'own');
const topic = (more = '') =>
  own(`
tasks:
  topic:
    files: { train: [a.csv, b.csv], dev: { path: dev.csv, header: false, columns: [text, label] } }
    format: csv
    text: [text]
    label: label
    labels: [1, true, no]
    metrics: [accuracy]
${more}`);

test('an entry has the defaults filled in, and labels as texts', () => {
  expect(catalogueEntry('topic', [GLUE, topic()])).toEqual({
    task: {
      name: 'topic',
      origin: 'own',
      files: {
        train: [{ path: 'a.csv' }, { path: 'b.csv' }],
        dev: [{ path: 'dev.csv', columns: ['text', 'label'] }],
      },
      format: 'csv',
      text: ['text'],
      label: 'label',
      labels: ['1', 'true', 'no'],
    },
    about: {
      name: 'topic',
      title: 'topic',
      origin: 'own',
      metrics: ['accuracy'],
      score: 'accuracy',
    },
    submission: {},
  });
});

test('a task that no file has is refused with the tasks of each file', () => {
  expect(() => catalogueEntry('topik', [GLUE, topic()])).toThrow(
    "there is no task 'topik'; the tasks are mnli, rte, qqp, qnli, mrpc, sst2, cola, stsb (data/tasks/glue.yaml) and topic (my/tasks.yaml)",
  );
});

test('two tasks of one name are refused with both files', () => {
  const rte = own('tasks: { rte: { files: {}, metrics: [accuracy] } }');
  expect(() => catalogueEntry('rte', [GLUE, rte])).toThrow(
    "the task 'rte' is in data/tasks/glue.yaml and in my/tasks.yaml: rename one of them",
  );
});

test.each([
  ['metrics: [f1], labels: [a, b, c]', 'the metric f1 needs two labels, not 3'],
  ['metrics: [pearson], labels: [a, b]', "the metric pearson needs a 'range' instead of 'labels'"],
  ['metrics: [accuracy], range: [0, 5]', "the metric accuracy needs 'labels' instead of a 'range'"],
  [
    'metrics: [pearson], range: [5, 0]',
    'the range goes from 5 to 0: write the smaller number first',
  ],
  [
    'metrics: [accuracy], score: f1, labels: [a, b]',
    "the score 'f1' is not one of the metrics: accuracy",
  ],
  ["metrics: [accuracy], labels: [1, '1']", 'the label 1 is listed twice'],
])('a task that contradicts itself is refused: %s', (fields, message) => {
  const file = own(`tasks: { t: { files: {}, format: csv, text: [a], label: b, ${fields} } }`);
  expect(() => catalogueEntry('t', [file])).toThrow(`my/tasks.yaml: task 't': ${message}`);
});
