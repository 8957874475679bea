// Reads and tokenises the rows of one task.
import { statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { openStage } from 'fastmtl-flow/stage-kit';
import { trainingFile } from '../src/ml/data/rows/task-files.ts';
import { badRowRule, prepareCounts, prepareTask, rowCap } from '../src/ml/data/prepare.ts';
import { writePrepared } from '../src/ml/data/prepared.ts';
import { Shards } from '../src/ml/data/shards.ts';
import { task, taskName } from '../src/ml/tasks/tasks.ts';
import { throttledProgress } from '../src/ml/experiment/report.ts';
import { count } from '../src/ml/experiment/settings.ts';
import { encoderHere, encoderOfThreads, serveEncoder } from '../src/ml/text/row-encoder.ts';
import { openTokenizer } from '../src/ml/text/tokenizer-folder.ts';

/** For smaller files threads cost more than they save: starting one takes as long as 2 MB of texts. */
const LARGE_BYTES = 8 << 20;

/** One reader cannot feed more threads, and each holds a vocabulary. */
const MAX_THREADS = 8;

if (!serveEncoder()) await prepare();

async function prepare(): Promise<void> {
  const stage = openStage();
  const name = taskName(stage.string('task'));
  const record = task(name);
  const maxLength = count('max_length', stage.param('max_length'), 8);
  const [raw, folder] = [stage.input('raw'), stage.input('tokenizer')];
  const tokenizer = openTokenizer(folder);
  const large = statSync(trainingFile(raw, record)).size >= LARGE_BYTES;
  const encoder = large
    ? encoderOfThreads(folder, maxLength, Math.min(availableParallelism(), MAX_THREADS))
    : encoderHere(tokenizer, maxLength);
  const prepared = await prepareTask(
    raw,
    {
      task: record,
      rows: rowCap(stage.param('rows')),
      badRows: badRowRule(stage.param('bad_rows')),
    },
    {
      encoder,
      shards: new Shards(stage.checkpoint),
      onRows: throttledProgress(stage, 'rows'),
    },
  );
  await encoder.close();
  for (const file of prepared.missing) stage.note(`${name}: the data has no ${file}`);
  for (const problem of prepared.skipped) process.stderr.write(`skipped: ${problem}\n`);
  writePrepared(
    stage.output('rows'),
    { task: name, maxLength, vocabSize: tokenizer.vocabSize },
    prepared.splits,
  );
  const counts = prepareCounts(prepared);
  writeFileSync(stage.output('counts'), `${JSON.stringify(counts, null, 2)}\n`);
}
