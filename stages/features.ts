// The pooled vectors of the first candidates of every task, as the TD-MTDNN sees them.
import { openStage } from 'fastmtl-flow/stage-kit';
import { readSplit } from '../src/ml/data/split-file.ts';
import { openLearner, openProbedBackend } from '../src/ml/experiment/learner.ts';
import { readModel } from '../src/ml/experiment/model.ts';
import { writeFeatures } from '../src/ml/experiment/pool.ts';
import { count } from '../src/ml/experiment/settings.ts';
import { openTasks } from '../src/ml/experiment/task-rows.ts';
import { EVAL_BATCH } from '../src/ml/experiment/evaluate.ts';

const stage = openStage();
const most = count('tsne_rows', stage.param('tsne_rows'), 1);
const model = readModel(stage.input('model'));
const learner = openLearner(await openProbedBackend(stage.input('backend')), model);
const tasks = openTasks(stage.collected('rows'));
const split = readSplit(stage.input('split'));
await writeFeatures(stage.output('features'), learner, tasks, split, { most, batch: EVAL_BATCH, report: stage }); // prettier-ignore
