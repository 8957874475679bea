// A large file is tokenised by threads that run the stage's own bundle.
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { prepareTask } from '../../src/ml/data/prepare.ts';
import { readPrepared } from '../../src/ml/data/prepared.ts';
import { writeWordTokenizer } from '../../src/ml/experiment/vocabulary.ts';
import { Stream } from '../../src/ml/random.ts';
import { filesBelow } from '../../src/ml/data/rows/task-files.ts';
import { writeEntry } from '../../src/ml/tasks/task-file.ts';
import { task } from '../rig/glue-tasks.ts';
import { encoderHere } from '../../src/ml/text/row-encoder.ts';
import { openTokenizer } from '../../src/ml/text/tokenizer-folder.ts';
import { PREPARED } from '../rig/fastmtl-chain.ts';
import { StageRig } from '../rig/run-stage.ts';

let root: string;
let rig: StageRig;
const raw = () => path.join(root, 'glue');
const tokenizer = () => path.join(root, 'tokenizer');
beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'threads-'));
  rig = new StageRig(root);
  const stream = Stream.named(1, 'rows');
  const words = Array.from({ length: 300 }, (_, i) => `word${i}`.padEnd(40, 'x'));
  const line = (label: number) => `${Array.from({ length: 1 + stream.below(60) }, () => words[stream.below(300)]).join(' ')}\t${label}`; // prettier-ignore
  mkdirSync(path.join(raw(), 'SST-2'), { recursive: true });
  for (const [name, rows] of [
    ['train', 8000],
    ['dev', 700],
  ] as const) {
    const lines = Array.from({ length: rows }, (_, i) => line(i % 2));
    writeFileSync(path.join(raw(), 'SST-2', `${name}.tsv`), ['sentence\tlabel', ...lines, ''].join('\n')); // prettier-ignore
  }
  writeEntry(path.join(root, 'data.json'), task('sst2'));
  await writeWordTokenizer(tokenizer(), {
    tasks: [{ task: task('sst2'), find: filesBelow(raw()) }],
    draw: { rows: 3000, seed: 0 },
    badRows: 'fail',
  });
});
afterAll(() => {
  rig.close();
  rmSync(root, { recursive: true });
});

const run = (folder: string) => ({
  params: { task: 'sst2', rows: null, rows_seed: 0, bad_rows: 'fail', max_length: 32 },
  inputs: { task: path.join(root, 'data.json'), raw: raw(), tokenizer: folder },
  outputs: PREPARED,
});

test('the threads give the rows that one thread gives, in their order', async () => {
  expect(statSync(path.join(raw(), 'SST-2', 'train.tsv')).size).toBeGreaterThan(8 << 20);
  const end = await rig.run('prepare', run(tokenizer()));
  const here = await prepareTask(
    filesBelow(raw()),
    { task: task('sst2'), draw: { rows: null, seed: 0 }, badRows: 'fail' },
    { encoder: encoderHere(openTokenizer(tokenizer()), 32) },
  );
  const folders = { train: end.outputs['rows'], dev: end.outputs['dev'] };
  for (const split of ['train', 'dev'] as const) {
    expect(readPrepared(folders[split] as string, split)).toEqual(here.splits.get(split));
  }
  const progress = end.events.filter(({ type }) => type === 'progress');
  expect(progress.at(-1)).toMatchObject({ done: 8702, total: 8702, unit: 'rows' });
});
