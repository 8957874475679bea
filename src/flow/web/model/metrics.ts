import { isJsonObject, parseJson } from '../../core/json.ts';
import { flatten } from '../../report/preview/json.ts';
import type { Dag } from '../../pipeline/dag.ts';
import type { MetricTable } from './page.ts';

/**
 * One row per instance, one column per number; stages in the order of the Dag. Texts that are not
 * JSON give no numbers.
 */
export function metricTables(
  dag: Dag,
  texts: ReadonlyMap<string, Readonly<Record<string, string>>>,
): readonly MetricTable[] {
  const stages = new Map<string, { columns: Set<string>; rows: Row[]; axes: readonly string[] }>();
  for (const { id, stage, axes } of dag.instances) {
    const outputs = texts.get(id);
    if (outputs === undefined) continue;
    const numbers = new Map<string, number>();
    for (const [output, text] of Object.entries(outputs)) {
      const value = parseJson(text);
      const leaves = isJsonObject(value) ? flatten(value) : [[output, value] as const];
      for (const [name, leaf] of leaves) if (typeof leaf === 'number') numbers.set(name, leaf);
    }
    if (numbers.size === 0) continue;
    const known = stages.get(stage) ?? { columns: new Set(), rows: [], axes: Object.keys(axes) };
    stages.set(stage, known);
    for (const name of numbers.keys()) known.columns.add(name);
    known.rows.push({ id, axes, numbers });
  }
  return [...stages].map(([stage, { columns, rows, axes }]) => ({
    stage,
    axes,
    columns: [...columns],
    rows: rows.map((row) => ({
      id: row.id,
      axes: axes.map((axis) => row.axes[axis] ?? null),
      values: [...columns].map((name) => row.numbers.get(name) ?? null),
    })),
  }));
}

interface Row {
  readonly id: string;
  readonly axes: Readonly<Record<string, string | number | boolean>>;
  readonly numbers: ReadonlyMap<string, number>;
}
