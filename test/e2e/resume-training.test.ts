// Trainings of FastMTL's pipeline that are ended in the middle and go on from what they saved: the
// outputs are those of a training that nobody ended. Where they are ended is told in steps, not in
// seconds (rig/stop-points).
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunSummary } from '../../src/flow/core/events.ts';
import { FastmtlProject } from '../rig/fastmtl-project.ts';

const stopPoints = fileURLToPath(new URL('../rig/stop-points.ts', import.meta.url));

// Dropout, so that its random stream is among what has to go on.
const params = ['rows=60', 'seeds=0', 'strategies=random', 'NUM=30', 'model.dropout=0.1',
  'td={ rows: 40, epochs: 3 }', 'to.epochs=3', 'ft.epochs=3'].flatMap((param) => ['-p', param]); // prettier-ignore
const CHOSEN = 'primary=rte,strategy=random,num=30,seed=0';
const TD = 'train-td@disc=ce,seed=0';
const TO = `train-to@${CHOSEN}`;
const FT = `finetune@${CHOSEN}`;
const TRAININGS = [TD, TO, FT];

type Instances = ReadonlyMap<string, RunSummary['instances'][number]>;

let project: FastmtlProject;
let clean: Instances;

beforeAll(async () => {
  project = new FastmtlProject();
  await finish('inputs', 'split', 'vocabulary', 'prepare', `select@${CHOSEN}`);
  clone('inputs', 'clean');
  clean = await finish('clean', TD, FT);

  cpSync(stopPoints, path.join(project.folder, 'src/ml/stop-points.ts'));
  const stopping = "import { goesOn, stopAt } from '../stop-points.ts';\n";
  const resume = 'src/ml/experiment/resume.ts';
  project.edit(resume, (text) => stopping + text);
  // Saved every ten seconds, so short a training would not be saved at all.
  const everyOther =
    "if (position.batch % 2 !== 0) return stopAt(checkpoint, 'unsaved', position);";
  project.edit(resume, (text) => text.replace('if (start < next) return;', everyOther));
  project.edit(resume, (text) =>
    text.replace(/^ +saveTraining\(.*\);$/m, "$&\n        stopAt(checkpoint, 'saved', position);"),
  );
  project.edit(resume, (text) =>
    text.replace(/^ +learner\.restore\(.*\);$/m, '    goesOn(checkpoint, saved.position);\n$&'),
  );
  project.edit('src/ml/train/saved-training.ts', (text) =>
    // Written, but not yet under its name.
    text.replace(
      /=>\n +(writeSafetensors\(.*\)),$/m,
      "=> {\n $1;\n stopAt(folder, 'saving', position);\n }",
    ),
  );
  project.edit('src/ml/train/saved-training.ts', (text) => stopping + text);
  project.edit(
    'pipelines/fastmtl.yaml',
    (text) =>
    text.replaceAll(/^ {4}ts: stages\/(train-t[do]|finetune)\.ts$/gm, '$&\n    retries: { times: 20 }'), // prettier-ignore
  );
});

afterAll(() => project.close());

const args = (cache: string, targets: readonly string[]) =>
  ['run', 'pipelines/fig3.yaml', ...targets, '--cache', cache, '--json', '-j', '2', ...params]; // prettier-ignore

async function finish(cache: string, ...targets: string[]): Promise<Instances> {
  return instances(await project.flow(...args(cache, targets)));
}

function instances(ended: { readonly stdout: string; readonly stderr: string }): Instances {
  const summary = JSON.parse(ended.stdout) as RunSummary;
  if (!summary.ok) throw new Error(ended.stderr);
  return new Map(summary.instances.map((each) => [each.id, each]));
}

const outputs = (all: Instances, ids = TRAININGS) => ids.map((id) => all.get(id)?.outputs);
const keyOf = (all: Instances, id: string): string => {
  const key = all.get(id)?.key?.split(':').at(-1);
  if (key === undefined) throw new Error(`no key for ${id}`);
  return key;
};

