import { afterAll, beforeAll, expect, test } from 'vitest';
import { ToyProject } from './toy-project.ts';

// Ten ways to get a pipeline wrong, and what flow says to each, word for word.

let project: ToyProject;

beforeAll(() => {
  project = new ToyProject({ 'data/words.txt': 'a\n' });
});

afterAll(() => {
  project.remove();
});

const stages = `version: 1
name: broken
stages:
  count:
    sh: "wc -l < \${inputs.words} > \${outputs.lines}"
    inputs: { words: ./data/words.txt }
    outputs: { lines: lines.txt }
`;

const broken: Readonly<Record<string, string>> = {
  'unknown key': stages.replace('    inputs:', '    inptus:'),
  'bad indentation': stages.replace('    inputs:', '   inputs:'),
  'duplicate key': `${stages}    inputs: { words: ./data/other.txt }\n`,
  cycle: `version: 1
name: broken
stages:
  egg: { sh: "cat \${inputs.hen} > \${outputs.x}", inputs: { hen: hen.x }, outputs: { x: x } }
  hen: { sh: "cat \${inputs.egg} > \${outputs.x}", inputs: { egg: egg.x }, outputs: { x: x } }
`,
  'missing source': stages.replace('words.txt', 'wrods.txt'),
  'undefined ${x}': stages.replace('wc -l', 'wc ${flag}'),
  'two exports to one path': `${stages}  other:
    sh: "date > \${outputs.now}"
    outputs: { now: now.txt }
exports:
  results/out.txt: count.lines
  ./results/out.txt: other.now
`,
  'a source that another stage exports': `${stages}  other:
    sh: "cat \${inputs.old} > \${outputs.new}"
    inputs: { old: ./results/lines.txt }
    outputs: { new: new.txt }
exports:
  results/lines.txt: count.lines
`,
  'wrong type': stages.replace(
    'stages:',
    'params: { n: { default: 3, type: integer, min: four } }\nstages:',
  ),
  'output outside the scratch folder': stages.replace('lines: lines.txt', 'lines: ../lines.txt'),
};

test.each(Object.entries(broken))('%s', async (_name, text) => {
  project.write({ 'pipelines/broken.yaml': text });
  const { code, stdout, stderr } = await project.flow('run', 'pipelines/broken.yaml');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatchSnapshot();
});

test('a command that fails', async () => {
  const failing = stages.replace('wc -l <', 'echo no such >&2; false <');
  project.write({ 'pipelines/broken.yaml': failing });
  const { code, stdout, stderr } = await project.flow('run', 'pipelines/broken.yaml');
  expect(code).toBe(1);
  expect(steady(stderr)).toMatchSnapshot('stderr');
  expect(steady(stdout)).toMatchSnapshot('stdout');
});

/** Without what differs from run to run. */
function steady(text: string): string {
  return text.replaceAll(/\d{8}-\d{6}-[0-9a-f]{6}/g, 'RUN').replaceAll(/\d+\.\d s/g, 'T s');
}
