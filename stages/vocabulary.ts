// The tokenizer of an experiment: a given one, or the words of the training rows.
import { openStage } from 'fastmtl-flow/stage-kit';
import { badRowRule, rowCap } from '../src/ml/data/prepare.ts';
import { writeGivenTokenizer, writeWordTokenizer } from '../src/ml/experiment/vocabulary.ts';
import { checkEncoder } from '../src/ml/experiment/encoder.ts';
import { taskNames } from '../src/ml/experiment/settings.ts';
import { task } from '../src/ml/tasks/tasks.ts';

const stage = openStage();
const folder = stage.output('tokenizer');
const optional = (name: string): string | undefined =>
  stage.hasInput(name) ? stage.input(name) : undefined;
const vocab = optional('vocab');
const encoder = optional('encoder');
// This is the first stage that reads the encoder, so that errors in it are found before rows are prepared.
if (encoder !== undefined) {
  for (const note of checkEncoder(encoder)) stage.note(note);
}
const tokens =
  vocab !== undefined || encoder !== undefined
    ? writeGivenTokenizer(folder, vocab, encoder)
    : writeWordTokenizer(folder, stage.input('raw'), {
        tasks: taskNames('tasks', stage.param('tasks')).map(task),
        rows: rowCap(stage.param('rows')),
        badRows: badRowRule(stage.param('bad_rows')),
      });
stage.note(`${tokens} tokens`);
