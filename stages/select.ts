// Selects exactly N rows, those with the highest scores.
import { writeFileSync } from 'node:fs';
import { openStage } from 'fastmtl-flow/stage-kit';
import { taskName } from '../src/ml/tasks/tasks.ts';
import { count } from '../src/ml/experiment/settings.ts';
import { readScores } from '../src/ml/select/scores.ts';
import { poolSize, selectTop } from '../src/ml/select/select.ts';
import { writeSelection } from '../src/ml/select/selection.ts';
import { useData } from '../src/ml/select/use-data.ts';

const stage = openStage();
const primary = taskName(stage.string('primary'));
const n = count('num', stage.param('num'), 0);
const scores = readScores(stage.input('scores'));
const chosen = selectTop(scores, primary, n);
writeSelection(stage.output('selection'), chosen);
const use = { ...useData(chosen), pool: poolSize(scores, primary) };
writeFileSync(stage.output('use_data'), `${JSON.stringify(use, null, 2)}\n`);
