import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failpoints } from '../../src/flow/store/disk/failpoints.ts';
import type { Failpoint } from '../../src/flow/store/disk/failpoints.ts';
import { INTERVAL_MS } from '../../src/flow/store/disk/flush.ts';
import { Project } from '../rig/project.ts';
import type { RunJson } from '../rig/project.ts';
import { scenarios, stages, Victim } from './scenarios.ts';
import type { Scenario } from './scenarios.ts';

// A driver is killed by SIGKILL at every step of the list, where it passes it first and where it passes it
// last, and the next run must end as if nothing had happened.

interface Prepared extends Scenario {
  readonly template: Victim;
  /** Failpoints in the order in which an undisturbed run passes them. */
  readonly trace: readonly string[];
}

const prepared: Prepared[] = [];
/** Value of `text` -> what a run in a new project ends with. */
const clean = new Map<
  string,
  { readonly digests: unknown; readonly exported: readonly string[] }
>();

const digestsOf = (run: RunJson): unknown => run.instances.map(({ id, outputs }) => [id, outputs]);
const exportedIn = ({ project }: Victim): readonly string[] =>
  ['placed/d/sub/f', 'placed/d/names', 'placed/o.txt'].map((file) => project.read(file));

beforeAll(async () => {
  for (const scenario of scenarios) {
    const template = new Victim();
    await scenario.prepare(template);
    const traced = new Victim(template);
    await traced.run(scenario.text, `trace@${traced.project.at('trace')}`);
    const trace = readFileSync(traced.project.at('trace'), 'utf8').trim().split('\n');
    traced.close();
    prepared.push({ ...scenario, template, trace });
  }
  for (const text of new Set(scenarios.map((each) => each.text))) {
    const victim = new Victim();
    const run = await victim.runJson(text);
    expect(run).toMatchObject({ ok: true, ran: stages.length });
    clean.set(text, { digests: digestsOf(run), exported: exportedIn(victim) });
    victim.close();
  }
});

afterAll(() => {
  for (const { template } of prepared) template.close();
});

describe('a driver that is killed at', () => {
  // gc's own are passed in gc.test.ts.
  it.each(failpoints.filter((point) => !point.startsWith('gc.')))(
    '%s leaves a cache in which the next run ends as a clean one',
    async (point) => {
      const scenario = prepared.find(({ trace }) => trace.includes(point));
      if (scenario === undefined) throw new Error(`no scenario passes ${point}`);
      const passings = scenario.trace.filter((each) => each === point).length;
      expect(await killedAt(scenario, point, 1)).toBe('SIGKILL');
      // Events of one turn are appended together, so that a run may pass it less often than the traced one.
      let last = passings;
      while (last > 1 && (await killedAt(scenario, point, last)) !== 'SIGKILL') last -= 1;
      expect(passings === 1 || last > 1).toBe(true);
    },
  );
});

it('a driver that is killed loses only what ended within the last moments', async () => {
  const project = new Project();
  const slow = 'sleep 1; echo 1 > ${outputs.o}';
  project.pipeline(`stages:
  a: { sh: '${slow}', outputs: { o: o.txt } }
  b: { sh: '${slow}', inputs: { i: a.o }, outputs: { o: o.txt } }
  c: { sh: 'touch ${project.at('begun')}; [ -e ${project.at('go')} ] || sleep 60; echo 1 > \${outputs.o}', inputs: { i: b.o }, outputs: { o: o.txt } }
`);
  const running = project.start(['run', 'pipelines/p.yaml']);
  await project.until('begun');
  // So long a result may wait for its record, twice.
  await new Promise((resolve) => setTimeout(resolve, 2 * INTERVAL_MS));
  running.child.kill('SIGKILL');
  await running.ended;
  project.write({ go: '' });
  const next = await project.runJson();
  expect(next.instances.map(({ id, outcome }) => [id, outcome])).toEqual([
    ['a', 'hit'],
    ['b', 'hit'],
    ['c', 'ran'],
  ]);
  project.close();
});

async function killedAt(scenario: Prepared, point: Failpoint, count: number) {
  const victim = new Victim(scenario.template);
  const before = victim.ran().length;
  const killed = await victim.run(scenario.text, `kill@${point}#${count}`);
  await check(victim, scenario, before);
  victim.close();
  return killed.signal;
}

/** `before`: stages that had run when the killed run began. */
async function check(victim: Victim, scenario: Scenario, before: number): Promise<void> {
  // No live child: what a stage started would sleep for minutes.
  expect(await victim.allEnd(20_000)).toBe(true);

  // No partial result, as far as the run did not begin with one.
  if (scenario.damaged !== true) {
    const { code, stdout } = await victim.flow(['verify', '--dry-run']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('all unchanged')]);
  }
  const recorded = new Set(victim.recorded().keys());
  const begun = victim.ran().slice(before);

  // The next run ends as a clean one, and repeats only what has no record.
  scenario.mend?.(victim);
  const next = await victim.runJson(scenario.text);
  const expected = clean.get(scenario.text);
  expect(next).toMatchObject({ ok: true, failed: 0 });
  expect(digestsOf(next)).toEqual(expected?.digests);
  expect(exportedIn(victim)).toEqual(expected?.exported);
  const again = victim.ran().slice(before + begun.length);
  if (scenario.damaged !== true && scenario.text === 'one') {
    expect(again).toEqual(stages.filter((stage) => !recorded.has(stage)));
  }

  // Nothing is left of the killed run: no stage to run, no lock, no half-written file.
  expect(await victim.runJson(scenario.text)).toMatchObject({ ran: 0, hit: stages.length });
  expect(victim.filesIn('cache/locks')).toEqual([]);
  expect(victim.project.files('cache/tmp')).toEqual([]);
  if (scenario.damaged === true) expect((await victim.flow(['verify'])).code).toBe(0);
}
