import type { Json } from '../../core/json.ts';
import type { Axes, AxisValue } from '../dag.ts';
import { formatValue } from '../instance-id.ts';
import { suggest } from '../nearest.ts';
import type { Problems } from '../read/problems.ts';
import { isAxisValue, type Scope } from './scope.ts';
import type { Place, Placed, StageSpec } from '../spec.ts';

/** The maximum for one stage, before `exclude`. */
const MAX_COMBINATIONS = 1e6;

type Rows = readonly Placed<Readonly<Record<string, Json>>>[];

/**
 * The combinations of a stage's axes: the product of its matrix in declaration order, without
 * `exclude`, with `include`. A stage without a matrix has one empty combination. Undefined after a
 * diagnostic.
 */
export function expandMatrix(
  stage: StageSpec,
  scope: Scope,
  problems: Problems,
): readonly Axes[] | undefined {
  const axes = new Map<string, readonly AxisValue[]>();
  let sound = true;
  for (const [axis, written] of stage.matrix) {
    const values = stage.rowsOnly
      ? isFreeName(stage, axis, written.place, scope, problems) && []
      : axisValues(stage, axis, written, scope, problems);
    if (!values) sound = false;
    else axes.set(axis, values);
  }
  const names = [...stage.matrix.keys()];
  for (const row of [...stage.exclude, ...stage.include]) {
    sound = checkRow(stage, row, names, stage.include.includes(row), problems) && sound;
  }
  if (!sound) return undefined;
  const count = [...axes.values()].reduce((all, values) => all * values.length, 1);
  if (count > MAX_COMBINATIONS) {
    const message = `the matrix of '${stage.name}' has ${inThousands(count)} combinations; the maximum is ${inThousands(MAX_COMBINATIONS)}`;
    problems.at(
      stage.place,
      'too-many',
      message,
      'leave values or axes out, or write the rows that you want under include',
    );
    return undefined;
  }
  let product: Axes[] = stage.rowsOnly ? [] : [{}];
  for (const [axis, values] of axes) {
    product = product.flatMap((row) => values.map((value) => ({ ...row, [axis]: value })));
  }
  const kept = product.filter((row) => !stage.exclude.some((rule) => excludes(rule, row)));
  for (const { value, place } of stage.include) {
    const row = Object.fromEntries(names.map((axis) => [axis, value[axis] as AxisValue]));
    if (kept.some((other) => names.every((axis) => same(other[axis], row[axis] as Json)))) {
      problems.at(
        place,
        'defined-twice',
        `this combination is already in the matrix of stage '${stage.name}'`,
        "remove it from 'include'",
      );
      return undefined;
    }
    kept.push(row);
  }
  if (kept.length === 0) {
    const message = `'exclude' removes all combinations of the matrix of stage '${stage.name}'`;
    problems.at(
      stage.place,
      'empty-axis',
      message,
      "keep a combination, or add one with 'include'",
    );
    return undefined;
  }
  return kept;
}

const inThousands = (count: number): string => count.toLocaleString('en-US');

function isFreeName(
  stage: StageSpec,
  axis: string,
  place: Place,
  scope: Scope,
  problems: Problems,
): boolean {
  if (scope.lookup(axis) !== undefined) {
    const hint = `rename the axis: \${${axis}} could mean the axis or the param`;
    problems.at(
      place,
      'axis-and-param',
      `'${axis}' is both an axis of stage '${stage.name}' and a param`,
      hint,
    );
    return false;
  }
  return true;
}

function axisValues(
  stage: StageSpec,
  axis: string,
  { value: written, place }: Placed<Json>,
  scope: Scope,
  problems: Problems,
): readonly AxisValue[] | undefined {
  const what = `axis '${axis}' of stage '${stage.name}'`;
  if (!isFreeName(stage, axis, place, scope, problems)) return undefined;
  const values = typeof written === 'string' ? scope.value({ value: written, place }) : written;
  if (values === undefined) return undefined;
  if (!Array.isArray(values)) {
    const hint = 'write [a, b], or ${NAME} with the name of a list param';
    problems.at(place, 'wrong-type', `${what} is not a list`, hint);
    return undefined;
  }
  if (values.length === 0) {
    const hint = 'add a value: with an empty list the stage has no instance';
    problems.at(place, 'empty-axis', `${what} is empty`, hint);
    return undefined;
  }
  const found: AxisValue[] = [];
  const seen = new Set<string>();
  for (const item of values as readonly Json[]) {
    const value = typeof item === 'string' ? scope.value({ value: item, place }) : item;
    if (value === undefined) return undefined;
    if (!isAxisValue(value)) {
      const message = `${what} contains ${JSON.stringify(value)}: a value must be a string, a number or a boolean`;
      const hint =
        'make an axis of names (small, large), and let the stage choose the values by the name';
      problems.at(place, 'wrong-type', message, hint);
      return undefined;
    }
    if (seen.has(formatValue(value))) {
      const message = `${what} contains ${String(value)} twice`;
      problems.at(place, 'defined-twice', message, 'keep one of them');
      return undefined;
    }
    seen.add(formatValue(value));
    found.push(value);
  }
  return found;
}

function checkRow(
  stage: StageSpec,
  { value, place }: Rows[number],
  names: readonly string[],
  whole: boolean,
  problems: Problems,
): boolean {
  for (const [axis, v] of Object.entries(value)) {
    if (!names.includes(axis)) {
      const message = `stage '${stage.name}' has no axis '${axis}'`;
      problems.at(place, 'unknown-axis', message, suggest(axis, names, 'axes'));
      return false;
    }
    if (!isAxisValue(v)) return badRow(place, axis, v, problems);
  }
  const missing = whole ? names.find((axis) => !Object.hasOwn(value, axis)) : undefined;
  if (missing === undefined) return true;
  const row = names.map((axis) => `${axis}: ${axis in value ? String(value[axis]) : 'VALUE'}`);
  const message = `an include must set all axes: '${missing}' is missing`;
  problems.at(place, 'missing-key', message, `write { ${row.join(', ')} }`);
  return false;
}

function badRow(place: Place, axis: string, value: Json, problems: Problems): false {
  const first: Json | undefined = Array.isArray(value) ? value[0] : undefined;
  const hint = `write one row per value: { ${axis}: ${String(first ?? 'VALUE')} }`;
  problems.at(place, 'wrong-type', `'${axis}' must be a string, a number or a boolean`, hint);
  return false;
}

function excludes({ value }: Rows[number], row: Axes): boolean {
  return Object.entries(value).every(([axis, v]) => same(row[axis], v));
}

function same(a: AxisValue | undefined, b: Json): boolean {
  return a !== undefined && isAxisValue(b) && formatValue(a) === formatValue(b);
}
