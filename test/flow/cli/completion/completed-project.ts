import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { ToyProject, toyFiles, toyPipeline } from '../toy-project.ts';

const cli = fileURLToPath(new URL('../../../../dist/flow.js', import.meta.url));

/** A finished run, commands of its own, and `flow` in bin/. */
export async function completedProject(): Promise<ToyProject> {
  const project = new ToyProject({
    ...toyFiles,
    'flow.yaml': `commands:
  oven:
    description: bakes
    usage: bake bread|cake [--heat N] [--from FILE] | list | clean [--all]
    cmd: [echo]
  plain: { description: takes files, cmd: [echo] }
`,
    // A folder with folders, and a name that shells must quote.
    'pipelines/toy.yaml': toyPipeline.replace(
      'mkdir out/all &&',
      'mkdir -p out/all/deep/er && touch out/all/deep/er/one.txt out/all/deep/two.txt "out/all/a b.txt" &&',
    ),
  });
  const { code } = await project.flow('run', 'pipelines/toy.yaml');
  expect(code).toBe(0);
  // `flow` on PATH, as a person has it.
  mkdirSync(project.path('bin'));
  symlinkSync(cli, project.path('bin/flow'));
  chmodSync(cli, 0o755);
  return project;
}
