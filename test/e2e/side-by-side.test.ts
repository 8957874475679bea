import { readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { headOf, lineOf } from '../../src/flow/store/process/claims.ts';
import { ownIdentity } from '../../src/flow/store/process/process-identity.ts';
import { Project } from '../rig/project.ts';
import type { RunJson, Running } from '../rig/project.ts';

let project: Project;
const begun: Running[] = [];

beforeEach(() => {
  project = new Project();
});

afterEach(async () => {
  for (const { child, ended } of begun.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
  project.close();
});

/** A driver, and what it has said so far. */
class Driver {
  readonly running: Running;
  stderr = '';

  constructor(...args: readonly string[]) {
    this.running = project.start(['run', 'pipelines/p.yaml', '-v', '--json', ...args], {
      T: project.root,
    });
    this.running.child.stderr?.on('data', (chunk: string) => {
      this.stderr += chunk;
    });
    begun.push(this.running);
  }

  get pid(): number {
    return this.running.child.pid ?? 0;
  }

  /** Pids of the processes for which it says that it waits. */
  get waitsFor(): readonly number[] {
    return Array.from(this.stderr.matchAll(/ for pid (\d+) on /g), ([, pid]) => Number(pid));
  }

  async end(): Promise<RunJson> {
    const { code, stdout, stderr } = await this.running.ended;
    expect([code, stderr]).toEqual([0, expect.not.stringMatching(/internal|damaged|missing/)]);
    return JSON.parse(stdout) as RunJson;
  }
}

async function until(what: () => boolean): Promise<void> {
  for (let waited = 0; !what(); waited += 10) {
    if (waited > 100_000) throw new Error(`waited in vain for ${String(what)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Instances that were executed, one entry each time. */
const executed = (): readonly string[] => project.read('ran').trim().split('\n').sort();
const digests = (run: RunJson): unknown => run.instances.map(({ id, outputs }) => [id, outputs]);

/** `gate` waits for a file `go`; the others follow it, are beside it, and are equal to each other. */
const gated = `stages:
  gate:
    sh: 'echo gate >> "$T/ran"; until [ -e "$T/go" ]; do sleep 0.02; done; echo 1 > \${outputs.o}'
    outputs: { o: o.txt }
    env: { T: { key: false } }
  each:
    matrix: { n: [1, 2, 3, 4] }
    sh: 'echo each\${n} >> "$T/ran"; mkdir \${outputs.d}; cat \${inputs.o} > \${outputs.d}/f; echo \${n} >> \${outputs.d}/f'
    inputs: { o: gate.o }
    outputs: { d: d/ }
    env: { T: { key: false } }
  all:
    sh: 'echo all >> "$T/ran"; for part in \${inputs.parts}; do cat "$part/f"; done > \${outputs.o}'
    inputs: { parts: { from: each.d, collect: [n] } }
    outputs: { o: o.txt }
    env: { T: { key: false } }
exports: { placed.txt: all.o }
`;
const all = ['all', 'each1', 'each2', 'each3', 'each4', 'gate'];

describe.each([2, 8])('%i runs at once on one cache and project', (count) => {
  it('compute equal keys once; the others wait, name the holder, and have the same results', async () => {
    project.pipeline(gated);
    const drivers = Array.from({ length: count }, () => new Driver('-j', '2'));
    await until(() => drivers.filter(({ waitsFor }) => waitsFor.length > 0).length === count - 1);
    const holder = drivers.find(({ waitsFor }) => waitsFor.length === 0);
    for (const { waitsFor } of drivers)
      expect(waitsFor.every((pid) => pid === holder?.pid)).toBe(true);
    project.write({ go: '' });
    const runs = await Promise.all(drivers.map((driver) => driver.end()));
    expect(executed()).toEqual(all);
    expect(runs.reduce((sum, { ran }) => sum + ran, 0)).toBe(all.length);
    for (const run of runs) {
      expect(run).toMatchObject({ ok: true, failed: 0 });
      expect(digests(run)).toEqual(digests(runs[0] as RunJson));
    }
    expect(readdirSync(project.at('cache/locks'))).toEqual([]);
    expect(readdirSync(project.at('cache/tmp'))).toEqual([]);
    expect(readdirSync(project.at('cache/runs'))).toHaveLength(count);
    expect(project.read('placed.txt')).toBe('1\n1\n1\n2\n1\n3\n1\n4\n');
  });
});

describe('a holder that is killed', () => {
  it('is recognised at once: the one that waited computes what it held', async () => {
    project.pipeline(gated);
    const first = new Driver();
    await project.until('ran');
    const second = new Driver();
    await until(() => second.waitsFor.includes(first.pid));
    first.running.child.kill('SIGKILL');
    await first.running.ended;
    await until(() => executed().length === 2);
    project.write({ go: '' });
    expect(await second.end()).toMatchObject({ ok: true, ran: all.length });
    expect(executed()).toEqual([...all, 'gate'].sort());
  });

  it('on another host is taken for alive while it touches its lock, and no longer', async () => {
    project.pipeline(gated);
    project.write({ go: '' });
    const first = new Driver();
    const { instances } = await first.end();
    const key = (instances.find(({ id }) => id === 'gate') as unknown as { key: string }).key;
    const lock = project.at('cache/locks/4711-00000000-0');
    const elsewhere = { ...ownIdentity(), host: 'elsewhere', pid: 4711, label: 'gate' };
    writeFileSync(lock, headOf(elsewhere) + lineOf('+', key.replace('sha256:', '')));
    rmSync(project.at('cache/actions'), { recursive: true });
    const second = new Driver();
    await until(() => second.waitsFor.length > 0);
    expect(second.waitsFor).toEqual([4711]);
    expect(second.stderr).toContain('pid 4711 on elsewhere (gate)');
    const long = new Date(Date.now() - 6 * 60_000);
    utimesSync(lock, long, long);
    expect((await second.running.ended).code).toBe(0);
    expect(executed().filter((name) => name === 'gate')).toHaveLength(2);
  });
});

describe('checkouts beside runs', () => {
  it('are whole, whatever lies at their places', async () => {
    project.pipeline(`params: { text: one }
stages:
  s: { sh: 'mkdir \${outputs.d}; for i in 1 2 3 4 5 6 7 8 9; do echo \${text} > \${outputs.d}/$i; done', outputs: { d: d/ } }
exports: { placed: s.d }
`);
    const texts = ['one', 'two', 'three'];
    const ids: string[] = [];
    for (const text of texts) ids.push((await project.runJson('-p', `text=${text}`)).run_id);
    const drivers = texts.flatMap((text) => [
      new Driver('-p', `text=${text}`),
      new Driver('-p', `text=${text}`),
    ]);
    const checkouts = texts.flatMap((_, index) =>
      [1, 2].map((to) =>
        project.flow(['checkout', 's.d', `out${to}`, '--force', '--run', ids[index] ?? '']),
      ),
    );
    for (const { code, stderr } of await Promise.all(checkouts)) {
      // Two may want the same place in the same moment: one of them may have to say so.
      if (code !== 0) expect(stderr).toMatch(/cannot write .*out[12]/);
    }
    for (const driver of drivers) await driver.end();
    for (const place of ['out1', 'out2', 'placed']) {
      const files = readdirSync(project.at(place)).sort();
      expect(files).toHaveLength(9);
      expect(new Set(files.map((file) => readFileSync(project.at(place, file), 'utf8'))).size).toBe(
        1,
      );
    }
    expect(readdirSync(project.root).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});
