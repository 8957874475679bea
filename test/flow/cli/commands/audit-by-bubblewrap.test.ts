import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withoutBubblewrap } from '../../../rig/tools.ts';
import { AuditedProject, none } from './audited-project.ts';

let project: AuditedProject;

beforeEach(() => {
  project = new AuditedProject();
});

afterEach(() => project.close());

describe.skipIf(withoutBubblewrap() !== undefined)('an audit by bubblewrap', () => {
  const by = ['--tool', 'bubblewrap'];

  it('finds nothing where all is declared', async () => {
    expect(await project.audit('clean', ...by)).toEqual({ code: 0, id: 'clean', ok: true, by: 'bubblewrap', ...none }); // prettier-ignore
  });

  it('shows what is not declared by a failure, or by other bytes than the stored ones', async () => {
    expect(await project.audit('reads', ...by)).toMatchObject({
      code: 1,
      failure: { exitCode: 1 },
    });
    expect(await project.audit('needs', ...by)).toMatchObject({ code: 0 });
    await project.flow(['run', 'pipelines/p.yaml', 'branches'], project.env());
    expect(await project.audit('branches', ...by)).toMatchObject({ code: 1, differing: ['o'] });
    const words = ['audit', 'branches', '-f', 'pipelines/p.yaml', ...by];
    expect((await project.flow(words, project.env())).stdout).toContain(
      "output 'o' has other content in the sandbox than in the cache",
    );
  });

  it('compares no outputs of a stage that failed', async () => {
    await project.flow(['run', 'pipelines/p.yaml', 'reads'], project.env());
    expect(await project.audit('reads', ...by)).toMatchObject({
      code: 1,
      failure: {},
      differing: [],
    });
  });

  it('takes what a probe prints for its output', async () => {
    project.pipeline(`
probes: { who: { cmd: [echo, me] } }
stages: { s: { sh: 'cat \${inputs.w} > \${outputs.o}', inputs: { w: probe.who }, outputs: { o: o } } }
`);
    await project.flow(['run', 'pipelines/p.yaml'], project.env());
    expect(await project.audit('probe.who', ...by)).toMatchObject({ code: 0, differing: [] });
  });

  it('leaves a file alone to which a stage has turned its output, and tells that output alone', async () => {
    project.write({ 'elsewhere/o.txt': 'mine\n' });
    project.pipeline(`
stages:
  s: { sh: 'if [ -e "$T/data/extra.txt" ]; then echo 1 > \${outputs.o}; else rmdir out/sub; ln -s "$T/elsewhere" out/sub; fi; echo p > \${outputs.p}', env: [T], outputs: { o: sub/o.txt, p: p.txt } }
`);
    expect((await project.flow(['run', 'pipelines/p.yaml'], project.env())).code).toBe(0);
    expect(await project.audit('s', ...by)).toMatchObject({ code: 1, differing: ['o'] });
    expect(project.read('elsewhere/o.txt')).toBe('mine\n');
  });

  it('lists what is written to a home', async () => {
    project.pipeline(
      "stages: { s: { sh: 'echo 1 > ~/made; echo 1 > ${outputs.o}', outputs: { o: o } } }\n",
    );
    const home = path.join(path.dirname(project.root), `${path.basename(project.root)}-home`);
    const ended = await project.flow(['audit', 's', '-f', 'pipelines/p.yaml', '--json', ...by], project.env({ HOME: home })); // prettier-ignore
    expect(JSON.parse(ended.stdout)).toMatchObject({ writes: [{ path: path.join(home, 'made'), owner: 'home' }] }); // prettier-ignore
    expect(existsSync(home)).toBe(false);
  });
});
