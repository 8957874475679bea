import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { failpoints } from '../../src/flow/store/disk/failpoints.ts';
import { Project } from '../rig/project.ts';

let project: Project;

beforeEach(() => {
  project = new Project();
  project.pipeline("stages:\n  s: { sh: 'echo 1 > ${outputs.o}', outputs: { o: o.txt } }\n");
});

afterEach(() => project.close());

const run = (armed: string) => project.flow(['run', 'pipelines/p.yaml'], { FLOW_FAILPOINT: armed });

it('a failpoint kills the process that it was armed for, at its n-th passing', async () => {
  expect(await run(`${process.pid}:kill@blob.placed#2`)).toMatchObject({ signal: 'SIGKILL' });
  expect(await run(`${process.pid}:kill@blob.placed#99`)).toMatchObject({ code: 0 });
});

it('a variable that was left over arms nothing: it names another parent', async () => {
  for (const armed of [`${process.pid + 1}:kill@run.folder-made`, 'kill@run.folder-made', '1', ''])
    expect(await run(armed)).toMatchObject({ code: 0 });
});

it('a name that is not in the list is an error, so that no test arms a point that is gone', async () => {
  expect((await run(`${process.pid}:kill@blob.gone`)).code).not.toBe(0);
});

it('a stage does not inherit it', async () => {
  project.pipeline("stages:\n  s: { sh: 'env > ${outputs.o}', outputs: { o: o.txt } }\n");
  await run(`${process.pid}:trace@${project.at('trace')}`);
  expect((await project.flow(['cat', 's'])).stdout).not.toContain('FLOW_FAILPOINT');
  expect(failpoints).toEqual(
    expect.arrayContaining(readFileSync(project.at('trace'), 'utf8').trim().split('\n')),
  );
});
