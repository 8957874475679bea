// Trains the TD-MTDNN: all tasks together on few rows each, and a discriminator that predicts the task
// from the pooled vector.
import { openStage } from 'fastmtl-flow/stage-kit';
import { readSplit } from '../src/ml/data/split-file.ts';
import { cost, lastLosses, writeMetrics } from '../src/ml/experiment/flat-metrics.ts';
import { openLearner, openProbedBackend } from '../src/ml/experiment/learner.ts';
import { writeModel } from '../src/ml/experiment/model.ts';
import { trainResumably } from '../src/ml/experiment/resume.ts';
import { discriminatorMode, labelScales, modelSettings, phaseSettings } from '../src/ml/experiment/settings.ts'; // prettier-ignore
import { startModel } from '../src/ml/experiment/start.ts';
import { discriminatorRows, openTasks } from '../src/ml/experiment/task-rows.ts';
import { trainingSeed } from '../src/ml/train/seeds.ts';

const stage = openStage();
const phase = phaseSettings('td', stage.object('td'), stage.param('lr'));
const seed = trainingSeed('td_seed', stage.param('td_seed'), stage.number('seed'));
const discriminator = discriminatorMode(stage.string('disc'));

const split = readSplit(stage.input('split'));
const rows = openTasks(stage.collected('rows'), split);
const labelScale = labelScales('label_scale', stage.object('label_scale'), rows);
const tasks = discriminatorRows(rows, split);
const names = rows.map(({ task }) => task);
const model = startModel(
  {
    model: modelSettings('model', stage.object('model')),
    ...(stage.hasInput('encoder') ? { encoder: stage.input('encoder') } : {}),
    rows,
    heads: names,
    discriminator: names,
    labelScale,
    seed,
  },
  stage,
);
const learner = openLearner(
  await openProbedBackend(stage.input('backend')),
  model,
  phase.optimiser,
);
const losses = await trainResumably({
  learner,
  tasks,
  settings: { ...phase, seed, discriminator, labelScale },
  report: stage,
  checkpoint: stage.checkpoint,
});
const trained = { ...model, weights: await learner.weights() };
writeModel(stage.output('model'), trained, stage.input('tokenizer'));
writeMetrics(stage.output('metrics'), {
  ...cost(tasks, phase.epochs),
  ...lastLosses(losses, true),
});
