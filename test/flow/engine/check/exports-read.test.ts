import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkDeclaredFiles } from '../../../../src/flow/engine/check/declared-files.ts';
import { checkExportsImported } from '../../../../src/flow/engine/check/exports-read.ts';
import { World } from '../world.ts';

const files = {
  'res/a': '1',
  'res/tree/x.py': '',
  'data/rows.csv': 'a\n',
  'stages/b.py': '',
};

/** `a` exports `res/a` and `res/tree`; `more` is the rest of the pipeline. */
const pipeline = (more: string): string => `
params: { place: ./res, list: [a, b] }
stages:
  a: { sh: 'true', outputs: { o: o.txt, t: t/ } }
  c: { matrix: { k: [1, 2] }, sh: 'true', outputs: { o: o.txt } }
${more}
exports: { res/a: a.o, res/tree: a.t, 'res/c\${k}': c.o }
`;

async function told(stage: string, set: readonly string[] = []): Promise<readonly string[]> {
  const world = new World();
  world.write(files);
  symlinkSync('res', world.at('link'));
  const root = world.root;
  const dag = await world.dag(pipeline(`  b: ${stage.replaceAll('ROOT', root)}`), set);
  const found = await checkDeclaredFiles(dag, { root, cache: path.join(root, 'cache') });
  return found
    .filter(({ code }) => code === 'reads-export')
    .map(({ message }) => message.replaceAll(root, 'ROOT'));
}

const out = 'outputs: { o: p.txt }';

describe('an export that a stage reads from the project is refused:', () => {
  it.each([
    ['sh: "true", inputs: { i: ./res/a }', './res/a is the export of a.o: write a.o'],
    ['sh: "true", inputs: { i: ROOT/res/a }', 'ROOT/res/a is the export of a.o: write a.o'],
    ['sh: "true", inputs: { i: "${place}/a" }', './res/a is the export of a.o: write a.o'],
    ['sh: "true", inputs: { i: ./link/a }', './link/a is the export of a.o: write a.o'],
    ['sh: "true", inputs: { i: ./link }', './link contains res/a, the export of a.o: write a.o'],
    [
      'sh: "true", inputs: { i: { from: ./res, exclude: [a] } }',
      './res contains res/tree, the export of a.t: write a.t',
    ],
    ['sh: "true", inputs: { i: ./res }', './res contains res/a, the export of a.o: write a.o'],
    [
      'sh: "true", inputs: { i: ./res/tree/x.py }',
      './res/tree/x.py is in res/tree, the export of a.t: write a.t',
    ],
    ['sh: "true", inputs: { i: ./res/c2 }', './res/c2 is the export of c.o@k=2: write c.o@k=2'],
    [
      'matrix: { k: "${list}" }, sh: "true", inputs: { i: "./res/${k}" }',
      './res/a is the export of a.o: write a.o',
    ],
    ['sh: "sort res/a > ${outputs.o}"', 'res/a is the export of a.o: write a.o'],
    ['sh: "cat ROOT/res/a > ${outputs.o}"', 'ROOT/res/a is the export of a.o: write a.o'],
    ['sh: "ls ROOT/res > ${outputs.o}"', 'ROOT/res contains res/a, the export of a.o: write a.o'],
    ['cmd: [cp, ./res/a, "${outputs.o}"]', './res/a is the export of a.o: write a.o'],
    ['cmd: [cp, "${place}/a", "${outputs.o}"]', './res/a is the export of a.o: write a.o'],
    ['cmd: [x, "--from=res/a"]', 'res/a is the export of a.o: write a.o'],
    ['cmd: [python3, res/tree/x.py]', 'res/tree/x.py is in res/tree, the export of a.t: write a.t'],
    ['py: res/tree/x.py', 'res/tree/x.py is in res/tree, the export of a.t: write a.t'],
    ['sh: "true", code: [res/a]', 'res/a is the export of a.o: write a.o'],
    ['sh: "true", code: ["r*/[ab]"]', 'res/a is the export of a.o: write a.o'],
    ['sh: "true", code: [res/c1]', 'res/c1 is the export of c.o@k=1: write c.o@k=1'],
    ['sh: "true", code: ["**/*.py"]', 'res/tree/x.py is in res/tree, the export of a.t: write a.t'],
  ])('%s', async (stage, message) => {
    expect(await told(`{ ${stage}, ${out} }`)).toContain(message);
  });

  it('also where the targets need neither of the two stages', async () => {
    const world = new World();
    world.write(files);
    const { root } = world;
    const dag = await world.dag(
      pipeline(`  b: { sh: "true", inputs: { i: ./res/a }, ${out} }`),
      [],
      ['c.o@k=1'],
    );
    const found = await checkDeclaredFiles(dag, { root, cache: path.join(root, 'cache') });
    expect(dag.instances.map(({ id }) => id)).toEqual(['c@k=1']);
    expect(found.map(({ message }) => message)).toEqual([
      './res/a is the export of a.o: write a.o',
    ]);
  });

  it('a source that the export of the same stage would replace', async () => {
    const world = new World();
    world.write(files);
    const { root } = world;
    const dag = await world.dag(`
stages:
  a: { sh: 'true', inputs: { i: ./data/rows.csv }, outputs: { o: o.txt } }
exports: { data/rows.csv: a.o }
`);
    const [found] = await checkDeclaredFiles(dag, { root, cache: path.join(root, 'cache') });
    expect(found).toMatchObject({
      code: 'reads-export',
      message:
        "./data/rows.csv is the export of a.o, and stage 'a' reads it: write another path for the export",
      location: { file: 'pipelines/p.yaml', line: 5 },
      related: [{ location: { line: 6 } }],
    });
  });
});

describe('an export that code imports is refused:', () => {
  it.each([
    ['ts', "import { a } from '../gen/a.ts';\nconsole.log(a);\n", 'gen/a.ts'],
    ['py', 'import gen.b\n', 'gen/b.py'],
  ])('%s', async (kind, source, file) => {
    const project = new World();
    project.write({
      [`stages/s.${kind}`]: source,
      [file]: '',
      'gen/a.ts': 'export const a = 1;\n',
    });
    const dag = await project.dag(`
stages:
  make: { sh: 'true', outputs: { o: o.txt } }
  s: { ${kind}: stages/s.${kind}, outputs: { o: o.txt } }
exports: { ${file}: make.o }
`);
    const found = await project.with(dag, (ctx) => checkExportsImported(ctx));
    expect(found.map(({ message }) => message)).toEqual([
      `${file} is the export of make.o: write make.o`,
    ]);
  });
});

describe('what only looks like an export is no mistake:', () => {
  it.each([
    ['another file of the folder', 'sh: "sort res/z > ${outputs.o}"'],
    ['a folder above, which a stage makes in its own scratch folder', 'sh: "mkdir -p res"'],
    ['the folder itself as a plain word', 'cmd: [x, --mode, res]'],
    ['an output with the name of an export', 'sh: "echo > out/res/a"'],
    ['a pattern beside it', 'sh: "true", code: ["data/**"]'],
    [
      'what exclude leaves out of a folder',
      'sh: "true", inputs: { i: { from: ., exclude: [res, link, cache] } }',
    ],
    [
      'what exclude leaves out of code',
      'sh: "true", code: { files: ["**"], exclude: [res, link] }',
    ],
    ['the artifact', 'sh: "cat ${inputs.i} > ${outputs.o}", inputs: { i: a.o }'],
  ])('%s', async (_, stage) => {
    expect(await told(`{ ${stage}, ${out} }`)).toEqual([]);
  });
});
