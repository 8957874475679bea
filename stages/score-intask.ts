// Random rows of each task, as many as the selection of another strategy has.
import { openStage } from 'fastmtl-flow/stage-kit';
import { readSplit } from '../src/ml/data/split-file.ts';
import { endWithMessage } from '../src/ml/experiment/end-with-message.ts';
import { count } from '../src/ml/experiment/settings.ts';
import { droppedRows } from '../src/ml/leakage/leaks-file.ts';
import { intaskScores } from '../src/ml/scorers/intask.ts';
import { readScores, writeScores } from '../src/ml/select/scores.ts';

const stage = openStage();
try {
  const of = {
    scores: readScores(stage.input('scores')),
    primary: stage.string('primary'),
    num: count('num', stage.param('num'), 0),
    dropped: droppedRows(stage.string('leakage'), stage.input('leaks')),
  };
  const scores = intaskScores(readSplit(stage.input('split')), of, stage.number('seed'));
  writeScores(stage.output('scores'), scores);
} catch (error) {
  endWithMessage(error);
}
