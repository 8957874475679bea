// What leaves its stage without a trace: no session, environment, folder or output of it is left.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allEnd, flowBin, lives, Project } from '../rig/project.ts';
import { hasProgram } from '../rig/tools.ts';

let project: Project;

beforeEach(() => {
  project = new Project();
  mkdirSync(project.at('gate'));
});

afterEach(() => {
  if (project.has('gate/hidden') && lives(Number(project.read('gate/hidden')))) {
    process.kill(Number(project.read('gate/hidden')), 'SIGKILL');
  }
  project.close();
});

const hiding = (then: string): string => `
stages:
  s:
    sh: sh programs/hide.sh '${project.at('gate/hidden')}'; ${then}
    code: ['programs/*.sh']
    outputs: { o: o.txt }
`;
const hidden = async (): Promise<number> => Number(await project.until('gate/hidden'));

/** A mark of somebody else's, as in a stage of flow, is left alone. */
const marked = (): boolean =>
  existsSync('/proc/self/limits') &&
  !/^Max realtime timeout +unlimited/m.test(readFileSync('/proc/self/limits', 'utf8'));
const can = !marked() && hasProgram('prlimit', '--version') && hasProgram('setsid', 'true');

describe.skipIf(!can)('what leaves its stage without a trace', () => {
  it('is ended with the run, which says so', async () => {
    project.pipeline(hiding('echo 1 > ${outputs.o}'));
    const ended = await project.flow(['run', 'pipelines/p.yaml']);
    expect(ended).toMatchObject({ code: 0 });
    expect(lives(await hidden())).toBe(false);
    expect(ended.stderr).toMatch(/ended \d process(es)? that stages had left behind/);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('is ended when the driver gets %s', async (signal, code) => {
    project.pipeline(hiding('sleep 600'));
    const run = project.start(['run', 'pipelines/p.yaml']);
    const pid = await hidden();
    expect(lives(pid)).toBe(true);
    run.child.kill(signal);
    expect((await run.ended).code).toBe(code);
    expect(lives(pid)).toBe(false);
  });

  it('is ended when the driver is killed', async () => {
    project.pipeline(hiding('sleep 600'));
    const run = project.start(['run', 'pipelines/p.yaml']);
    const pid = await hidden();
    run.child.kill('SIGKILL');
    await run.ended;
    expect(await allEnd([pid], 20_000)).toBe(true);
  });

  it('is ended by the outer run where a stage runs flow itself', async () => {
    project.pipeline(hiding('echo 1 > ${outputs.o}'));
    const inner = `'${process.execPath}' '${flowBin}' run pipelines/p.yaml --root '${project.root}' --cache '${project.at('inner')}'`;
    project.write({
      'pipelines/outer.yaml': `version: 1\nname: outer\nstages:\n  o: { sh: "cd '${project.root}'; ${inner}; cp gate/hidden $OLDPWD/out/o.txt", outputs: { o: o.txt } }\n`,
    });
    const ended = await project.flow(['run', 'pipelines/outer.yaml']);
    expect(ended).toMatchObject({ code: 0 });
    expect(lives(await hidden())).toBe(false);
  });
});

/** Pids of a driver's children whose command line holds a word. */
function children(driver: number, word: string): readonly number[] {
  return readFileSync(`/proc/${driver}/task/${driver}/children`, 'utf8')
    .split(' ')
    .filter((pid) => pid.trim() !== '')
    .map(Number)
    .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word));
}

describe('when the driver and its watchdog are killed at one time', () => {
  it('the next run on the cache ends what they left', async () => {
    project.pipeline(`
stages:
  s:
    cmd: [sh, programs/spawn-grandchild.sh, '${project.at('gate')}']
    code: ['programs/*.sh']
    outputs: { o: o.txt }
  next: { sh: 'echo 1 > \${outputs.o}', outputs: { o: o.txt } }
`);
    const run = project.start(['run', 'pipelines/p.yaml', 's']);
    const names = ['leader', 'grandchild', 'escaped'].map((name) => project.until(`gate/${name}`));
    const pids = (await Promise.all(names)).map(Number);
    const driver = run.child.pid as number;
    const [watchdog] = children(driver, 'sweep');
    process.kill(watchdog as number, 'SIGKILL');
    run.child.kill('SIGKILL');
    await run.ended;
    expect(pids.every(lives)).toBe(true);
    expect((await project.flow(['run', 'pipelines/p.yaml', 'next'])).code).toBe(0);
    expect(await allEnd(pids, 20_000)).toBe(true);
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
