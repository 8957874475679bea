// The TD-MTDNN's pooled vectors of rows of every task that it was not trained on.
import { openStage } from 'fastmtl-flow/stage-kit';
import { readSplit } from '../src/ml/data/split-file.ts';
import { openLearner, openProbedBackend } from '../src/ml/experiment/learner.ts';
import { readModel } from '../src/ml/experiment/model.ts';
import { unseenRows, writeFeatures } from '../src/ml/experiment/pool.ts';
import { count } from '../src/ml/experiment/settings.ts';
import { openDev, openTasks } from '../src/ml/experiment/task-rows.ts';

const stage = openStage();
const most = count('tsne_rows', stage.param('tsne_rows'), 1);
const batch = count('eval_batch', stage.param('eval_batch'), 1);
const model = readModel(stage.input('model'));
const learner = openLearner(await openProbedBackend(stage.input('backend')), model);
const split = readSplit(stage.input('split'));
const tasks = openTasks(stage.collected('rows'), split);
const unseen = unseenRows(tasks, openDev(stage.collected('dev')), split, most);
for (const { task, split: from } of unseen) {
  if (from === 'dev') stage.note(`${task} has no candidates, so the picture shows its dev rows`);
}
await writeFeatures(stage.output('features'), learner, unseen, { batch, report: stage });
