// Scores every candidate without a model: see src/ml/scorers/dsir.ts.
import { openStage } from 'fastmtl-flow/stage-kit';
import { readSplit } from '../src/ml/data/split-file.ts';
import { taskNames } from '../src/ml/experiment/settings.ts';
import { dsir } from '../src/ml/scorers/dsir.ts';
import { readWordRows, scoreWords } from '../src/ml/scorers/word-rows.ts';
import { writeScores } from '../src/ml/select/scores.ts';

const stage = openStage();
const words = readWordRows(stage.collected('texts'));
const primaries = taskNames('scored', stage.param('scored'));
writeScores(
  stage.output('scores'),
  scoreWords(words, readSplit(stage.input('split')), primaries, dsir(stage.number('seed'))),
);
