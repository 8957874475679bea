import path from 'node:path';
import { locationOf } from '../spec.ts';
import type { Axes, AxisValue, CollectItem, Input } from '../dag.ts';
import { formatInstanceId, formatValue } from '../instance-id.ts';
import { suggest } from '../nearest.ts';
import { resolveListed } from './resolve-listed.ts';
import { isSourcePath } from '../project-path.ts';
import { isAxisValue, type Scope } from './scope.ts';
import type { InputSpec, StageSpec } from '../spec.ts';
import type { Cell, Referred, StageTable } from './stage-table.ts';
import { stageIsUnfit } from './named-stage.ts';
import { wholeName } from '../read/template.ts';

/** An input, or the several that a list of files makes, and the cells that they need. */
export interface ResolvedInput {
  readonly inputs: readonly Input[];
  readonly needs: readonly Cell[];
}

/** Undefined after a diagnostic; null if the input is left out because its param is null. */
export function resolveInput(
  reader: StageSpec,
  name: string,
  spec: InputSpec,
  scope: Scope,
  table: StageTable,
): ResolvedInput | undefined | null {
  switch (spec.kind) {
    case 'choice':
      return resolveChoice(reader, name, spec, scope, table);
    case 'collect':
      return resolveCollect(reader, name, spec, scope, table);
    case 'listed': {
      const inputs = resolveListed(name, spec, scope, table);
      return inputs && { inputs, needs: [] };
    }
    case 'reference':
      return resolveReference(reader, name, spec, scope, table);
  }
}

function resolveChoice(
  reader: StageSpec,
  name: string,
  { by, cases }: Extract<InputSpec, { kind: 'choice' }>,
  scope: Scope,
  table: StageTable,
): ResolvedInput | undefined | null {
  const value = scope.require(by.value, by.place);
  if (value === undefined) return undefined;
  const key = isAxisValue(value) ? String(value) : undefined;
  const chosen = key === undefined ? undefined : cases.get(key);
  if (chosen === undefined) {
    const message = `input '${name}' of stage '${reader.name}' has no case for ${by.value} = ${JSON.stringify(value)}`;
    table.problems.at(by.place, 'no-case', message, suggest(key ?? '', cases.keys(), 'cases'));
    return undefined;
  }
  return resolveInput(reader, name, chosen, scope, table);
}

function resolveReference(
  reader: StageSpec,
  name: string,
  { text, inPlace, exclude }: Extract<InputSpec, { kind: 'reference' }>,
  scope: Scope,
  table: StageTable,
): ResolvedInput | undefined | null {
  const parts = scope.parts(text);
  if (parts === undefined) return undefined;
  const whole = wholeName(parts);
  if (whole !== undefined && scope.lookup(whole) === null) return null;
  const written = scope.string(text);
  if (written === undefined) return undefined;
  const first = parts[0];
  const isPathParam =
    typeof first === 'object' &&
    table.spec.params.get(first.name.split('.')[0] ?? '')?.type === 'path';
  if (isPathParam || isSourcePath(written)) {
    const source = path.posix.normalize(written).replace(/(.)\/$/, '$1');
    const location = locationOf(text.place);
    const stays = inPlace?.value === true ? { inPlace: true as const } : {};
    const less = exclude && {
      exclude: exclude.patterns.map((pattern) => scope.string(pattern) ?? ''),
    };
    return {
      inputs: [{ kind: 'source', name, path: source, ...stays, ...less, location }],
      needs: [],
    };
  }
  if (exclude !== undefined) {
    const message = `input '${name}' of stage '${reader.name}' is no source: only files of a source can be excluded`;
    table.problems.at(exclude.place, 'no-source', message, 'remove exclude');
    return undefined;
  }
  if (inPlace !== undefined) {
    const message = `input '${name}' of stage '${reader.name}' is no source: only a source can be read in its place`;
    table.problems.at(inPlace.place, 'no-source', message, 'remove in_place');
    return undefined;
  }
  if (stageIsUnfit(reader, name, written, parts, scope, table)) return undefined;
  const referred = table.refer({ value: written, place: text.place }, true);
  if (referred === undefined) return undefined;
  const left = leftOver(referred, scope.axes);
  if (left.length > 0) {
    reportLeftOver(reader, name, referred, left, table);
    return undefined;
  }
  const cells = matching(referred, scope.axes, [], table);
  const cell = cells?.[0];
  if (cell === undefined) return undefined;
  const from = table.artifact(cell, referred.output);
  return from === undefined
    ? undefined
    : { inputs: [{ kind: 'artifact', name, from }], needs: [cell] };
}

