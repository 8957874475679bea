// Parses and tokenises one task.
import { writeFileSync } from 'node:fs';
import { openStage } from 'fastmtl-flow/stage-kit';
import { badRowRule, prepareCounts, prepareTask, rowCap } from '../src/ml/data/prepare.ts';
import { writePrepared } from '../src/ml/data/prepared.ts';
import { taskName } from '../src/ml/data/tasks.ts';
import { count } from '../src/ml/experiment/settings.ts';
import { openTokenizer } from '../src/ml/text/tokenizer-folder.ts';

const stage = openStage();
const task = taskName(stage.string('task'));
const maxLength = count('max_length', stage.param('max_length'), 8);
const tokenizer = openTokenizer(stage.input('tokenizer'));
const prepared = prepareTask(stage.input('raw'), tokenizer, {
  task,
  rows: rowCap(stage.param('rows')),
  badRows: badRowRule(stage.param('bad_rows')),
  maxLength,
});
for (const file of prepared.missing) stage.note(`${task}: the data has no ${file}`);
for (const problem of prepared.skipped) process.stderr.write(`passed over: ${problem}\n`);
writePrepared(
  stage.output('rows'),
  { task, maxLength, vocabSize: tokenizer.vocabSize },
  prepared.splits,
);
const counts = prepareCounts(prepared);
writeFileSync(stage.output('counts'), `${JSON.stringify(counts, null, 2)}\n`);
