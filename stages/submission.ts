// Packs test predictions for GLUE's site. Files without predictions are placeholders, which a manifest lists.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openStage } from 'fastmtl-flow/stage-kit';
import type { TaskName } from '../src/ml/tasks/tasks.ts';
import { taskName } from '../src/ml/tasks/tasks.ts';
import { answers } from '../src/ml/submission/predictions.ts';
import { submission } from '../src/ml/submission/submission.ts';
import type { Predicted } from '../src/ml/submission/submission.ts';
import { testIndex } from '../src/ml/submission/test-index.ts';
import { zip } from '../src/ml/submission/zip.ts';

const stage = openStage();
const raw = stage.input('raw');
const submitted = {
  strategy: stage.string('submit_strategy'),
  num: stage.number('submit_num'),
  seed: stage.number('submit_seed'),
};

const predicted = new Map<TaskName, Predicted>();
for (const { axes, path: folder } of stage.collected('predictions')) {
  const of = taskName(String(axes['primary']));
  const file = path.join(folder, 'test.tsv');
  if (predicted.has(of))
    throw new Error(`two models predict ${of}: choose one of them with an axis`);
  if (!existsSync(file)) continue;
  predicted.set(of, {
    answers: answers(readFileSync(file, 'utf8'), of, file),
    axes: { ...submitted, ...axes },
  });
}

const { files, manifest } = submission((test) => {
  const file = path.join(raw, test);
  return existsSync(file) ? testIndex(file) : undefined;
}, predicted);
writeFileSync(stage.output('zip'), zip(files));
writeFileSync(stage.output('manifest'), `${JSON.stringify(manifest, null, 2)}\n`);
