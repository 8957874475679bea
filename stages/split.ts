// Draws the rows that train the TD-MTDNN; the others are the candidate pool. Depends only on the seed.
import { openStage } from 'fastmtl-flow/stage-kit';
import { drawSplit } from '../src/ml/data/draw-split.ts';
import { rowCap } from '../src/ml/data/prepare.ts';
import { readPreparedMeta } from '../src/ml/data/prepared.ts';
import { writeSplit } from '../src/ml/data/split-file.ts';
import { count, taskNames } from '../src/ml/experiment/settings.ts';
import { trainingSeed } from '../src/ml/train/seeds.ts';

const stage = openStage();
const rows = new Map(
  stage.collected('rows').map(({ path }) => {
    const { task, splits } = readPreparedMeta(path);
    return [task, splits['train']?.rows ?? 0] as const;
  }),
);
const train = new Map(
  taskNames('tasks', stage.param('tasks')).map((task) => [task, rows.get(task) ?? 0]),
);
const split = drawSplit(train, {
  seed: trainingSeed('td_seed', stage.param('td_seed'), stage.number('seed')),
  tdRows: count('td.rows', stage.param('td.rows'), 1),
  lowResource: rowCap(stage.param('low_resource'), 'low_resource'),
});
writeSplit(stage.output('split'), split);
