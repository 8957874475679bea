// Every GLUE file that lies beside the project is read whole. The counts are its README's.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { TaskName } from '../../../../src/ml/tasks/task.ts';
import { filesBelow, taskFiles } from '../../../../src/ml/data/rows/task-files.ts';
import { readRows } from '../../../../src/ml/data/rows/read-rows.ts';
import { isLabelled, outputs } from '../../../../src/ml/tasks/task.ts';
import { task } from '../../../rig/glue-tasks.ts';

/** Files in GLUE's own layout, as their README describes them. */
const folder = fileURLToPath(new URL('../../../../../shared/glue', import.meta.url));
const absent = !existsSync(path.join(folder, 'README.md'));
if (absent) process.stderr.write(`skipped for want of ${folder}\n`);

const ROWS: Readonly<Record<TaskName, readonly (number | null)[]>> = {
  // train, dev, test, dev_mismatched, test_mismatched, ax; null: not there
  mnli: [9999, 9815, null, null, null, 1104],
  rte: [2490, 277, 3000],
  qqp: [23496, 9369, null],
  qnli: [11803, 5463, 5463],
  mrpc: [3668, 408, 1725],
  sst2: [67349, 872, 1821],
  cola: [8551, 1043, 1063],
  stsb: [5749, 1500, 1379],
};

for (const name of Object.keys(ROWS) as TaskName[]) {
  test.skipIf(absent)(`all rows of ${name} are read, and none is bad`, async () => {
    const record = task(name);
    const counts: (number | null)[] = [];
    for (const split of Object.keys(record.files)) {
      const files = taskFiles(record, split, filesBelow(folder));
      if (files === undefined) {
        counts.push(null);
        continue;
      }
      const labelled = isLabelled(split);
      const labels = new Set<number>();
      let rows = 0;
      for await (const { texts, label } of readRows(files, record, split, 'fail')) {
        rows += 1;
        labels.add(label);
        if (texts.some((text) => text.includes('\t') || text.startsWith('\ufeff'))) {
          throw new Error(`${split}: row ${rows} is not split into its columns`);
        }
      }
      counts.push(rows);
      const classes = [...labels].sort((a, b) => a - b);
      const known = outputs(record);
      if (labelled && known > 1)
        expect(classes).toEqual(Array.from({ length: known }, (_, i) => i));
      if (!labelled) expect(classes).toEqual([Number.NaN]);
    }
    expect(counts).toEqual(ROWS[name]);
  });
}
