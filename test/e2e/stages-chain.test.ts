import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Chain } from '../rig/fastmtl-chain.ts';
import { StageRig } from '../rig/run-stage.ts';
import type { StageEnd } from '../rig/run-stage.ts';

const phase = { epochs: 2, lr: 1e-3, batch: 8, warmup: 0.1, bucket: 0 };
const params = {
  rows: 40,
  td: { rows: 10, ...phase },
  to: phase,
  ft: phase,
  model: { layers: 1, hidden: 16, heads: 2, ffn: 24, positions: 24, init: 0.1, dropout: 0.1, pooling: 'cls' }, // prettier-ignore
  backend: 'wasm',
};

let root: string;
let rig: StageRig;
let chain: Chain;
let td: StageEnd;
beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'chain-'));
  rig = new StageRig(root);
  chain = new Chain(rig, path.join(root, 'shared'), params);
  await chain.prepare();
  td = await chain.trainTd('bce', 0);
});
afterAll(() => {
  rig.close();
  rmSync(root, { recursive: true });
});

const lines = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n');
const json = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>;
const bytes = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => path.join(parentPath, name))
    .sort()
    .map((file) => [path.relative(folder, file), readFileSync(file, 'hex')]);
const output = (end: StageEnd, name: string) => end.outputs[name] as string;

describe('the stages of the experiment', () => {
  test('give dev and test predictions from chosen rows', async () => {
    expect(json(output(td, 'metrics'))).toMatchObject({ rows: 80, passes: 160 });
    const scores = await chain.scores(0, output(td, 'model'));
    expect(lines(scores)[0]).toBe('task\trow\trte\tmrpc\tstsb');
    expect(lines(scores)).toHaveLength(1 + 8 * 30);
    const selection = await chain.select('rte', 'bce', 20, 0, scores);
    expect(lines(output(selection, 'selection'))).toHaveLength(21);
    const to = await chain.trainTo('rte', 0, output(selection, 'selection'));
    expect(json(output(to, 'metrics'))).toMatchObject({ rows: 60, passes: 120 });
    const ft = await chain.finetune('rte', 0, output(to, 'model'));
    const chosen = json(output(ft, 'metrics'));
    expect(lines(output(ft, 'epochs'))).toHaveLength(1 + 3);
    const answers = await chain.predict('rte', 0, { checkpoints: output(ft, 'checkpoints'), chosen: output(ft, 'metrics') }); // prettier-ignore
    expect(json(output(answers, 'metrics'))).toEqual({ score: chosen['score'], accuracy: chosen['accuracy'] }); // prettier-ignore
    const predictions = output(answers, 'predictions');
    expect(readdirSync(predictions)).toEqual(['dev.tsv', 'test.tsv']);
    expect(lines(path.join(predictions, 'dev.tsv'))).toHaveLength(601);
    expect(lines(path.join(predictions, 'test.tsv'))).toHaveLength(301);
    const own = await chain.predict('rte', 0, { model: output(to, 'model') });
    expect(json(output(own, 'metrics'))['accuracy']).toBe(Number(lines(output(ft, 'epochs'))[1]?.split('\t')[2])); // prettier-ignore
  });

  test('run from random scores, from the primary alone, from all rows and from nothing', async () => {
    const selection = await chain.select('stsb', 'random', 20, 0, await chain.scores(0));
    const chosen = await chain.trainTo('stsb', 0, output(selection, 'selection'));
    const none = await chain.select('stsb', 'random', 0, 0, await chain.scores(0));
    const alone = await chain.trainTo('stsb', 0, output(none, 'selection'));
    expect(json(output(alone, 'metrics'))['rows']).toBe(40);
    const all = await chain.trainTo('stsb', 0);
    expect(json(output(all, 'metrics'))['rows']).toBe(320);
    for (const model of [output(chosen, 'model'), output(all, 'model'), undefined]) {
      const metrics = json(output(await chain.finetune('stsb', 0, model), 'metrics'));
      expect(Object.keys(metrics)).toEqual(['score', 'pearson', 'spearman', 'epoch', 'rows', 'passes', 'tokens']); // prettier-ignore
    }
  });

  test('give the features that a map is drawn of', async () => {
    const features = await chain.features(0, output(td, 'model'));
    expect(lines(path.join(features, 'rows.tsv'))).toHaveLength(1 + 8 * 5);
  });

  test('make the same files again, and report progress and losses', async () => {
    const again = await chain.trainTd('bce', 0);
    expect(bytes(output(again, 'model'))).toEqual(bytes(output(td, 'model')));
    expect(td.events).toContainEqual({ type: 'progress', done: 160, total: 160, unit: 'examples' });
    expect(td.events.filter(({ type }) => type === 'metric').map(({ name, step }) => `${String(name)} ${String(step)}`)).toEqual([
      'task_loss 1', 'discriminator_loss 1', 'task_loss 2', 'discriminator_loss 2',
    ]); // prettier-ignore
  });
});
