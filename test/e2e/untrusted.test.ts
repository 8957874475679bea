import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noPython } from '../flow/key/python.ts';
import { Project } from '../rig/project.ts';

// A clone of somebody else's repository: its interpreter and its probe say that they were started.

let project: Project;
let state: string;

beforeEach(() => {
  project = new Project();
  state = mkdtempSync(path.join(tmpdir(), 'flow-state-'));
  project.write({
    '.venv/bin/python': `#!/bin/sh\necho python >> ${project.at('started')}\nexec python3 "$@"\n`,
    'probe.sh': `echo probe >> ${project.at('started')}; echo fact\n`,
    'train.py': 'import json, os\nopen("out/o.txt", "w").write("1")\n',
    'words.txt': 'words\n',
  });
  chmodSync(project.at('.venv/bin/python'), 0o755);
  project.pipeline(`probes:
  host: { cmd: [sh, ./probe.sh] }
stages:
  plain: { sh: 'cat \${inputs.w} > \${outputs.o}', inputs: { w: ./words.txt }, outputs: { o: o.txt } }
  train: { py: train.py, inputs: { w: plain.o }, outputs: { o: o.txt } }
  first: { py: train.py, params: [], outputs: { o: o.txt } }
  use: { sh: 'cat \${inputs.host} \${inputs.t} > \${outputs.o}', inputs: { host: probe.host, t: first.o }, outputs: { o: o.txt } }
`);
});

afterEach(async () => {
  await project.endAll();
  project.close();
  rmSync(state, { recursive: true, force: true });
});

const flow = (...args: readonly string[]) => project.flow(args, { XDG_STATE_HOME: state });

const states = async (...more: readonly string[]): Promise<Record<string, unknown>> => {
  const { stdout, stderr } = await flow('plan', 'pipelines/p.yaml', '--json', ...more);
  if (stdout === '') throw new Error(stderr);
  const { instances } = JSON.parse(stdout) as {
    instances: readonly { id: string; state: string; reasons: readonly string[] }[];
  };
  return Object.fromEntries(instances.map(({ id, state: s, reasons }) => [id, [s, ...reasons]]));
};

const trusted = (): string => readFileSync(path.join(state, 'flow/trusted'), 'utf8');

const NOT_LOOKED_AT = 'not looked at: flow run, or --trust';

