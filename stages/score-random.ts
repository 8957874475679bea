// Gives every candidate a random score, in the form that every scorer writes.
import { openStage } from 'fastmtl-flow/stage-kit';
import { readSplit } from '../src/ml/data/split-file.ts';
import { taskNames } from '../src/ml/experiment/settings.ts';
import { randomScores } from '../src/ml/select/random-scores.ts';
import { writeScores } from '../src/ml/select/scores.ts';

const stage = openStage();
const primaries = taskNames('scored', stage.param('scored'));
const split = readSplit(stage.input('split'));
writeScores(stage.output('scores'), randomScores(split, primaries, stage.number('seed')));
