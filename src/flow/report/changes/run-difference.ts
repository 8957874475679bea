import type { Json } from '../../core/json.ts';
import type { Change } from '../../key/explain.ts';
import { plural } from '../format.ts';
import { changeCells, unionCells } from './change-text.ts';
import { foldMatrix, foldNames, unfolded } from './fold.ts';
import type { Style } from '../style.ts';
import { table } from '../table.ts';

/** A difference from engine/explain. */
export interface ShownDifference {
  readonly params: readonly { readonly name: string; readonly old?: Json; readonly new?: Json }[];
  readonly onlyOld: readonly string[];
  readonly onlyNew: readonly string[];
  readonly same: number;
  readonly changed: readonly { readonly id: string; readonly changes?: readonly Change[] }[];
  readonly unfinished: readonly {
    readonly id: string;
    readonly old: boolean;
    readonly new: boolean;
  }[];
  readonly metrics: readonly {
    readonly id: string;
    readonly output: string;
    readonly name: string;
    readonly old: number | null;
    readonly new: number | null;
    readonly delta: number | null;
  }[];
  readonly sameMetrics: number;
}

/** The maximum rows of a table; --json has all. */
const MAX_ROWS = 40;

const idOf = ({ id }: { readonly id: string }): string => id;

/** @param all one row per instance instead of one for those of a matrix that are alike */
export function differenceLines(difference: ShownDifference, style: Style, all = false): string[] {
  const { params, changed, metrics, onlyOld, onlyNew, unfinished } = difference;
  const own = changed.flatMap(({ id, changes = [] }) =>
    changes.length > 0 ? [{ id, changes }] : [],
  );
  const changedRows = all
    ? unfolded(own, idOf)
    : foldMatrix(own, idOf, ({ changes }) =>
        JSON.stringify(changes.map(({ kind, name }) => [kind, name])),
      );
  const metricRows = all
    ? unfolded(metrics, idOf)
    : foldMatrix(metrics, idOf, ({ output, name, delta }) =>
        JSON.stringify([output, name, delta === null]),
      );
  const names = (ids: readonly string[]): readonly string[] => (all ? ids : foldNames(ids));
  const sections = [
    rows(
      ['PARAM', 'WAS', 'IS'],
      params.map(({ name, old, new: now }) => [
        name,
        ...changeCells({ kind: 'param', name, old, new: now }),
      ]),
      style,
    ),
    rows(
      ['INSTANCE', 'WHAT', 'NAME', 'WAS', 'IS'],
      changedRows.flatMap(({ name, items: [first, ...others] }) =>
        first.changes.map((change, at) => {
          const like = others.flatMap(({ changes }) => changes[at] ?? []);
          return [name, change.kind, change.name, ...unionCells([change, ...like])];
        }),
      ),
      style,
    ),
    rows(
      ['INSTANCE', 'METRIC', 'WAS', 'IS', 'DELTA'],
      metricRows.map(({ name: instance, items }) => {
        const [{ output, name }] = items;
        return [instance, name === '' ? output : name, ...metricCells(items)];
      }),
      style,
    ),
    listed('without a result in one run', names(unfinished.map(({ id }) => id))),
    listed('only in the first run', names(onlyOld)),
    listed('only in the second run', names(onlyNew)),
  ];
  return [
    differenceCounts(difference),
    ...sections.flatMap((lines) => (lines.length > 0 ? ['', ...lines] : [])),
  ];
}

/** `3 instances unchanged, 2 changed, 1 only in the second run`. */
export function differenceCounts(difference: Omit<ShownDifference, 'metrics'>): string {
  const { same, changed, onlyOld, onlyNew, unfinished } = difference;
  const own = changed.filter(({ changes }) => changes !== undefined && changes.length > 0);
  const forgotten = changed.filter(({ changes }) => changes === undefined);
  const follow = changed.length - own.length - forgotten.length;
  const counts = [
    `${plural(same, 'instance')} unchanged`,
    own.length > 0 ? `${own.length} changed` : '',
    follow > 0 ? `${follow} because of their inputs` : '',
    forgotten.length > 0 ? `${forgotten.length} no longer in the cache` : '',
    unfinished.length > 0 ? `${unfinished.length} without a result in one run` : '',
    onlyOld.length > 0 ? `${onlyOld.length} only in the first run` : '',
    onlyNew.length > 0 ? `${onlyNew.length} only in the second run` : '',
  ];
  return counts.filter((part) => part !== '').join(', ');
}

function rows(
  titles: readonly string[],
  cells: readonly (readonly string[])[],
  style: Style,
): string[] {
  if (cells.length === 0) return [];
  const right = new Set(titles.includes('DELTA') ? ['WAS', 'IS', 'DELTA'] : []);
  const columns = titles.map((title) => ({ title, right: right.has(title) }));
  const lines = table(columns, cells.slice(0, MAX_ROWS), style.dim);
  const rest = cells.length - MAX_ROWS;
  return rest > 0 ? [...lines, `… and ${rest} more (--json has all)`] : lines;
}

function listed(what: string, ids: readonly string[]): string[] {
  if (ids.length === 0) return [];
  const rest = ids.length - MAX_ROWS;
  const shown = ids.slice(0, MAX_ROWS).map((id) => `  ${id}`);
  return [`${what}:`, ...shown, ...(rest > 0 ? [`  … and ${rest} more`] : [])];
}

type ShownMetric = ShownDifference['metrics'][number];

/** Of one instance, the values; of several, their means, with the range of the differences. */
function metricCells(
  metrics: readonly [ShownMetric, ...(readonly ShownMetric[])],
): readonly string[] {
  const [{ old, new: now, delta }, ...others] = metrics;
  if (others.length === 0) return [number(old), number(now), signed(delta)];
  const deltas = metrics.flatMap((metric) => metric.delta ?? []);
  const [least, most] = [Math.min(...deltas), Math.max(...deltas)];
  const range = least === most ? '' : ` (${signed(least)} to ${signed(most)})`;
  return [
    meanOf(
      metrics.flatMap((metric) => metric.old ?? []),
      number,
    ),
    meanOf(
      metrics.flatMap((metric) => metric.new ?? []),
      number,
    ),
    `${meanOf(deltas, signed)}${range}`,
  ];
}

function meanOf(values: readonly number[], write: (value: number | null) => string): string {
  if (values.length === 0) return write(null);
  return `mean ${write(values.reduce((sum, value) => sum + value, 0) / values.length)}`;
}

function signed(value: number | null): string {
  if (value === null) return '';
  return `${value > 0 ? '+' : ''}${number(value)}`;
}

/** Six digits are enough to distinguish metrics; whole numbers are unchanged. */
function number(value: number | null): string {
  if (value === null) return '(none)';
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
}
