// Cuts a ranking at exactly N rows.
import { writeFileSync } from 'node:fs';
import { openStage } from 'fastmtl-flow/stage-kit';
import { taskName } from '../src/ml/data/tasks.ts';
import { count } from '../src/ml/experiment/settings.ts';
import { readScores } from '../src/ml/select/scores.ts';
import { selectTop } from '../src/ml/select/select.ts';
import { writeSelection } from '../src/ml/select/selection.ts';
import { useData } from '../src/ml/select/use-data.ts';

const stage = openStage();
const primary = taskName(stage.string('primary'));
const n = count('num', stage.param('num'), 0);
const chosen = selectTop(readScores(stage.input('scores')), primary, n);
writeSelection(stage.output('selection'), chosen);
writeFileSync(stage.output('use_data'), `${JSON.stringify(useData(chosen), null, 2)}\n`);
