// Reads and tokenises the rows of one task.
import { statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { openStage } from 'fastmtl-flow/stage-kit';
import type { Split } from '../src/ml/tasks/task.ts';
import { trainingFiles } from '../src/ml/data/rows/task-files.ts';
import { badRowRule, prepareCounts, prepareTask, rowCap } from '../src/ml/data/prepare.ts';
import { writePrepared } from '../src/ml/data/prepared.ts';
import { RepeatedIds } from '../src/ml/data/repeated-ids.ts';
import { Shards } from '../src/ml/data/shards.ts';
import { TextsWriter } from '../src/ml/data/texts.ts';
import { endWithMessage } from '../src/ml/experiment/end-with-message.ts';
import { findFiles } from '../src/ml/experiment/find-files.ts';
import { readTask } from '../src/ml/tasks/task-file.ts';
import { isLabelled, outputs } from '../src/ml/tasks/task.ts';
import { throttledProgress } from '../src/ml/experiment/report.ts';
import { count } from '../src/ml/experiment/settings.ts';
import { encoderHere, encoderOfThreads, serveEncoder } from '../src/ml/text/row-encoder.ts';
import { openTokenizer } from '../src/ml/text/tokenizer-folder.ts';

/** For smaller files threads cost more than they save: starting one takes as long as 2 MB of texts. */
const LARGE_BYTES = 8 << 20;

/** One reader cannot feed more threads, and each holds a vocabulary. */
const MAX_THREADS = 8;

if (!serveEncoder()) await prepare().catch(endWithMessage);

async function prepare(): Promise<void> {
  const stage = openStage();
  const task = readTask(stage.input('task'));
  const find = findFiles(stage, task, (split) => `files.${split}`);
  const maxLength = count('max_length', stage.param('max_length'), 8);
  const folder = stage.input('tokenizer');
  const tokenizer = openTokenizer(folder);
  const bytes = trainingFiles(task, find).reduce((sum, { place }) => sum + statSync(place).size, 0);
  const large = bytes >= LARGE_BYTES;
  const encoder = large
    ? encoderOfThreads(folder, maxLength, Math.min(availableParallelism(), MAX_THREADS))
    : encoderHere(tokenizer, maxLength);
  const texts = {
    train: new TextsWriter(stage.output('texts'), task),
    others: new TextsWriter(stage.output('eval_texts'), task),
  };
  const repeated = new RepeatedIds();
  const prepared = await prepareTask(
    find,
    {
      task,
      draw: {
        rows: rowCap(stage.param('rows')),
        seed: count('rows_seed', stage.param('rows_seed'), 0),
      },
      badRows: badRowRule(stage.param('bad_rows')),
    },
    {
      encoder,
      shards: new Shards(stage.checkpoint),
      onRows: throttledProgress(stage, 'rows'),
      onTexts: (split, rows) => {
        texts[split === 'train' ? 'train' : 'others'].add(split, rows);
        if (task.id !== undefined) repeated.add(split, rows);
      },
    },
  );
  await encoder.close();
  texts.train.close();
  texts.others.close();
  for (const note of repeated.notes(task.name)) stage.note(note);
  for (const file of prepared.missing) stage.note(`${task.name}: the data has no ${file}`);
  for (const [split, problems] of prepared.bad) {
    const fate = isLabelled(split) ? 'skipped' : 'predicted from empty texts';
    for (const problem of problems) process.stderr.write(`${fate}: ${problem}\n`);
  }
  const about = {
    task: task.name,
    classes: outputs(task),
    maxLength,
    vocabSize: tokenizer.vocabSize,
  };
  const part = (output: string, holds: (split: Split) => boolean): void => {
    const splits = [...prepared.splits].filter(([split]) => holds(split));
    writePrepared(stage.output(output), about, new Map(splits));
  };
  part('rows', (split) => split === 'train');
  part('dev', (split) => split === 'dev');
  part('others', (split) => split !== 'train' && split !== 'dev');
  const counts = prepareCounts(prepared);
  writeFileSync(stage.output('counts'), `${JSON.stringify(counts, null, 2)}\n`);
}
