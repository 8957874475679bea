// Mistakes in a tasks file that flow tells before it plans, by schema/tasks.schema.json.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SourceFile } from '../../../src/flow/pipeline/source-file.ts';
import { checkDocument } from '../../../src/flow/pipeline/yaml/check-document.ts';
import { parseYaml } from '../../../src/flow/pipeline/yaml/parse-yaml.ts';
import type { Tree } from '../../../src/flow/pipeline/yaml/tree.ts';

const read = (name: string, text: string) => {
  const file = new SourceFile(name, text);
  return { file, tree: parseYaml(file).tree as Tree };
};
const SCHEMA = read(
  'tasks.schema.json',
  readFileSync(new URL('../../../schema/tasks.schema.json', import.meta.url), 'utf8'),
);

const told = (changes: Readonly<Record<string, string>>): readonly string[] => {
  const fields = {
    files: '{ train: a.csv, dev: b.csv }',
    format: 'csv',
    text: '[headline]',
    label: 'topic',
    labels: '[a, b, c]',
    metrics: '[accuracy]',
    ...changes,
  };
  const lines = Object.entries(fields).filter(([, value]) => value !== '');
  const text = `tasks:\n  t:\n${lines.map(([key, value]) => `    ${key}: ${value}\n`).join('')}`;
  return checkDocument(read('tasks.yaml', text), SCHEMA).map(
    ({ message, hint, location }) => `${location?.line} ${message} | ${hint}`,
  );
};

test('a task of classes or of a regression fits', () => {
  expect(told({})).toEqual([]);
  expect(told({ labels: '[no, yes]', metrics: '[f1, matthews]', score: 'f1' })).toEqual([]);
  expect(told({ labels: '', range: '[0, 5]', metrics: '[pearson, spearman]' })).toEqual([]);
});

test.each([
  [
    { metrics: '[accuracy, pearson]' },
    "8 'tasks.t.metrics.1' must be one of accuracy, f1, macro_f1, matthews, not the string 'pearson' | the values are: accuracy, f1, macro_f1, matthews",
  ],
  [
    { labels: '', range: '[0, 5]' },
    "7 'tasks.t.metrics.0' must be one of pearson, spearman, not the string 'accuracy' | the values are: pearson, spearman",
  ],
  [
    { metrics: '[acuracy]' },
    "8 'tasks.t.metrics.0' must be one of accuracy, f1, macro_f1, matthews, not the string 'acuracy' | did you mean 'accuracy'?",
  ],
  [
    { metrics: '[f1]' },
    "7 'tasks.t.labels' has 3 items, but at most 2 are possible | The metric f1 needs two labels, of which the second is positive; macro_f1 is for more labels",
  ],
  [
    { files: '{ train: a.csv, dev: b.csv, tset: c.csv }' },
    "3 'tset' cannot be a key of 'tasks.t.files' | The splits are train, dev, test, ax, dev_NAME and test_NAME",
  ],
  [
    { text: '[]' },
    "5 'tasks.t.text' has 0 items, but needs at least 1 | One or two columns with the texts of a row",
  ],
  [
    { labels: '[a, b, a]' },
    "7 'tasks.t.labels' has the same item twice: items 1 and 3 | The classes as the files write them; their order gives the class ids",
  ],
  [
    { labels: '' },
    "2 'tasks.t' has no 'labels' | add labels: (The classes as the files write them; for a regression, write range: instead)",
  ],
])('a mistake is told with its line: %j', (changes, message) => {
  expect(told(changes)).toEqual([message]);
});

test('a file that is no tasks file is shown by its first letters', () => {
  const [found] = checkDocument(read('a.csv', `headline, topic ${'x'.repeat(1000)}`), SCHEMA);
  expect(found?.message).toMatch(
    /^the file must be a mapping, not the string 'headline, topic x{20,60}…'$/,
  );
});
