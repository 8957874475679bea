// The split without the rows that repeat evaluation rows of a primary, for the full MT-DNN. A primary's own
// rows stay, as they do in all other trainings.
import { openStage } from 'fastmtl-flow/stage-kit';
import { keptRows, readSplit, writeSplit } from '../src/ml/data/split-file.ts';
import { leakingRows, readLeaks } from '../src/ml/leakage/leaks-file.ts';

const stage = openStage();
const leaks = stage
  .collected('leaks')
  .flatMap(({ axes, path }) => readLeaks(path).filter(({ task }) => task !== axes['primary']));
const leaking = leakingRows(leaks);
const split = readSplit(stage.input('split'));
const tasks = [...split.tasks].map(([task, of]) => {
  const dropped = leaking.get(task);
  if (dropped === undefined) return [task, of] as const;
  return [task, { ...of, kept: keptRows(split, task).filter((row) => !dropped.has(row)) }] as const;
});
writeSplit(stage.output('split'), { ...split, tasks: new Map(tasks) });
