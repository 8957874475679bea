// Every command of README.md, docs/experiments.md and docs/how-to.md runs: here on a cut-down mini, or
// in .ci/run if a test would take too long or would need data that the repository does not hold.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FastmtlProject } from '../rig/fastmtl-project.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const page = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');
const readme = page('README.md');
const pages = [readme, page('docs/experiments.md'), page('docs/how-to.md')].join('\n');
const ci = readFileSync(path.join(ROOT, '.ci', 'run'), 'utf8');

const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(/```(\w+)\n([^]*?)```/g)]
    .filter(([, of]) => of === language)
    .map(([, , body = '']) => body);
const commands = blocks(pages, 'sh')
  .flatMap((block) => block.trim().split('\n'))
  .map((line) => line.replace(/\s+#.*$/, '').trim())
  // What opens a program, serves until it is stopped, or names a run, a licence or files that a reader has.
  .filter(
    (line) =>
      line !== '' && !/^eval |^flow (open|shell|ui)\b| RUN$| URL$| from-cluster\//.test(line),
  );
const here = commands.filter((command) => /^(npx )?flow (?!.*data\/glue)/.test(command));

let project: FastmtlProject;
beforeAll(() => {
  project = new FastmtlProject();
  // The commands stand in the README as a user types them: the world becomes small by its defaults.
  const smaller: readonly (readonly [RegExp, string])[] = [
    [/(\n  rows:\s+default: )null/, '$1200'],
    [/\[250, 1000, 3000\]/, '[250, 1000]'],
    [/rows: 250,\s+epochs: 4/, 'rows: 20, epochs: 1'],
    ...['to', 'ft', 'st', 'mt'].map((phase) => [new RegExp(`(\\n  ${phase}:\\s+type: object\\s+default:\\s+\\{\\s+epochs: )\\d+`), '$11'] as const), // prettier-ignore
  ];
  for (const [from, to] of smaller) {
    project.edit('pipelines/fastmtl.yaml', (text) => {
      expect(text).toMatch(from);
      return text.replace(from, to);
    });
  }
});
afterAll(() => project.close());

test('every command of the pages is run by this test or by CI', () => {
  expect(here.length).toBeGreaterThan(10);
  for (const command of commands.filter((one) => !here.includes(one))) {
    expect(ci, `.ci/run runs '${command}'`).toContain(command.replace(/^npx /, ''));
  }
});

test.each(here)('%s', async (command) => {
  const words = (command.replace(/ > [\w.]+$/, '').match(/'[^']*'|\S+/g) ?? [])
    .map((word) => word.replaceAll("'", ''))
    .filter((word, i) => i > 1 || !['npx', 'flow'].includes(word));
  const { code, stdout, stderr } = await project.flow(...words);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(`${stdout}${stderr}`).not.toBe('');
});

test("the README's own pipeline runs", async () => {
  const [yaml = ''] = blocks(readme, 'yaml');
  const folder = path.join(project.folder, 'data');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'rows.csv'), 'x,y\n1,2\n');
  writeFileSync(path.join(project.folder, 'pipelines', 'own.yaml'), yaml);
  writeFileSync(
    path.join(project.folder, 'train.py'),
    [
      'import json, sys',
      'rows, model, flag, seed = sys.argv[1:]',
      'open(model, "w").write(open(rows).read() + seed)',
      'json.dump({"seed": int(seed)}, open("out/metrics.json", "w"))',
    ].join('\n'),
  );
  const { code, stderr } = await project.flow('run', 'pipelines/own.yaml');
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(project.read('results/table.txt').toString()).toBe('{"seed": 0}{"seed": 1}{"seed": 2}');
});