describe.skipIf(noPython)('in a project that was never run here', () => {
  it.each([
    [['check', 'pipelines/p.yaml']],
    [['plan', 'pipelines/p.yaml']],
    [['run', '--dry-run', 'pipelines/p.yaml']],
    [['ls', '-f', 'pipelines/p.yaml']],
    [['show', 'first', '-f', 'pipelines/p.yaml']],
    [['show', 'use.o', '-f', 'pipelines/p.yaml']],
    [['explain', 'first', '-f', 'pipelines/p.yaml']],
    [['explain', 'use', '-f', 'pipelines/p.yaml']],
    [['table', 'first', '-f', 'pipelines/p.yaml']],
    [['__complete', 'flow', 'run', 'pipelines/p.yaml', '']],
    [['graph', 'pipelines/p.yaml']],
    [['params', 'pipelines/p.yaml']],
  ])('flow %s starts no program of the project', async (words) => {
    await flow(...words);
    expect(project.has('started')).toBe(false);
    expect(() => trusted()).toThrow('ENOENT');
  });

  it('a Python stage and a probe are awaiting, and the plan says what to do', async () => {
    expect(await states()).toEqual({
      'probe.host': ['awaiting', NOT_LOOKED_AT],
      plain: ['miss', 'never run'],
      train: ['awaiting', NOT_LOOKED_AT],
      first: ['awaiting', NOT_LOOKED_AT],
      use: ['awaiting', 'waits for probe.host', 'waits for first'],
    });
    const shown = await flow('explain', 'first', '-f', 'pipelines/p.yaml');
    expect(shown.stdout).toContain(
      'first: flow did not look at it, because it starts no program of a project that you have not run: use flow run, or --trust',
    );
    const reader = await flow('explain', 'use', '-f', 'pipelines/p.yaml');
    expect(reader.stdout).toContain(`first: ${NOT_LOOKED_AT}`);
    const { stdout } = await flow('explain', 'first', '-f', 'pipelines/p.yaml', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ state: 'awaiting', key: null, not_looked_at: true });
  });

  it('a run trusts it, outside of the project and its cache, and from then on a plan looks', async () => {
    expect((await flow('run', 'pipelines/p.yaml')).code).toBe(0);
    expect(JSON.parse(trusted())).toEqual({
      path: project.root,
      inode: expect.stringMatching(/^\d+$/) as string,
    });
    project.write({ 'train.py': 'import json, os, sys\nopen("out/o.txt", "w").write("2")\n' });
    expect(await states()).toMatchObject({ first: ['miss', 'code train.py changed'] });
    await flow('run', 'pipelines/p.yaml');
    expect(trusted().split('\n')).toHaveLength(2);
  });

  it('what is remembered needs no program, so it is a hit in a copy that nobody trusts', async () => {
    await flow('run', 'pipelines/p.yaml');
    // What is newer than two seconds is not remembered.
    await delay(2_100);
    await flow('run', 'pipelines/p.yaml');
    rmSync(project.at('started'));
    rmSync(path.join(state, 'flow'), { recursive: true });
    expect(Object.values(await states()).flat()).toEqual(['hit', 'hit', 'hit', 'hit', 'hit']);
    expect(project.has('started')).toBe(false);
  });

  it('--trust trusts it without a run', async () => {
    expect(await states('--trust')).toMatchObject({
      'probe.host': ['miss', 'never run'],
      first: ['miss', 'never run'],
    });
    expect(await states()).toMatchObject({ first: ['miss', 'never run'] });
  });

  it('another folder in its place is not trusted, and neither is the folder elsewhere', async () => {
    await flow('plan', 'pipelines/p.yaml', '--trust');
    const elsewhere = `${project.root}-moved`;
    renameSync(project.root, elsewhere);
    mkdirSync(project.root);
    try {
      cpSync(elsewhere, project.root, { recursive: true });
      rmSync(project.at('cache'), { recursive: true });
      rmSync(path.join(elsewhere, 'cache'), { recursive: true });
      for (const root of [project.root, elsewhere]) {
        const { stdout } = await new Project(root).flow(['plan', 'pipelines/p.yaml'], {
          XDG_STATE_HOME: state,
        });
        expect(stdout).toContain(NOT_LOOKED_AT);
      }
    } finally {
      rmSync(elsewhere, { recursive: true, force: true });
    }
  });

  it('a home that cannot be written to does not stop a run', async () => {
    project.write({ 'a-file': '' });
    const env = { XDG_STATE_HOME: project.at('a-file') };
    expect((await project.flow(['run', 'pipelines/p.yaml'], env)).code).toBe(0);
  });

  it('flow audit runs the stage that it is asked to run', async () => {
    await flow('run', 'pipelines/p.yaml');
    rmSync(path.join(state, 'flow'), { recursive: true });
    rmSync(project.at('cache/memo'), { recursive: true });
    const ended = await flow('audit', 'first');
    expect(ended.stderr).not.toContain('not looked at');
    expect(() => trusted()).toThrow('ENOENT');
  });
});

describe('a cache that flow.yaml puts outside the project', () => {
  let outside: string;

  beforeEach(() => {
    outside = mkdtempSync(path.join(tmpdir(), 'flow-outside-'));
    project.pipeline(`stages:
  a: { sh: 'echo 1 > \${outputs.o}', outputs: { o: o.txt } }
`);
  });

  afterEach(() => rmSync(outside, { recursive: true, force: true }));

  it.each([['plan', 'pipelines/p.yaml'], ['gc'], ['verify'], ['ls'], ['doctor']])(
    'counts for flow %s only in a trusted project',
    async (...words) => {
      project.write({ 'flow.yaml': `# settings\ncache: ${outside}/cache\n` });
      const refused = await flow(...words);
      expect(refused.code).toBe(2);
      expect(refused.stderr)
        .toBe(`flow.yaml:2:1: error: this cache is outside the project, which you have not run: ${outside}/cache [outside-cache]
  2 | cache: ${outside}/cache
    | ^^^^^
  hint: if you trust the project: flow ${words.join(' ')} --trust; otherwise choose a cache with --cache
`);
      expect((await flow(...words, '--cache', project.at('mine'))).stderr).not.toContain(
        'outside-cache',
      );
      expect((await flow(...words, '--trust')).stderr).not.toContain('outside-cache');
      expect((await flow(...words)).stderr).not.toContain('outside-cache');
    },
  );

  it('also if it is a link in the project that leads outside', async () => {
    project.write({ 'flow.yaml': 'cache: store/cache\n' });
    const { symlinkSync } = await import('node:fs');
    symlinkSync(outside, project.at('store'));
    expect((await flow('plan', 'pipelines/p.yaml')).code).toBe(2);
    expect((await flow('run', 'pipelines/p.yaml')).code).toBe(0);
    expect((await flow('plan', 'pipelines/p.yaml')).code).toBe(0);
  });
});
