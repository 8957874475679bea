// Selects exactly N rows, those with the highest scores.
import { writeFileSync } from 'node:fs';
import { openStage } from 'fastmtl-flow/stage-kit';
import { readSplit } from '../src/ml/data/split-file.ts';
import { count } from '../src/ml/experiment/settings.ts';
import { readScores } from '../src/ml/select/scores.ts';
import { poolSize, selectTop } from '../src/ml/select/select.ts';
import { writeSelection } from '../src/ml/select/selection.ts';
import { useData } from '../src/ml/select/use-data.ts';

const stage = openStage();
const primary = stage.string('primary');
const n = count('num', stage.param('num'), 0);
const scores = readScores(stage.input('scores'));
const split = readSplit(stage.input('split'));
const chosen = selectTop(scores, split, primary, n);
writeSelection(stage.output('selection'), chosen);
const use = { ...useData(chosen, split.tasks.keys()), pool: poolSize(split, primary) };
writeFileSync(stage.output('use_data'), `${JSON.stringify(use, null, 2)}\n`);