function resolveCollect(
  reader: StageSpec,
  name: string,
  { from: text, axes }: Extract<InputSpec, { kind: 'collect' }>,
  scope: Scope,
  table: StageTable,
): ResolvedInput | undefined {
  const written = scope.string(text);
  if (written === undefined) return undefined;
  const referred = table.refer({ value: written, place: text.place });
  if (referred === undefined) return undefined;
  const names = axes.map((axis) => axis.value);
  for (const { value: axis, place } of axes) {
    if (referred.stage.matrix.has(axis) && !referred.fixed.has(axis)) continue;
    const message = `stage '${referred.stage.name}' has no free axis '${axis}' to collect`;
    const known = [...referred.stage.matrix.keys()].filter((a) => !referred.fixed.has(a));
    table.problems.at(place, 'unknown-axis', message, suggest(axis, known, 'axes'));
    return undefined;
  }
  const left = leftOver(referred, scope.axes).filter((axis) => !names.includes(axis));
  if (left.length > 0) {
    reportLeftOver(reader, name, referred, left, table, names);
    return undefined;
  }
  const cells = matching(referred, scope.axes, names, table);
  if (cells === undefined) return undefined;
  const items: CollectItem[] = [];
  for (const cell of cells) {
    const from = table.artifact(cell, referred.output);
    if (from === undefined) return undefined;
    const collected = Object.fromEntries(names.map((axis) => [axis, cell.axes[axis]])) as Axes;
    items.push({ axes: collected, from });
  }
  items.sort((a, b) => compareAxes(names, a.axes, b.axes));
  return { inputs: [{ kind: 'collect', name, items }], needs: cells };
}

function compareAxes(names: readonly string[], a: Axes, b: Axes): number {
  for (const name of names) {
    const order = compareValues(a[name] ?? '', b[name] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}

/** Sorts numbers by value, then other values by the UTF-8 bytes of their text. */
function compareValues(a: AxisValue, b: AxisValue): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'number') return -1;
  if (typeof b === 'number') return 1;
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
}

/** The axes of the referred stage that neither the reference nor the reader sets. */
function leftOver(referred: Referred, axes: Axes): readonly string[] {
  return [...referred.stage.matrix.keys()].filter(
    (axis) => !referred.fixed.has(axis) && !Object.hasOwn(axes, axis),
  );
}

/** The cells that have the reader's values for all common axes, except for the collected axes. */
function matching(
  referred: Referred,
  axes: Axes,
  collected: readonly string[],
  table: StageTable,
): readonly Cell[] | undefined {
  const fixed = new Map(referred.fixed);
  for (const axis of referred.stage.matrix.keys()) {
    const value = axes[axis];
    if (value !== undefined && !fixed.has(axis) && !collected.includes(axis)) {
      fixed.set(axis, formatValue(value));
    }
  }
  return table.matching(referred.stage, fixed, referred.text, referred.place);
}

function reportLeftOver(
  reader: StageSpec,
  name: string,
  referred: Referred,
  left: readonly string[],
  table: StageTable,
  collected: readonly string[] = [],
): void {
  const { stage, output, place } = referred;
  const axes = left.map((axis) => `'${axis}'`).join(' and ');
  const all = [...collected, ...left].join(', ');
  const cell = table.cells(stage)?.[0];
  const first =
    cell && Object.fromEntries(left.map((axis) => [axis, cell.axes[axis] as AxisValue]));
  const one =
    first === undefined
      ? ''
      : `, or choose one, ${formatInstanceId(`${stage.name}.${output}`, first)}`;
  table.problems.at(
    place,
    'left-over-axis',
    `input '${name}': stage '${stage.name}' has ${left.length > 1 ? 'the axes' : 'axis'} ${axes}, but '${reader.name}' does not`,
    `collect all instances, { from: ${stage.name}.${output}, collect: [${all}] }${one}`,
  );
}
