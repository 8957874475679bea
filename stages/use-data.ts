// Writes how many rows of each task each selection has.
import { readFileSync, writeFileSync } from 'node:fs';
import { openStage } from 'fastmtl-flow/stage-kit';
import { gatherSelections } from '../src/ml/figure/runs.ts';
import type { Metrics } from '../src/ml/figure/runs.ts';
import { useCsv } from '../src/ml/figure/tables.ts';

const stage = openStage();
const use = stage.collected('use_data').map(({ axes, path }) => ({
  axes,
  value: JSON.parse(readFileSync(path, 'utf8')) as Metrics,
}));
writeFileSync(stage.output('table'), useCsv(stage.string('primary'), gatherSelections(use)));
