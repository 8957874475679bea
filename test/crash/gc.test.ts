import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failpoints } from '../../src/flow/store/disk/failpoints.ts';
import type { Failpoint } from '../../src/flow/store/disk/failpoints.ts';
import { Project } from '../rig/project.ts';
import type { Running } from '../rig/project.ts';

let project: Project;
/** Outside the project: a command that names a file of the project has it in its key. */
let gate: string;
const open = (): void => writeFileSync(path.join(gate, 'go'), '');

beforeEach(() => {
  project = new Project();
  gate = mkdtempSync(path.join(tmpdir(), 'flow-gate-'));
  open();
  // It waits while there is no file `go`.
  project.pipeline(`params: { text: one, T: '' }
stages:
  say: { sh: 'until [ -e \${T}/go ]; do sleep 0.02; done; echo \${text} > \${outputs.o}; mkdir \${outputs.d}; echo in \${text} > \${outputs.d}/f', outputs: { o: o.txt, d: d/ } }
  copy: { sh: 'cat \${inputs.o} \${inputs.d}/f > \${outputs.c}', inputs: { o: say.o, d: say.d }, outputs: { c: c.txt } }
`);
});

afterEach(async () => {
  for (const { child, ended: end } of begun.splice(0)) {
    child.kill('SIGKILL');
    await end;
  }
  project.close();
  rmSync(gate, { recursive: true });
});

/** Ended with their test, also when that fails. */
const begun: Running[] = [];

const start = (args: readonly string[], env: Record<string, string>): Running => {
  const running = project.start(args, env);
  begun.push(running);
  return running;
};

const run = (text: string, env: Record<string, string> = {}): Running =>
  start(['run', 'pipelines/p.yaml', '--json', '-p', `text=${text}`, '-p', `T=${gate}`], env);
const limits = ['gc', '--keep-runs', '1', '--grace', '0s'];
const gc = (env: Record<string, string> = {}): Running => start(limits, env);
const armed = (what: string): Record<string, string> => ({
  FLOW_FAILPOINT: `${process.pid}:${what}`,
});

/** The state letter of /proc/<pid>/stat. */
function stateOf({ child }: Running): string {
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2)[0] ?? '';
}

