// Packs test predictions for GLUE's site. Files without predictions are placeholders, which a manifest lists.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openStage } from 'fastmtl-flow/stage-kit';
import type { Axes } from 'fastmtl-flow/stage-kit';
import { catalogueEntry, parseTasks } from '../src/ml/tasks/catalogue.ts';
import { submittedFiles } from '../src/ml/submission/files.ts';
import { answers } from '../src/ml/submission/predictions.ts';
import { submission } from '../src/ml/submission/submission.ts';
import type { TaskName } from '../src/ml/tasks/task.ts';
import { testIndex } from '../src/ml/submission/test-index.ts';
import { zip } from '../src/ml/submission/zip.ts';

const stage = openStage();
const raw = stage.input('raw');
const submitted = {
  strategy: stage.string('submit_strategy'),
  num: stage.number('submit_num'),
  seed: stage.number('submit_seed'),
};

const file = stage.input('tasks');
const glue = parseTasks(readFileSync(file, 'utf8'), file, 'glue');
const tasks = new Map([...glue.tasks.keys()].map((name) => [name, catalogueEntry(name, [glue])]));
const folders = new Map<TaskName, { readonly folder: string; readonly axes: Axes }>();
for (const { axes, path: folder } of stage.collected('predictions')) {
  const of = String(axes['primary']);
  if (folders.has(of)) throw new Error(`two models predict ${of}: choose one of them with an axis`);
  folders.set(of, { folder, axes: { ...submitted, ...axes } });
}

const { files, manifest } = submission(
  submittedFiles([...tasks.values()]),
  (test) => {
    const place = path.join(raw, test);
    return existsSync(place) ? testIndex(place) : undefined;
  },
  ({ task, split }) => {
    const model = folders.get(task);
    const entry = tasks.get(task);
    const place = path.join(model?.folder ?? '', `${split}.tsv`);
    if (model === undefined || entry === undefined || !existsSync(place)) return undefined;
    return { answers: answers(readFileSync(place, 'utf8'), entry.task, place), axes: model.axes };
  },
);
writeFileSync(stage.output('zip'), zip(files));
writeFileSync(stage.output('manifest'), `${JSON.stringify(manifest, null, 2)}\n`);
