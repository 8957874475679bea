// The process that starts the stages of a run (its host), and stages that are hard to end.
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hostOf } from '../rig/host.ts';
import { allEnd, flowBin, lives, Project } from '../rig/project.ts';
import type { Running } from '../rig/project.ts';

let project: Project;

beforeEach(() => {
  project = new Project();
  mkdirSync(project.at('gate'));
});

afterEach(() => project.close());

const family = (): string => `
stages:
  s:
    cmd: [sh, programs/spawn-grandchild.sh, '${project.at('gate')}']
    code: ['programs/*.sh']
    outputs: { o: o.txt }
  next: { sh: 'echo 1 > \${outputs.o}', outputs: { o: o.txt } }
`;

/** A run of a stage with a grandchild in its group and one that left it, all deaf to TERM; their pids. */
async function started(): Promise<{ readonly run: Running; readonly pids: readonly number[] }> {
  project.pipeline(family());
  const run = project.start(['run', 'pipelines/p.yaml', 's']);
  const names = ['leader', 'grandchild', 'escaped'].map((name) => project.until(`gate/${name}`));
  return { run, pids: (await Promise.all(names)).map(Number) };
}

const pidOf = ({ child }: Running): number => child.pid as number;

describe('the host of a run', () => {
  it('ends all stages within a second when the driver is killed, and itself', async () => {
    const { run, pids } = await started();
    const host = await hostOf(pidOf(run));
    run.child.kill('SIGKILL');
    await run.ended;
    expect(await allEnd([...pids, host], 1_000)).toBe(true);
  });

  it('that is killed leaves no stage behind: it failed as one that was killed, and the run ends with 3', async () => {
    const { run, pids } = await started();
    process.kill(await hostOf(pidOf(run)), 'SIGKILL');
    const ended = await run.ended;
    expect(pids.filter(lives)).toEqual([]);
    expect(ended.code).toBe(3);
    expect(ended.stderr).toContain('was stopped by SIGKILL');
    expect(ended.stderr).toContain('the process that starts stages is gone');
    expect((await project.flow(['status', '--json'])).stdout).toContain('"failed"');
  });

  it('that is killed together with the driver leaves stages to the next run on the cache', async () => {
    const { run, pids } = await started();
    const host = await hostOf(pidOf(run));
    // Stopped, it cannot see that the other is gone.
    process.kill(host, 'SIGSTOP');
    run.child.kill('SIGKILL');
    process.kill(host, 'SIGKILL');
    await run.ended;
    expect(pids.every(lives)).toBe(true);
    expect((await project.flow(['run', 'pipelines/p.yaml', 'next'])).code).toBe(0);
    expect(await allEnd(pids, 20_000)).toBe(true);
  });

  it('ends its stages when it is that of a run which a stage had started', async () => {
    project.pipeline(family());
    const inner = `'${process.execPath}' '${flowBin}' run pipelines/p.yaml s --root '${project.root}' --cache '${project.at('inner')}'`;
    project.write({
      'pipelines/outer.yaml': `version: 1\nname: outer\nstages:\n  o: { sh: "cd '${project.root}'; ${inner}", outputs: { o: o.txt } }\n`,
    });
    const run = project.start(['run', 'pipelines/outer.yaml']);
    const names = ['leader', 'grandchild', 'escaped'].map((name) => project.until(`gate/${name}`));
    const pids = (await Promise.all(names)).map(Number);
    run.child.kill('SIGKILL');
    await run.ended;
    expect(await allEnd(pids, 20_000)).toBe(true);
  });

  it('keeps a checkpoint of a stage that it takes with it', async () => {
    project.pipeline(`
stages:
  s: { sh: 'if [ -e checkpoint/n ]; then cp checkpoint/n \${outputs.o}; else echo saved > checkpoint/n; touch "$T/gate/ready"; sleep 600; fi', env: [T], outputs: { o: o.txt } }
exports: { o.txt: s.o }
`);
    const run = project.start(['run', 'pipelines/p.yaml'], { T: project.root });
    await project.until('gate/ready');
    process.kill(await hostOf(pidOf(run)), 'SIGKILL');
    expect((await run.ended).code).toBe(3);
    expect((await project.flow(['run', 'pipelines/p.yaml'], { T: project.root })).code).toBe(0);
    expect(project.read('o.txt')).toBe('saved\n');
  });
});

describe('an escaped process', () => {
  it.each([
    ['small', 1],
    ['large', 3_000_000],
  ])('does not change a %s output that is stored', async (_size, bytes) => {
    writeFileSync(project.at('gate/wait.sh'), 'until [ -s "$1" ]; do sleep 0.01; done\n');
    project.pipeline(`
stages:
  s:
    sh: |
      head -c ${bytes} /dev/zero > \${outputs.o}
      setsid sh -c 'exec 5>> out/o.bin; echo $$ > "$T/gate/pid"; while :; do echo more >&5; done' &
      sh "$T/gate/wait.sh" "$T/gate/pid"
      head -c ${bytes} /dev/zero > \${outputs.o}
    env: [T]
    outputs: { o: o.bin }
`);
    const ended = await project.flow(['run', 'pipelines/p.yaml'], { T: project.root });
    expect(await allEnd([Number(project.read('gate/pid'))], 20_000)).toBe(true);
    // What it wrote while its output was read fails the stage; what is stored is as it was hashed.
    expect([0, 1]).toContain(ended.code);
    const { code, stdout } = await project.flow(['verify', '--dry-run']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('all unchanged')]);
  });
});

describe('a stage that is stopped (SIGSTOP)', () => {
  it('is asked to end like any other, and ended at its timeout', async () => {
    project.pipeline(`
stages:
  s: { sh: 'trap "echo asked > gate.txt; cp gate.txt $T/gate/asked; exit 0" TERM; touch "$T/gate/ready"; kill -STOP $$; while :; do sleep 0.05; done', env: [T], outputs: { o: o } }
`);
    const run = project.start(['run', 'pipelines/p.yaml'], { T: project.root });
    await project.until('gate/ready');
    run.child.kill('SIGTERM');
    expect((await run.ended).code).toBe(143);
    expect(project.read('gate/asked')).toBe('asked\n');
    project.pipeline(
      "stages: { s: { sh: 'kill -STOP $$; sleep 600', timeout: 500ms, outputs: { o: o } } }\n",
    );
    const ended = await project.flow(['run', 'pipelines/p.yaml']);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('ran longer than its timeout');
  });
});

describe('a second interrupt', () => {
  it('ends at once what does not heed the first', async () => {
    project.pipeline(`
stages:
  s: { sh: 'trap "" TERM; echo $$ > "$T/gate/pid.part"; mv "$T/gate/pid.part" "$T/gate/pid"; while :; do sleep 0.05; done', env: [T], outputs: { o: o } }
`);
    const run = project.start(['run', 'pipelines/p.yaml'], { T: project.root });
    const pid = Number(await project.until('gate/pid'));
    let heard = '';
    const first = new Promise<void>((resolve) => {
      run.child.stderr?.on('data', (chunk: string) => {
        heard += chunk;
        if (heard.includes('interrupted by SIGINT')) resolve();
      });
    });
    run.child.kill('SIGINT');
    await first;
    expect(lives(pid)).toBe(true);
    const sent = performance.now();
    run.child.kill('SIGINT');
    expect((await run.ended).code).toBe(130);
    // Not the five seconds of grace.
    expect(performance.now() - sent).toBeLessThan(4_500);
    expect(lives(pid)).toBe(false);
  });
});
