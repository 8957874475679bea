import type { Dag } from '../../pipeline/dag.ts';
import type { MetricTable } from './page.ts';

/** A row an instance, a column a number; stages in the Dag's order. Texts that are no JSON give no numbers. */
export function metricTables(
  dag: Dag,
  texts: ReadonlyMap<string, Readonly<Record<string, string>>>,
): readonly MetricTable[] {
  const stages = new Map<string, { columns: Set<string>; rows: Row[]; axes: readonly string[] }>();
  for (const { id, stage, axes } of dag.instances) {
    const outputs = texts.get(id);
    if (outputs === undefined) continue;
    const numbers = new Map<string, number>();
    for (const text of Object.values(outputs)) collect(parse(text), '', numbers);
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

function collect(value: unknown, path: string, into: Map<string, number>): void {
  if (typeof value === 'number') into.set(path === '' ? 'value' : path, value);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return;
  for (const [name, inner] of Object.entries(value)) {
    collect(inner, path === '' ? name : `${path}.${name}`, into);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
