// Scores every candidate by the log of the probability that the TD-MTDNN gives the primary.
import { openStage } from 'fastmtl-flow/stage-kit';
import { Shards } from '../src/ml/data/shards.ts';
import { readSplit } from '../src/ml/data/split-file.ts';
import { openLearner, openProbedBackend } from '../src/ml/experiment/learner.ts';
import { readModel } from '../src/ml/experiment/model.ts';
import { scorePool } from '../src/ml/experiment/pool.ts';
import { count, taskNames } from '../src/ml/experiment/settings.ts';
import { openTasks } from '../src/ml/experiment/task-rows.ts';
import { writeScores } from '../src/ml/select/scores.ts';

const stage = openStage();
const primaries = taskNames('scored', stage.param('scored'));
const batch = count('eval_batch', stage.param('eval_batch'), 1);
const model = readModel(stage.input('model'));
const learner = openLearner(await openProbedBackend(stage.input('backend')), model);
const split = readSplit(stage.input('split'));
const tasks = openTasks(stage.collected('rows'), split);
const shards = new Shards(stage.checkpoint);
const scores = await scorePool(learner, model, tasks, split, {
  primaries,
  batch,
  by: 'softmax',
  report: stage,
  shards,
});
writeScores(stage.output('scores'), scores);
