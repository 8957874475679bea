// Answers dev and test rows with a model, or with the chosen checkpoint of a fine-tuning.
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { openStage } from 'fastmtl-flow/stage-kit';
import { readPrepared, readPreparedMeta } from '../src/ml/data/prepared.ts';
import { score } from '../src/ml/experiment/choice.ts';
import { answer, devMetrics } from '../src/ml/experiment/evaluate.ts';
import { writeMetrics } from '../src/ml/experiment/flat-metrics.ts';
import { openLearner, openProbedBackend } from '../src/ml/experiment/learner.ts';
import { readModel, withHeadOf } from '../src/ml/experiment/model.ts';
import { writePredictions } from '../src/ml/experiment/predictions.ts';
import { count } from '../src/ml/experiment/settings.ts';

const stage = openStage();
const batch = count('eval_batch', stage.param('eval_batch'), 1);
const rows = stage.input('rows');
const { task } = readPreparedMeta(rows);
const model = withHeadOf(readModel(modelFolder()), task);
const learner = openLearner(await openProbedBackend(stage.input('backend')), model);

const folder = stage.output('predictions');
mkdirSync(folder, { recursive: true });
for (const split of ['dev', 'test'] as const) {
  const data = readPrepared(rows, split);
  if (data === undefined) {
    if (split === 'dev') throw new Error(`${rows}: ${task} has no dev rows`);
    stage.note(`${task} has no test rows, so there are no test predictions`);
    continue;
  }
  const answers = await answer(learner, { task, data }, model.labelScale, batch);
  writePredictions(path.join(folder, `${split}.tsv`), answers, data.labels);
  if (split === 'dev') {
    const metrics = devMetrics(answers, data.labels);
    writeMetrics(stage.output('metrics'), { score: score(task, metrics), ...metrics });
  }
}

function modelFolder(): string {
  if (stage.hasInput('model')) return stage.input('model');
  const { epoch } = JSON.parse(readFileSync(stage.input('chosen'), 'utf8')) as { epoch: number };
  return path.join(stage.input('checkpoints'), `epoch-${epoch}`);
}
