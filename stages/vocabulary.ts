// The tokenizer of an experiment: a given one, or the words of the training rows.
import { openStage } from 'fastmtl-flow/stage-kit';
import { badRowRule, rowCap } from '../src/ml/data/prepare.ts';
import { writeGivenTokenizer, writeWordTokenizer } from '../src/ml/experiment/vocabulary.ts';
import { checkEncoder } from '../src/ml/experiment/encoder.ts';
import { endWithMessage } from '../src/ml/experiment/end-with-message.ts';
import { findFiles } from '../src/ml/experiment/find-files.ts';
import { count } from '../src/ml/experiment/settings.ts';
import { readTask } from '../src/ml/tasks/task-file.ts';

const stage = openStage();
const folder = stage.output('tokenizer');
const optional = (name: string): string | undefined =>
  stage.hasInput(name) ? stage.input(name) : undefined;
const vocab = optional('vocab');
const encoder = optional('encoder');
try {
  // This is the first stage that reads the encoder, so that errors in it are found before rows are prepared.
  if (encoder !== undefined) {
    for (const note of checkEncoder(encoder)) stage.note(note);
  }
  const tokens =
    vocab !== undefined || encoder !== undefined
      ? writeGivenTokenizer(folder, vocab, encoder)
      : await writeWordTokenizer(folder, {
          tasks: stage.collected('tasks').map(({ path }) => {
            const task = readTask(path);
            return { task, find: findFiles(stage, task, () => `files.${task.name}`) };
          }),
          draw: {
            rows: rowCap(stage.param('rows')),
            seed: count('rows_seed', stage.param('rows_seed'), 0),
          },
          badRows: badRowRule(stage.param('bad_rows')),
        });
  stage.note(`${tokens} tokens`);
} catch (error) {
  endWithMessage(error);
}
