// Trainings of FastMTL's pipeline that are ended in the middle and go on from what they saved: the
// outputs are those of a training that nobody ended.
import { cpSync, existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunSummary } from '../../src/flow/core/events.ts';
import { FastmtlProject } from '../rig/fastmtl-project.ts';

const params =
  ['rows=60', 'seeds=0', 'strategies=random', 'NUM=30', 'td={ rows: 40, epochs: 25 }', 'to.epochs=25'] // prettier-ignore
    .flatMap((param) => ['-p', param]);
const CHOSEN = 'primary=rte,strategy=random,num=30,seed=0';
const TD = 'train-td@disc=ce,seed=0';
const TO = `train-to@${CHOSEN}`;

let project: FastmtlProject;
let clean: Readonly<Record<string, unknown>>;

beforeAll(async () => {
  project = new FastmtlProject();
  // Saved every ten seconds, so short a training would not be saved at all.
  project.edit(
    'src/ml/experiment/resume.ts',
    (text) =>
    text.replace('SAVE_INTERVAL_MS = 10_000', 'SAVE_INTERVAL_MS = 30').replace('SAVE_SHARE = 0.05', 'SAVE_SHARE = 1'), // prettier-ignore
  );
  project.edit('pipelines/fastmtl.yaml', (text) =>
    text.replaceAll(/^ {4}ts: stages\/train-t[do]\.ts$/gm, '$&\n    retries: { times: 20 }'),
  );
  await finish('inputs', 'split', 'vocabulary', 'prepare', `select@${CHOSEN}`);
  clone('inputs', 'clean');
  clean = await finish('clean', TD, TO);
}, 60_000);

afterAll(() => project.close());

const args = (cache: string, targets: readonly string[]) =>
  ['run', 'pipelines/fig3.yaml', ...targets, '--cache', cache, '--json', '-j', '2', ...params]; // prettier-ignore

async function finish(cache: string, ...targets: string[]): Promise<Record<string, unknown>> {
  return outputs(await project.flow(...args(cache, targets)));
}

function outputs(ended: { readonly stdout: string; readonly stderr: string }) {
  const summary = JSON.parse(ended.stdout) as RunSummary;
  if (!summary.ok) throw new Error(ended.stderr);
  return Object.fromEntries(summary.instances.map((each) => [each.id, each.outputs]));
}

function clone(from: string, to: string): void {
  cpSync(path.join(project.folder, from), path.join(project.folder, to), { recursive: true });
}

/** Inode of every saved state: a save replaces the file. */
function saves(cache: string): readonly number[] {
  const folder = path.join(project.folder, cache, 'checkpoints');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('training.safetensors'))
    .map((name) => statSync(path.join(folder, name), { throwIfNoEntry: false })?.ino ?? 0);
}

/** Resolves when so many saves more than now have been seen. */
async function savedAnew(cache: string, count: number, still: () => boolean): Promise<boolean> {
  const seen = new Set(saves(cache));
  const target = seen.size + count;
  while (seen.size < target && still()) {
    for (const ino of saves(cache)) seen.add(ino);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return seen.size >= target;
}

/** Pids of the trainings that a driver runs. */
function trainings(driver: number): readonly number[] {
  return readFileSync(`/proc/${driver}/task/${driver}/children`, 'utf8')
    .split(' ')
    .filter((pid) => pid.trim() !== '')
    .map(Number)
    .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('train-t'));
}

const notes = (cache: string) =>
  readdirSync(path.join(project.folder, cache, 'runs')).flatMap((run) =>
    readFileSync(path.join(project.folder, cache, 'runs', run, 'events.ndjson'), 'utf8')
      .split('\n')
      .filter((line) => line.includes('continues after epoch')),
  );

describe.skipIf(!existsSync('/proc/self/task'))('a training', () => {
  test('killed after several of its saves goes on in the next attempt, to the same bytes', async () => {
    clone('inputs', 'stage');
    const run = project.start(...args('stage', [TD, TO]));
    let kills = 0;
    for (const count of [1, 2, 5, 12]) {
      if (!(await savedAnew('stage', count, () => run.child.exitCode === null))) break;
      for (const pid of trainings(run.child.pid as number)) {
        process.kill(pid, 'SIGKILL');
        kills += 1;
      }
    }
    expect(outputs(await run.ended)).toEqual(clean);
    expect(kills).toBeGreaterThanOrEqual(4);
    expect(notes('stage').length).toBeGreaterThanOrEqual(4);
  }, 60_000);

  test('whose driver is killed goes on in the next run, to the same bytes', async () => {
    clone('inputs', 'driver');
    for (const count of [2, 7]) {
      const run = project.start(...args('driver', [TD, TO]));
      expect(await savedAnew('driver', count, () => run.child.exitCode === null)).toBe(true);
      run.child.kill('SIGKILL');
      await run.ended;
    }
    expect(await finish('driver', TD, TO)).toEqual(clean);
    expect(notes('driver').length).toBeGreaterThanOrEqual(2);
  }, 60_000);

  test('longer than its timeout comes to its end attempt by attempt, to the same bytes', async () => {
    project.edit('pipelines/fastmtl.yaml', (text) =>
      text.replace(/^ {4}ts: stages\/train-td\.ts$/m, '$&\n    timeout: 1500ms'),
    );
    clone('inputs', 'timeout');
    const ended = await finish('timeout', TD);
    expect(ended[TD]).toEqual(clean[TD]);
    expect(notes('timeout').length).toBeGreaterThanOrEqual(1);
  }, 60_000);
});