function clone(from: string, to: string): void {
  cpSync(path.join(project.folder, from), path.join(project.folder, to), { recursive: true });
}

/** Places where every training of a cache stops, once. */
class Gate {
  readonly #folder: string;
  readonly #seen = new Set<string>();

  constructor(cache: string, points: readonly string[]) {
    this.#folder = path.join(project.folder, `${cache}.gate`);
    mkdirSync(this.#folder);
    writeFileSync(path.join(this.#folder, 'points'), points.join('\n'));
  }

  /** Number of places that a training has come to. */
  get reached(): number {
    return this.#seen.size;
  }

  /** Where a training went on, in its order. */
  continued(key: string): readonly string[] {
    const lines = readFileSync(path.join(this.#folder, 'continued'), 'utf8').split('\n');
    return lines.filter((line) => line.startsWith(key)).map((line) => line.split(' ')[1] ?? '');
  }

  /** Calls `act` with the pid of each training that comes to a place, until the run has ended. */
  async watch<T>(ended: Promise<T>, act: (pid: number) => void): Promise<T> {
    let over = false;
    const end = ended.finally(() => {
      over = true;
    });
    for (;;) {
      if (over) return end;
      for (const name of readdirSync(this.#folder)) {
        if (!name.includes('@') || name.endsWith('.part') || this.#seen.has(name)) continue;
        this.#seen.add(name);
        act(Number(readFileSync(path.join(this.#folder, name), 'utf8')));
      }
      await Promise.race([end, new Promise((resolve) => setTimeout(resolve, 10))]);
    }
  }
}

test('a training killed at several points goes on in the next attempt, to the same bytes', async () => {
  clone('inputs', 'stage');
  const gate = new Gate('stage', ['unsaved@0.1', 'saved@0.2', 'unsaved@1.1', 'saving@2.0', 'saved@2.2', 'saved@3.0']); // prettier-ignore
  const run = project.start(...args('stage', [TD, FT]));
  const all = instances(await gate.watch(run.ended, (pid) => process.kill(pid, 'SIGKILL')));
  expect(outputs(all)).toEqual(outputs(clean));
  expect(gate.reached).toBe(6 * TRAININGS.length);
  for (const id of TRAININGS) {
    // Each time from the last state that had come to its name.
    const before2 = expect.stringMatching(/^1\.\d+$/) as unknown;
    expect(gate.continued(keyOf(all, id))).toEqual(['0.2', '1.0', before2, '2.2', '3.0']);
  }
});

test('a training whose driver is killed goes on in the next run, to the same bytes', async () => {
  clone('inputs', 'driver');
  const gate = new Gate('driver', ['saved@0.2', 'unsaved@1.1', 'saving@2.0']);
  for (;;) {
    const run = project.start(...args('driver', [TD, FT]));
    const ended = await gate.watch(run.ended, () => run.child.kill('SIGKILL'));
    if (ended.code === null) continue;
    const all = instances(ended);
    expect(outputs(all)).toEqual(outputs(clean));
    // The driver of one is often that of another, which then stands anywhere.
    for (const id of TRAININGS) {
      expect(gate.continued(keyOf(all, id)).length).toBeGreaterThanOrEqual(3);
    }
    break;
  }
  expect(gate.reached).toBe(3 * TRAININGS.length);
});

test('a training longer than its timeout comes to its end attempt by attempt, to the same bytes', async () => {
  project.edit('pipelines/fastmtl.yaml', (text) =>
    text.replace(/^ {4}ts: stages\/train-td\.ts$/m, '$&\n    timeout: 4s'),
  );
  clone('inputs', 'timeout');
  const gate = new Gate('timeout', ['saved@1.0', 'saved@2.2']);
  const run = project.start(...args('timeout', [TD]));
  const all = instances(await gate.watch(run.ended, () => undefined));
  expect(outputs(all, [TD])).toEqual(outputs(clean, [TD]));
  expect(gate.reached).toBe(2);
  expect(gate.continued(keyOf(all, TD)).length).toBeGreaterThanOrEqual(2);
});
