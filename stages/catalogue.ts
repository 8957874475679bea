// Cuts the files of tasks into one entry per task. `data` says where its rows are, `measures` how its
// answers are measured, and `about` what figures say of it.
import { readFileSync } from 'node:fs';
import { openStage } from 'fastmtl-flow/stage-kit';
import { catalogueEntry, parseTasks } from '../src/ml/tasks/catalogue.ts';
import { endWithMessage } from '../src/ml/experiment/end-with-message.ts';
import { writeEntry } from '../src/ml/tasks/task-file.ts';

const stage = openStage();
try {
  const files = (['glue', 'own'] as const).flatMap((origin) => {
    if (!stage.hasInput(origin)) return [];
    const file = stage.input(origin);
    return [parseTasks(readFileSync(file, 'utf8'), file, origin)];
  });
  const { task, about } = catalogueEntry(stage.string('task'), files);
  const { metrics, score } = about;
  writeEntry(stage.output('data'), task);
  writeEntry(stage.output('measures'), { metrics, score });
  writeEntry(stage.output('about'), about);
} catch (error) {
  endWithMessage(error);
}
