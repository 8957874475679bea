// Trains the TO-MTDNN on the primary and the chosen auxiliary rows; without a selection, on all rows
// of all tasks, which is the full MT-DNN.
import { openStage } from 'fastmtl-flow/stage-kit';
import { readSplit } from '../src/ml/data/split-file.ts';
import { cost, lastLosses, writeMetrics } from '../src/ml/experiment/flat-metrics.ts';
import { openLearner, openProbedBackend } from '../src/ml/experiment/learner.ts';
import { writeModel } from '../src/ml/experiment/model.ts';
import { trainResumably } from '../src/ml/experiment/resume.ts';
import { labelScales, modelSettings, phaseSettings } from '../src/ml/experiment/settings.ts';
import { startModel } from '../src/ml/experiment/start.ts';
import { everyRow, openTasks, optimisedRows } from '../src/ml/experiment/task-rows.ts';
import { readSelection } from '../src/ml/select/selection.ts';
import { trainingSeed } from '../src/ml/train/seeds.ts';

const stage = openStage();
const settings = stage.hasParam('mt') ? 'mt' : 'to';
const phase = phaseSettings(settings, stage.object(settings), stage.param('lr'));
const seed = trainingSeed('to_seed', stage.param('to_seed'), stage.number('seed'));

const split = readSplit(stage.input('split'));
const rows = openTasks(stage.collected('rows'), split);
const labelScale = labelScales('label_scale', stage.object('label_scale'), rows);
const tasks = stage.hasInput('selection')
  ? optimisedRows(rows, stage.string('primary'), readSelection(stage.input('selection')), split) // prettier-ignore
  : everyRow(rows, split);
const model = startModel(
  {
    model: modelSettings('model', stage.object('model')),
    ...(stage.hasInput('encoder') ? { encoder: stage.input('encoder') } : {}),
    rows,
    heads: tasks.map(({ task }) => task),
    discriminator: [],
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
  settings: { ...phase, seed, labelScale },
  report: stage,
  checkpoint: stage.checkpoint,
});
const trained = { ...model, weights: await learner.weights() };
writeModel(stage.output('model'), trained, stage.input('tokenizer'));
writeMetrics(stage.output('metrics'), {
  ...cost(tasks, phase.epochs),
  ...lastLosses(losses, false),
});
