// The output of the stage `features`: pooled vectors, and the task and row of each.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readSafetensors } from '../hf/safetensors.ts';
import type { Points } from './vp-tree.ts';

export interface Features {
  readonly points: Points;
  /** For each point. */
  readonly rows: readonly {
    readonly task: string;
    /** train, or dev where no training row was left. */
    readonly split: string;
    readonly row: number;
  }[];
}

/** @throws when the two files do not match */
export function readFeatures(folder: string): Features {
  const tensor = readSafetensors(path.join(folder, 'features.safetensors')).get('features');
  const [n, d] = tensor?.shape ?? [];
  if (tensor === undefined || n === undefined || d === undefined) {
    throw new Error(`${folder}: features.safetensors has no matrix 'features'`);
  }
  const table = path.join(folder, 'rows.tsv');
  const [header, ...lines] = readFileSync(table, 'utf8').trimEnd().split('\n');
  if (header !== 'task\tsplit\trow' || lines.length !== n) {
    throw new Error(`${table}: ${lines.length} rows under '${header ?? ''}' for ${n} features`);
  }
  const rows = lines.map((line) => {
    const [task = '', split = '', row = ''] = line.split('\t');
    return { task, split, row: Number(row) };
  });
  return { points: { n, d, values: tensor.data }, rows };
}

/** @param places x and y in 0..1, alternating */
export function pointsCsv(rows: Features['rows'], places: Float64Array): string {
  const lines = rows.map(({ task, split, row }, i) =>
    [
      task,
      split,
      row,
      ...Array.from(places.subarray(2 * i, 2 * i + 2), (at) => at.toFixed(6)),
    ].join(','),
  );
  return `${['task,split,row,x,y', ...lines].join('\n')}\n`;
}
