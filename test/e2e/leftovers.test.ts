import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allEnd, flowBin, lives, Project } from '../rig/project.ts';

let project: Project;

beforeEach(() => {
  project = new Project();
  mkdirSync(project.at('gate'));
});

afterEach(() => project.close());

const hasScript = spawnSync('script', ['--version']).stdout?.includes('util-linux') === true;

const daemons = ['marked', 'unmarked', 'elsewhere'] as const;
const pids = async (): Promise<readonly number[]> =>
  (await Promise.all(daemons.map((name) => project.until(`gate/${name}`)))).map(Number);

const leaving = (then: string): string => `
stages:
  s:
    sh: sh programs/leave-daemons.sh '${project.at('gate')}'; ${then}
    code: ['programs/*.sh']
    outputs: { o: o.txt }
`;

describe.skipIf(!existsSync('/proc/self/environ'))('what leaves the group of its stage', () => {
  it('is ended when the stage succeeds, and told', async () => {
    project.pipeline(leaving('echo 1 > ${outputs.o}'));
    const ended = await project.flow(['run', 'pipelines/p.yaml']);
    expect(ended).toMatchObject({ code: 0 });
    expect(await allEnd(await pids(), 20_000)).toBe(true);
    expect(ended.stderr).toMatch(/flow killed \d process\(es\) that it left running/);
  });

  it.each([
    ['the folder for its temporary files', '(cd / && exec setsid $forever > /dev/null 2>&1) &'],
    ['where it stands', 'setsid env -i $forever > /dev/null 2>&1 &'],
    ['where it stands, deeper in it', '(cd out && exec setsid env -i $forever > /dev/null 2>&1) &'],
    ['its output, which is the log', '(cd / && exec setsid env -i $forever 2> /dev/null) &'],
    ['its errors, which are in the log', '(cd / && exec setsid env -i $forever > /dev/null) &'],
  ])('is known as the stage’s by %s alone', async (_what, start) => {
    const gate = project.at('gate/pid');
    project.pipeline(`
stages:
  s:
    sh: |
      forever="/bin/sh $PWD/programs/forever.sh ${gate}"
      ${start}
      until [ -e '${gate}' ]; do sleep 0.01; done
      echo 1 > \${outputs.o}
    code: ['programs/*.sh']
    outputs: { o: o.txt }
`);
    const ended = await project.flow(['run', 'pipelines/p.yaml']);
    expect(ended.code).toBe(0);
    expect(ended.stderr).toMatch(/flow killed \d process\(es\) that it left running/);
    expect(await allEnd([Number(await project.until('gate/pid'))], 20_000)).toBe(true);
  });

  it.each(['SIGINT', 'SIGKILL'] as const)('is ended when the driver gets %s', async (signal) => {
    project.pipeline(leaving('sleep 60'));
    const run = project.start(['run', 'pipelines/p.yaml']);
    const all = await pids();
    expect(all.every(lives)).toBe(true);
    run.child.kill(signal);
    await run.ended;
    expect(await allEnd(all, 20_000)).toBe(true);
  });

  it('is ended at the timeout of the stage', async () => {
    project.pipeline(`${leaving('sleep 60')}    timeout: 5s\n`);
    const ended = await project.flow(['run', 'pipelines/p.yaml']);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('ran longer than its timeout of 5 s');
    expect(await allEnd(await pids(), 20_000)).toBe(true);
  });

  it('is not a shell of a person who looks into the scratch folder', async (context) => {
    if (!hasScript) return context.skip();
    project.pipeline(`
stages:
  s:
    sh: pwd > '${project.at('gate/pwd.part')}'; mv '${project.at('gate/pwd.part')}' '${project.at('gate/pwd')}'; until [ -e '${project.at('gate/shell')}' ]; do sleep 0.02; done; echo 1 > \${outputs.o}
    outputs: { o: o.txt }
`);
    const run = project.start(['run', 'pipelines/p.yaml']);
    const scratch = (await project.until('gate/pwd')).trim();
    const command = `cd '${scratch}'; echo $$ > '${project.at('gate/shell.part')}'; mv '${project.at('gate/shell.part')}' '${project.at('gate/shell')}'; read answer; echo $answer`;
    const shell = spawn('script', ['-qec', command, '/dev/null'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const pid = Number(await project.until('gate/shell'));
    expect((await run.ended).code).toBe(0);
    expect(lives(pid)).toBe(true);
    shell.stdin.end('bye\n');
    await new Promise((resolve) => shell.once('close', resolve));
  });
});

/** A run at a terminal of its own; its exit code goes to gate/code. */
function atTerminal() {
  // The shell is in the foreground, too: it has to outlive a ^C to tell.
  const command = `trap : INT; '${process.execPath}' '${flowBin}' run pipelines/p.yaml; echo $? > gate/code`;
  return spawn('script', ['-qec', command, '/dev/null'], {
    cwd: project.root,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      XDG_STATE_HOME: process.env['XDG_STATE_HOME'],
      TERM: 'xterm',
      SHELL: '/bin/sh',
    },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
}

describe.skipIf(!hasScript)('at a terminal', () => {
  it('Ctrl-C ends the run and all that its stages started', async () => {
    project.pipeline(leaving('sleep 600'));
    const terminal = atTerminal();
    const all = await pids();
    terminal.stdin.write('\u0003');
    expect((await project.until('gate/code')).trim()).toBe('130');
    expect(all.filter(lives)).toEqual([]);
    terminal.stdin.end();
  });

  it('a window that is closed ends the run and its stages, with its record kept', async () => {
    project.pipeline(leaving('sleep 60'));
    const terminal = atTerminal();
    const all = await pids();
    // The far end of the terminal is gone with it: the system sends HUP, and writes answer EIO.
    terminal.kill('SIGKILL');
    expect(await allEnd(all, 20_000)).toBe(true);
    const ended = async (): Promise<string> => {
      const { stdout } = await project.flow(['status', '--json']);
      return (JSON.parse(stdout) as { state: string }).state;
    };
    for (let waited = 0; (await ended()) === 'running' && waited < 50; waited += 1);
    expect(await ended()).toBe('interrupted');
  });
});

const loud = (megabytes: number): string => `
stages:
  s:
    sh: head -c ${megabytes}M /dev/zero; head -c ${megabytes}M /dev/zero >> $FLOW_EVENTS; yes '{"type":"note","text":"x"}' | head -c ${megabytes / 50}M >> $FLOW_EVENTS || true; exit 3
    outputs: { o: o.txt }
`;

const counting = fileURLToPath(new URL('../fixtures/peak-memory.cjs', import.meta.url));
const env = (): Record<string, string> => ({
  NODE_OPTIONS: `--require ${counting}`,
  PEAK_MEMORY: project.at('peak'),
});

/** MiB of the driver while a stage writes so much. */
const peak = async (megabytes: number): Promise<number> => {
  project.pipeline(loud(megabytes));
  const ended = await project.flow(['run', 'pipelines/p.yaml', '-q'], env());
  expect(ended.code).toBe(1);
  expect(ended.stderr.length).toBeLessThan(10_000);
  return Number(project.read('peak')) / 1024;
};

describe('the output of a stage', () => {
  it('may be of any size and without line ends: it blocks nothing and takes no memory', async () => {
    const small = await peak(25);
    const large = await peak(200);
    // Kept in memory, either of its two files alone would add 175.
    expect(large - small).toBeLessThan(100);
  });

  it('does not hold up the end of a stage whose grandchild keeps it open', async () => {
    project.pipeline(`
stages:
  s: { sh: 'sleep 60 & echo 1 > \${outputs.o}', outputs: { o: o.txt } }
`);
    const ended = await project.runJson();
    expect(ended).toMatchObject({ ok: true, ran: 1 });
  });
});
