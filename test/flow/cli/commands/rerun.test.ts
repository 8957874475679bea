import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { ToyProject } from '../toy-project.ts';

let project: ToyProject;
/** While this file exists, train-b fails. No key knows of it. */
let fault: string;

/** Every time that a stage runs it writes other content, except `fixed`. */
const pipeline = `version: 1
name: p
probes:
  machine: { sh: "date +%s%N" }
stages:
  fixed: { sh: "echo same > \${outputs.o}", outputs: { o: o.txt } }
  train-a:
    matrix: { seed: [0, 1] }
    sh: "date +%s%N > \${outputs.o}; echo \${seed} > \${outputs.seed}"
    outputs: { o: o.txt, seed: seed.txt }
  train-b:
    sh: "test ! -e FAULT; date +%s%N > \${outputs.o}"
    inputs: { i: fixed.o, machine: probe.machine }
    outputs: { o: o.txt }
  eval:
    sh: "cat \${inputs.a} \${inputs.b} > \${outputs.o}"
    inputs: { a: { from: train-a.o, collect: [seed] }, b: train-b.o }
    outputs: { o: o.txt }
exports:
  results/eval.txt: eval.o
`;

beforeEach(async () => {
  project = new ToyProject({});
  fault = `${project.dir}-fault`;
  project.write({ 'pipelines/p.yaml': pipeline.replace('FAULT', fault) });
  expect(await project.flow('run', 'pipelines/p.yaml')).toMatchObject({ code: 0 });
});

afterEach(() => {
  project.remove();
  rmSync(fault, { force: true });
});

const ran = async (...words: readonly string[]): Promise<readonly string[]> => {
  const { instances } = (await project.json('run', 'pipelines/p.yaml', ...words)) as {
    instances: readonly { id: string; outcome: string }[];
  };
  return instances.filter(({ outcome }) => outcome === 'ran').map(({ id }) => id);
};

const content = async (name: string): Promise<string> => (await project.flow('cat', name)).stdout;

