// Fine-tunes on the primary alone, from a TO-MTDNN or a full MT-DNN; without one from the encoder,
// which is the single-task baseline. Saves one checkpoint per epoch; the dev metrics select one.
import { writeFileSync } from 'node:fs';
import { openStage } from 'fastmtl-flow/stage-kit';
import { readSplit } from '../src/ml/data/split-file.ts';
import { score } from '../src/ml/experiment/choice.ts';
import { readMeasures } from '../src/ml/tasks/task-file.ts';
import { finetune } from '../src/ml/experiment/finetune.ts';
import { cost, writeMetrics } from '../src/ml/experiment/flat-metrics.ts';
import { openLearner, openProbedBackend } from '../src/ml/experiment/learner.ts';
import { readModel, withHeadOf } from '../src/ml/experiment/model.ts';
import { flag, labelScales, modelSettings, phaseSettings } from '../src/ml/experiment/settings.ts';
import { checkFit, startModel } from '../src/ml/experiment/start.ts';
import { everyRow, openTask } from '../src/ml/experiment/task-rows.ts';
import { trainingSeed } from '../src/ml/train/seeds.ts';
import type { TrainingTask } from '../src/ml/train/train.ts';

const stage = openStage();
const settings = stage.hasParam('st') ? 'st' : 'ft';
const phase = phaseSettings(settings, stage.object(settings), stage.param('lr'));
const seed = trainingSeed('ft_seed', stage.param('ft_seed'), stage.number('seed'));
const epoch0 = flag('epoch0', stage.param('epoch0'));
const lowResource = flag('low_resource_ft', stage.param('low_resource_ft'));

const primary = openTask(stage.input('rows'), 'train');
const { task } = primary;
if (stage.string('primary') !== task) throw new Error(`the rows are of ${task}, the primary is ${stage.string('primary')}`); // prettier-ignore
const dev = openTask(stage.input('dev'), 'dev').data;
const measures = readMeasures(stage.input('measures'));
if (lowResource && !stage.hasInput('split')) {
  throw new Error("low_resource_ft needs the input 'split', which lists the rows to keep");
}
const split = lowResource ? readSplit(stage.input('split')) : undefined;
const [part] = everyRow([primary], split) as readonly [TrainingTask];

const model = stage.hasInput('model')
  ? withHeadOf(readModel(stage.input('model')), task)
  : startModel(
      {
        model: modelSettings('model', stage.object('model')),
        ...(stage.hasInput('encoder') ? { encoder: stage.input('encoder') } : {}),
        rows: [primary],
        heads: [task],
        discriminator: [],
        labelScale: labelScales('label_scale', stage.object('label_scale'), [primary]),
        seed,
      },
      stage,
    );
checkFit(model.config, [primary, openTask(stage.input('dev'), 'dev')]);
const learner = openLearner(
  await openProbedBackend(stage.input('backend')),
  model,
  phase.optimiser,
);
const log = await finetune({
  learner,
  model,
  part,
  dev,
  measures,
  settings: { ...phase, seed, labelScale: model.labelScale },
  epoch0,
  models: stage.output('checkpoints'),
  tokenizer: stage.input('tokenizer'),
  checkpoint: stage.checkpoint,
  report: stage,
});
const best = log.best();
writeFileSync(stage.output('epochs'), log.table());
writeMetrics(stage.output('metrics'), {
  score: score(measures, best.dev),
  ...best.dev,
  epoch: best.epoch,
  ...cost([part], phase.epochs),
});
