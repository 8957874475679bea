// Training rows that repeat evaluation rows, from files to the selection and the table.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FastmtlProject } from '../rig/fastmtl-project.ts';

const rows = (from: number, to: number, words = 'b a') =>
  Array.from({ length: to - from }, (_, i) => `the word${from + i} is ${words},${i % 2 ? 'yes' : 'no'}`); // prettier-ignore

const upper = (lines: readonly string[]) => lines.map((line) => line.replace('the', 'THE'));

const task = (train: string) =>
  `{ files: { train: ${train}, dev: dev.csv, test: test.csv }, format: csv, text: [text], label: label, labels: [no, yes], metrics: [accuracy] }`;

let project: FastmtlProject;
beforeAll(() => {
  project = new FastmtlProject();
  const table = (name: string, lines: readonly string[]) =>
    writeFileSync(path.join(folder, name), ['text,label', ...lines, ''].join('\n'));
  const folder = path.join(project.folder, 'data', 'own');
  mkdirSync(folder, { recursive: true });
  table('train.csv', rows(0, 40));
  table('dev.csv', rows(100, 140));
  table('test.csv', rows(200, 240));
  // 5 rows of dev and 8 of test, in other letters, among 60.
  table('other.csv', [...upper(rows(100, 105)), ...upper(rows(200, 208)), ...rows(300, 347, 'x')]);
  writeFileSync(
    path.join(folder, 'tasks.yaml'),
    `tasks:\n  own: ${task('train.csv')}\n  other: ${task('other.csv')}\n`,
  );
});
afterAll(() => project.close());

const OWN = ['tasks_file=data/own/tasks.yaml', 'tasks=own,other', 'primaries=own', 'scored=own', 'strategies=random', 'rows=null', 'td={ rows: 1, epochs: 1 }', 'NUM=40']; // prettier-ignore

function table(): readonly Readonly<Record<string, string>>[] {
  const [header = '', ...lines] = project.read('results/fig3.csv').toString().trim().split('\n');
  const names = header.split(',');
  return lines.map((line) =>
    Object.fromEntries(line.split(',').map((cell, i) => [names[i], cell])),
  );
}

test('repeated rows are counted, or dropped from the pool and from the full MT-DNN', async () => {
  const first = await project.run('fig3', ...OWN);
  expect(first.ok).toBe(true);
  const [random] = table();
  expect(random).toMatchObject({
    strategy: 'random',
    pool: '59',
    leak_own_dev: '0',
    leak_own_test: '0',
  });
  const pool = Number(random?.['leak_pool_dev']) + Number(random?.['leak_pool_test']);
  // One row of each task trains the TD-MTDNN.
  expect([12, 13]).toContain(pool);
  expect(Number(random?.['leak_dev']) + Number(random?.['leak_test'])).toBeGreaterThan(0);

  const ran = await project.ran('fig3', ...OWN, 'leakage=drop');
  expect(ran).toEqual(expect.arrayContaining(['split-clean@seed=0', 'mt-dnn@seed=0']));
  expect(ran).not.toContain('st-dnn@primary=own,seed=0');
  const [dropped] = table();
  expect(dropped).toMatchObject({ rows: '40', rows_other: '40', leak_dev: '0', leak_test: '0' });
  expect(Number(dropped?.['pool'])).toBe(59 - pool);
});
