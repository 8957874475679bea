// Answers the rows of all splits but train with a model, or with the chosen checkpoint of a fine-tuning.
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { openStage } from 'fastmtl-flow/stage-kit';
import { readPrepared, readPreparedMeta } from '../src/ml/data/prepared.ts';
import { readTexts, readTextsMeta } from '../src/ml/data/texts.ts';
import type { TokenRows } from '../src/ml/data/token-rows.ts';
import { score } from '../src/ml/experiment/choice.ts';
import { answer, devMetrics } from '../src/ml/experiment/evaluate.ts';
import { writeMetrics } from '../src/ml/experiment/flat-metrics.ts';
import { openLearner, openProbedBackend } from '../src/ml/experiment/learner.ts';
import { readModel, withHeadOf } from '../src/ml/experiment/model.ts';
import { writePredictions } from '../src/ml/experiment/predictions.ts';
import { count } from '../src/ml/experiment/settings.ts';
import { checkFit } from '../src/ml/experiment/start.ts';
import { readMeasures } from '../src/ml/tasks/task-file.ts';
import { isDev } from '../src/ml/tasks/task.ts';

const stage = openStage();
const batch = count('eval_batch', stage.param('eval_batch'), 1);
const measures = readMeasures(stage.input('measures'));
const texts = stage.input('texts');
const { labels } = readTextsMeta(texts);
const folders = [stage.input('dev'), stage.input('others')].map((folder) => ({
  folder,
  meta: readPreparedMeta(folder),
}));
const [{ meta }] = folders as [(typeof folders)[number]];
const { task } = meta;
const model = withHeadOf(readModel(modelFolder()), task);
checkFit(
  model.config,
  folders.map((one) => ({ task, meta: one.meta })),
);
const learner = openLearner(await openProbedBackend(stage.input('backend')), model);

const output = stage.output('predictions');
mkdirSync(output, { recursive: true });
const metrics: Record<string, number> = {};
for (const { folder, meta } of folders) {
  for (const split of Object.keys(meta.splits)) {
    const data = readPrepared(folder, split) as TokenRows;
    const answers = await answer(learner, { task, data }, model.labelScale, batch);
    const ids = Array.from(readTexts(texts, split), ({ id }) => id);
    writePredictions(path.join(output, `${split}.tsv`), answers, {
      ids,
      labels: data.labels,
      names: labels,
    });
    if (!isDev(split)) continue;
    const found = devMetrics(answers, data.labels, measures);
    if (split === 'dev') Object.assign(metrics, { score: score(measures, found) }, found);
    else for (const [name, value] of Object.entries(found)) metrics[`${split}_${name}`] = value;
  }
}
if (metrics['score'] === undefined) throw new Error(`${task} has no dev rows`);
writeMetrics(stage.output('metrics'), metrics);
if (!folders.some(({ meta }) => 'test' in meta.splits)) {
  stage.note(`${task} has no test rows, so there are no test predictions`);
}

function modelFolder(): string {
  if (stage.hasInput('model')) return stage.input('model');
  const { epoch } = JSON.parse(readFileSync(stage.input('chosen'), 'utf8')) as { epoch: number };
  return path.join(stage.input('checkpoints'), `epoch-${epoch}`);
}
