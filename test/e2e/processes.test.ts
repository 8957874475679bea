import { mkdirSync, rmSync, truncateSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allEnd, lives, Project } from '../rig/project.ts';

let project: Project;

beforeEach(() => {
  project = new Project();
  mkdirSync(project.at('gate'));
});

afterEach(() => project.close());

/** A stage with a grandchild in its group and one that left it; their pids. */
async function family(): Promise<readonly number[]> {
  const names = ['leader', 'grandchild', 'escaped'];
  const texts = await Promise.all(names.map((name) => project.until(`gate/${name}`)));
  return texts.map(Number);
}

/** `behind`: so many stages that read it. */
const withGrandchildren = (behind = 0): string => `
stages:
  s:
    cmd: [sh, programs/spawn-grandchild.sh, '${project.at('gate')}']
    code: ['programs/*.sh']
    outputs: { o: o.txt }
${Array.from(
  { length: behind },
  (_, i) =>
    `  r${i}: { sh: 'cp \${inputs.s} \${outputs.o}', inputs: { s: s.o }, outputs: { o: o } }\n`,
).join('')}`;

describe('the driver', () => {
  it.each([
    ['SIGINT', 130, 0],
    ['SIGTERM', 143, 0],
    ['SIGHUP', 129, 0],
    ['SIGINT', 130, 100],
  ] as const)(
    'that gets %s ends its stages with all that they started: exit %i (%i stages behind)',
    async (signal, code, behind) => {
      project.pipeline(withGrandchildren(behind));
      const run = project.start(['run', 'pipelines/p.yaml']);
      const pids = await family();
      expect(pids.every(lives)).toBe(true);
      run.child.kill(signal);
      expect((await run.ended).code).toBe(code);
      expect(await allEnd(pids, 20_000)).toBe(true);
    },
  );

  it.each([0, 100])(
    'that is killed leaves no stage behind, nor a lock that stops the next run (%i behind)',
    async (behind) => {
      project.pipeline(withGrandchildren(behind));
      const run = project.start(['run', 'pipelines/p.yaml']);
      const pids = await family();
      run.child.kill('SIGKILL');
      expect((await run.ended).signal).toBe('SIGKILL');
      expect(await allEnd(pids, 20_000)).toBe(true);

      for (const name of ['leader', 'grandchild', 'escaped']) {
        rmSync(project.at('gate', name));
      }
      const next = project.start(['run', 'pipelines/p.yaml']);
      const again = await family();
      next.child.kill('SIGINT');
      const ended = await next.ended;
      expect(ended.stderr).not.toContain('waiting for');
      expect(await allEnd(again, 20_000)).toBe(true);
    },
  );

  it('that is interrupted while it hashes a large source ends at once', async () => {
    project.write({ 'large.bin': '' });
    // A hole, which takes no room and half a minute even where the processor has an instruction for it.
    truncateSync(project.at('large.bin'), 50_000_000_000);
    project.pipeline(
      "stages: { s: { cmd: ['true'], inputs: { i: ./large.bin }, outputs: { o: o } } }\n",
    );
    const run = project.start(['run', 'pipelines/p.yaml', '--json']);
    const begun = /\/events\.ndjson$/;
    while (!project.files('cache/runs').some((name) => begun.test(name))) await sleep(10);
    await sleep(200);
    const sent = performance.now();
    run.child.kill('SIGINT');
    const ended = await run.ended;
    expect(performance.now() - sent).toBeLessThan(10_000);
    expect(ended.code).toBe(130);
    expect(JSON.parse(ended.stdout)).toMatchObject({ ok: false, cancelled: 1 });
  });

  it('starts no process when there is nothing to do', async () => {
    project.write({ 'words.txt': 'b\na\n' });
    project.pipeline(`
probes:
  host: { cmd: [echo, fact] }
stages:
  s: { sh: 'sort \${inputs.w} > \${outputs.o}', inputs: { w: ./words.txt, h: probe.host }, outputs: { o: o.txt } }
exports: { sorted.txt: s.o }
`);
    const counting = fileURLToPath(new URL('../fixtures/count-processes.cjs', import.meta.url));
    const env = { NODE_OPTIONS: `--require ${counting}`, COUNT_PROCESSES: project.at('started') };
    const first = await project.flow(['run', 'pipelines/p.yaml'], env);
    expect(first).toMatchObject({ code: 0 });
    // What starts the probe and the stage.
    expect(project.read('started')).toContain('-e');
    project.write({ started: '' });
    const second = await project.flow(['run', 'pipelines/p.yaml'], env);
    expect(second.code).toBe(0);
    expect(project.read('started')).toBe('');
    expect(project.read('sorted.txt')).toBe('a\nb\n');
  });
});

describe('two drivers on one cache', () => {
  it('work side by side: an equal key is computed once', async () => {
    project.pipeline(`
stages:
  a: { cmd: [sh, programs/gate.sh, '${project.at('gate')}', a, '\${outputs.o}'], outputs: { o: o.txt } }
`);
    const first = project.start(['run', 'pipelines/p.yaml', '--json']);
    await project.until('gate/calls');
    const second = project.start(['run', 'pipelines/p.yaml', '--json']);
    let stderr = '';
    const waits = new Promise<void>((resolve) => {
      second.child.stderr?.on('data', (chunk: string) => {
        stderr += chunk;
        if (stderr.includes(String(first.child.pid))) resolve();
      });
    });
    await waits;
    project.write({ 'gate/open': '' });
    expect(JSON.parse((await first.ended).stdout)).toMatchObject({ ok: true, ran: 1, hit: 0 });
    expect(JSON.parse((await second.ended).stdout)).toMatchObject({ ok: true, ran: 0, hit: 1 });
    expect(project.read('gate/calls')).toBe('a\n');
  });
});

describe('exit codes and results', () => {
  it('a failed stage is 1 with its last lines, and what needed it is skipped', async () => {
    project.pipeline(`
stages:
  bad: { cmd: [sh, programs/fail.sh, '7', 'no luck today'], outputs: { o: o.txt } }
  after: { cmd: [sh, programs/copy.sh, '\${inputs.i}', '\${outputs.o}'], inputs: { i: bad.o }, outputs: { o: o.txt } }
`);
    const ended = await project.flow(['run', 'pipelines/p.yaml']);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('no luck today');
    expect(await project.runJson()).toMatchObject({ ok: false, failed: 1, skipped: 1 });
  });

  it('a half-written output of a stage that died is never an artifact', async () => {
    project.pipeline(`
stages:
  s: { cmd: [sh, programs/write-partial-then-die.sh, '\${outputs.o}'], outputs: { o: o.txt } }
`);
    expect(await project.runJson()).toMatchObject({ code: 1, failed: 1 });
    expect(await project.runJson()).toMatchObject({ code: 1, failed: 1, hit: 0 });
  });

  it('a missing source is 2, before anything runs', async () => {
    project.pipeline(`
stages:
  first: { cmd: [sh, programs/gate.sh, '${project.at('gate')}', a, '\${outputs.o}'], outputs: { o: o.txt } }
  s: { sh: 'cat \${inputs.w} > \${outputs.o}', inputs: { f: first.o, w: ./words.txt }, outputs: { o: o.txt } }
`);
    const ended = await project.flow(['run', 'pipelines/p.yaml']);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('pipelines/p.yaml:6:71');
    expect(project.has('gate/calls')).toBe(false);
  });
});