async function until(what: () => boolean): Promise<void> {
  for (let waited = 0; !what(); waited += 10) {
    if (waited > 60_000) throw new Error(`waited in vain for ${String(what)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function ended({ ended: end }: Running) {
  const { code, stdout, stderr } = await end;
  expect([code, stderr.includes('internal')]).toEqual([0, false]);
  return JSON.parse(stdout) as { ran: number; hit: number };
}

/** Results of `one` that only a run that goes lists; those of `two` stay. */
async function oneIsGarbage(): Promise<void> {
  await ended(run('one'));
  await ended(run('two'));
}

const text = async (): Promise<string> => (await project.flow(['cat', 'copy'])).stdout;

/** Leaves one blob that nothing refers to, and a run under way that is about to make its bytes again. */
async function aboutToMakeGarbage(): Promise<{ running: Running; claims: () => number }> {
  project.pipeline(`params: { text: one, T: '' }
stages:
  copy: { sh: 'until [ -e \${T}/go ]; do sleep 0.02; done; echo \${text} > \${outputs.o}', outputs: { o: o.txt } }
`);
  await oneIsGarbage();
  await gc(armed('kill@gc.blob-unclaimed')).ended;
  rmSync(path.join(gate, 'go'));
  const trace = project.at('trace');
  const passed = (name: string): number =>
    existsSync(trace) ? readFileSync(trace, 'utf8').split(`${name}\n`).length - 1 : 0;
  const running = run('one', armed(`trace@${trace}`));
  await until(() => passed('stage.spawned') > 0);
  return { running, claims: () => passed('blob.claimed') };
}

describe('gc beside a run that comes to need what gc removes', () => {
  it('spares a blob that the run found and claimed before', async () => {
    const { running } = await aboutToMakeGarbage();
    const collecting = gc(armed('stop@gc.planned'));
    await until(() => stateOf(collecting) === 'T');
    open();
    expect(await ended(running)).toMatchObject({ ran: 1 });
    collecting.child.kill('SIGCONT');
    expect((await collecting.ended).code).toBe(0);
    expect(await text()).toBe('one\n');
    expect(await ended(run('one'))).toMatchObject({ hit: 1 });
  });

  it.each(['gc.batch-opened', 'gc.blob-unclaimed'])(
    'lets the run wait, and store a blob anew that went, at %s',
    async (step) => {
      const { running, claims } = await aboutToMakeGarbage();
      const collecting = gc(armed(`stop@${step}`));
      await until(() => stateOf(collecting) === 'T');
      const before = claims();
      open();
      await until(() => claims() > before);
      collecting.child.kill('SIGCONT');
      expect(await ended(running)).toMatchObject({ ran: 1 });
      expect((await collecting.ended).code).toBe(0);
      expect(await text()).toBe('one\n');
      expect(await ended(run('one'))).toMatchObject({ hit: 1 });
    },
  );

  it('spares a result that the run leased before gc looked for leases', async () => {
    await oneIsGarbage();
    const collecting = gc(armed('stop@gc.batch-opened#2'));
    await until(() => stateOf(collecting) === 'T');
    const trace = project.at('trace');
    const running = run('one', armed(`trace@${trace}`));
    await until(() => existsSync(trace) && readFileSync(trace, 'utf8').includes('lease.written'));
    collecting.child.kill('SIGCONT');
    expect(await ended(running)).toMatchObject({ ran: 0, hit: 2 });
    expect((await collecting.ended).code).toBe(0);
    expect(await text()).toBe('one\nin one\n');
  });

  it('lets the run look again for a result that was leased too late', async () => {
    await oneIsGarbage();
    const collecting = gc(armed('stop@gc.result-unclaimed'));
    await until(() => stateOf(collecting) === 'T');
    const trace = project.at('trace');
    const running = run('one', armed(`trace@${trace}`));
    await until(() => existsSync(trace) && readFileSync(trace, 'utf8').includes('lease.written'));
    collecting.child.kill('SIGCONT');
    expect(await ended(running)).toMatchObject({ ran: 2, hit: 0 });
    expect((await collecting.ended).code).toBe(0);
    expect(await text()).toBe('one\nin one\n');
  });

  it('does not wait for a gc that was killed in the middle of a batch', async () => {
    await oneIsGarbage();
    expect((await gc(armed('kill@gc.blob-unclaimed')).ended).signal).toBe('SIGKILL');
    expect(await ended(run('one'))).toMatchObject({ ran: 2 });
    expect(await text()).toBe('one\nin one\n');
  });

  it('spares what a running run made and found, and that run itself', async () => {
    await oneIsGarbage();
    const running = run('one', armed('stop@run.record-written#2'));
    await until(() => stateOf(running) === 'T');
    const collecting = gc();
    expect((await collecting.ended).code).toBe(0);
    expect(readdirSync(project.at('cache/runs'))).toHaveLength(2);
    running.child.kill('SIGCONT');
    await ended(running);
    expect(await text()).toBe('one\nin one\n');
    expect(await ended(run('one'))).toMatchObject({ hit: 2 });
  });
});

/** Everything that gc writes or removes on its way, in a cache that has something of each kind. */
async function everythingIsGarbage(): Promise<void> {
  await oneIsGarbage();
  const long = new Date(Date.now() - 40 * 86_400_000);
  for (const name of readdirSync(project.at('cache/memo'))) {
    if (name !== 'stat-cache.json') utimesSync(project.at('cache/memo', name), long, long);
  }
  project.write({ [`cache/checkpoints/${'0'.repeat(64)}/1/state`]: '1' });
  for (const path of ['/1/state', '/1', '']) {
    utimesSync(project.at(`cache/checkpoints/${'0'.repeat(64)}${path}`), long, long);
  }
}

describe('a gc that is killed', () => {
  const steps = failpoints.filter((name: Failpoint) => name.startsWith('gc.'));

  it.each(steps)('at %s loses nothing that stays, and the next one ends its work', async (step) => {
    await everythingIsGarbage();
    const { signal } = await gc(armed(`kill@${step}`)).ended;
    expect(signal).toBe('SIGKILL');
    // A result that is there is whole, whatever has gone.
    const before = await project.flow([
      'run',
      'pipelines/p.yaml',
      '--json',
      '-p',
      'text=one',
      '-p',
      `T=${gate}`,
    ]);
    expect([before.code, before.stderr]).toEqual([
      0,
      expect.not.stringMatching(/warning|damage|missing/),
    ]);
    expect(await ended(run('two'))).toMatchObject({ ran: 0, hit: 2 });
    const { code, stdout } = await gc().ended;
    expect([code, stdout]).toEqual([0, expect.stringContaining('removed')]);
    expect((await gc().ended).stdout).toContain('nothing to remove');
    expect(readdirSync(project.at('cache/tmp'))).toEqual([]);
    expect(await ended(run('two'))).toMatchObject({ ran: 0, hit: 2 });
    expect(await text()).toBe('two\nin two\n');
  });
});
