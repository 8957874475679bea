// Selects exactly N rows, those with the highest scores.
import { writeFileSync } from 'node:fs';
import { openStage } from 'fastmtl-flow/stage-kit';
import { readSplit } from '../src/ml/data/split-file.ts';
import { endWithMessage } from '../src/ml/experiment/end-with-message.ts';
import { count } from '../src/ml/experiment/settings.ts';
import { droppedRows, readLeaks, SIDES } from '../src/ml/leakage/leaks-file.ts';
import { leakCounts } from '../src/ml/select/leak-counts.ts';
import { readScores } from '../src/ml/select/scores.ts';
import { poolSize, selectTop } from '../src/ml/select/select.ts';
import { writeSelection } from '../src/ml/select/selection.ts';
import { useData } from '../src/ml/select/use-data.ts';

const stage = openStage();
try {
  const primary = stage.string('primary');
  const n = count('num', stage.param('num'), 0);
  const scores = readScores(stage.input('scores'));
  const split = readSplit(stage.input('split'));
  const leaks = readLeaks(stage.input('leaks'));
  const dropped = droppedRows(stage.string('leakage'), stage.input('leaks'));
  const chosen = selectTop(scores, split, primary, n, dropped);
  writeSelection(stage.output('selection'), chosen);
  const counts = leakCounts(leaks, split, primary, chosen);
  for (const side of SIDES) {
    const count = counts[`leak_${side}`] ?? 0;
    if (count > 0) stage.note(`${count} chosen rows repeat a ${side} row of ${primary}`);
  }
  const use = {
    ...useData(chosen, split.tasks.keys()),
    pool: poolSize(split, primary, dropped),
    ...counts,
  };
  writeFileSync(stage.output('use_data'), `${JSON.stringify(use, null, 2)}\n`);
} catch (error) {
  endWithMessage(error);
}