describe('flow run --rerun', () => {
  test('runs a hit again, replaces its result, and runs what reads other content', async () => {
    const before = await content('train-b');
    const again = await project.flow('run', 'pipelines/p.yaml', '--rerun', 'train-b');
    expect(again.code).toBe(0);
    expect(again.stdout).toMatch(/^✔ p: 2 ran, 4 hits/);
    expect(again.stderr).toContain(
      "train-b: it is not deterministic: it wrote other content than before to 'o'; the new result replaces the stored one [non-deterministic]",
    );
    const after = await content('train-b');
    expect(after).not.toBe(before);
    expect(await content('eval')).toContain(after);
    expect(await ran()).toEqual([]);
    expect(await content('train-b')).toBe(after);
  });

  test('names only the outputs that differ, and runs nothing behind equal ones', async () => {
    const again = await project.flow('run', 'pipelines/p.yaml', '--rerun', 'train-a@seed=1');
    expect(again.stderr).toContain("to 'o';");
    expect(await ran('--rerun', 'fixed')).toEqual(['fixed']);
    const same = await project.flow('run', 'pipelines/p.yaml', '--rerun', 'fixed');
    expect(same.stderr).not.toContain('non-deterministic');
  });

  test('takes a stage, an instance, a pattern and a probe, each more than once', async () => {
    expect(await ran('--rerun', 'train-a')).toEqual(['train-a@seed=0', 'train-a@seed=1', 'eval']);
    expect(await ran('--rerun', 'train-a@seed=0')).toEqual(['train-a@seed=0', 'eval']);
    expect(await ran('--rerun', 'train-*', 'train-b')).toEqual(['train-b']);
    expect(await ran('--rerun', 'train-*@seed=1', '--rerun', 'fixed')).toEqual([
      'fixed',
      'train-a@seed=1',
      'eval',
    ]);
    expect(await ran('--rerun', 'probe.machine')).toEqual(['probe.machine', 'train-b', 'eval']);
  });

  test('keeps the stored result if the new attempt fails', async () => {
    const before = await content('train-b');
    writeFileSync(fault, '');
    const failed = await project.flow('run', 'pipelines/p.yaml', 'train-b', '--rerun', 'train-b');
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('repeat: flow run pipelines/p.yaml train-b --rerun train-b\n');
    expect(await ran('train-b')).toEqual([]);
    expect(await content('train-b')).toBe(before);
  });

  test('leaves an older run without the result that it had, not with another one', async () => {
    const [old] = (await project.json('runs'))['runs'] as { run_id: string }[];
    const run = old?.run_id ?? '';
    await project.flow('run', 'pipelines/p.yaml', '--rerun', 'train-b', '--rerun', 'fixed');
    const gone = await project.flow('cat', 'train-b', '--run', run);
    expect(gone).toMatchObject({ code: 1, stdout: '' });
    expect(gone.stderr).toContain(`train-b has no result in run ${run}: a later run replaced it`);
    expect((await project.flow('cat', 'fixed', '--run', run)).stdout).toBe('same\n');
    expect((await project.flow('report', run)).code).toBe(0);
    expect((await project.flow('diff')).code).toBe(0);
  });

  test('is shown by --dry-run with its reason', async () => {
    const plan = await project.flow('run', 'pipelines/p.yaml', '-n', '--rerun', 'fixed');
    expect(plan.stdout).toMatch(/^miss +fixed +you asked for it with --rerun$/m);
    expect(await ran()).toEqual([]);
  });

  test.each([
    ['trian-b', "this run has no stage 'trian-b'", "did you mean 'train-b'?"],
    ['train-a@seed=7', 'does not have this instance', 'seed'],
    ['tarin-*', "no stage of this run matches 'tarin-*'", "did you mean 'train-a'?"],
    ['train-*@sede=1', "no stage that 'train-*' matches has such an instance", "'train-*'"],
    ['train-b.o', "'train-b.o' names an output", "write 'train-b': a stage writes all its outputs"],
    ['', "'' is not a stage or an instance", 'write STAGE, STAGE@axis=value'],
  ])('refuses %j', async (name, message, hint) => {
    const refused = await project.flow('run', 'pipelines/p.yaml', '--rerun', name);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain(message);
    expect(refused.stderr).toContain(hint);
  });

  test('refuses a stage that the targets do not need', async () => {
    const refused = await project.flow('run', 'pipelines/p.yaml', 'train-b', '--rerun', 'eval');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("this run has no stage 'eval'");
    expect(refused.stderr).toContain('this run has only what its targets need');
  });
});

describe('a target', () => {
  test('can be a pattern of stage names', async () => {
    const { instances } = (await project.json('run', 'pipelines/p.yaml', 'train-*')) as {
      instances: readonly { id: string }[];
    };
    expect(instances.map(({ id }) => id)).toEqual([
      'probe.machine',
      'fixed',
      'train-a@seed=0',
      'train-a@seed=1',
      'train-b',
    ]);
    const one = await project.json('plan', 'pipelines/p.yaml', '*-a@seed=0');
    expect(one).toMatchObject({ hits: 1, misses: 0 });
  });

  test('that matches no stage is a mistake', async () => {
    const refused = await project.flow('plan', 'pipelines/p.yaml', 'tarin-*');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("no stage matches 'tarin-*'");
    expect(refused.stderr).toContain("did you mean 'train-a'?");
  });

  test('is what other tools call --until', async () => {
    const refused = await project.flow('run', 'pipelines/p.yaml', '--until', 'train-b');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("flow run has no option '--until'");
    expect(refused.stderr).toContain('name the stage as the target: flow run PIPELINE STAGE');
  });
});

describe('flow run --force', () => {
  test('says that it had nothing to overwrite, and names --rerun', async () => {
    const forced = await project.flow('run', 'pipelines/p.yaml', '--force');
    expect(forced.code).toBe(0);
    expect(forced.stderr).toContain(
      '--force had nothing to overwrite: it only replaces files at the places of exports. To run a stage again, use --rerun STAGE',
    );
  });

  test('is silent about that where it replaced a file', async () => {
    project.write({
      'pipelines/q.yaml': pipeline.replace('FAULT', fault).replace('results/', 'other/'),
      'other/eval.txt': 'by hand',
    });
    const forced = await project.flow('run', 'pipelines/q.yaml', '--force');
    expect(forced).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(project.path('other/eval.txt'), 'utf8')).not.toBe('by hand');
  });
});
