import type { InstanceId } from '../../core/ids.ts';
import type { Dag, Export, Instance } from '../dag.ts';
import { formatInstanceId } from '../instance-id.ts';
import { instantiate } from './instantiate.ts';
import { topologicalOrder, type Node } from './order.ts';
import { resolveExports, type ExportCell } from './resolve-exports.ts';
import { locationOf, type StageSpec } from '../spec.ts';
import type { Cell, StageTable } from './stage-table.ts';
import { targetCells } from './targets.ts';

export type Linked = Pick<Dag, 'instances' | 'exports' | 'idle'>;

/**
 * Creates only the instances that the targets need, so a case that nothing chooses need not exist.
 * Undefined after a diagnostic.
 */
export function link(table: StageTable, targets: readonly string[]): Linked | undefined {
  const exports = resolveExports(table);
  const own = targets.length > 0 ? [] : exports.filter((e) => e.own).map(({ cell }) => cell);
  const wanted = [...targetCells(table, targets), ...own];
  const instances = new Map<InstanceId, Instance>();
  const nodes = new Map<InstanceId, Node>();
  const ranks = rankOf(table);
  const queue = [...wanted];
  const seen = new Set<InstanceId>(queue.map(idOf));
  for (let cell = queue.pop(); cell !== undefined; cell = queue.pop()) {
    const made = instantiate(cell, table);
    if (made === undefined) continue;
    const id = made.instance.id;
    instances.set(id, made.instance);
    nodes.set(id, { id, needs: made.needs.map(idOf), rank: ranks(cell) });
    for (const need of made.needs) {
      if (seen.has(idOf(need))) continue;
      seen.add(idOf(need));
      queue.push(need);
    }
  }
  const others = checkUnneeded(table, instances);
  if (table.problems.all.length > 0) return undefined;
  const order = topologicalOrder([...nodes.values()].sort((a, b) => a.rank - b.rank));
  if (order.kind === 'cycle') {
    reportCycle(order.trail, instances, table);
    return undefined;
  }
  const idle = exports.filter(({ cell }) => !instances.has(idOf(cell)));
  return {
    instances: order.ids.map((id) => instances.get(id) as Instance),
    exports: exports.filter(({ cell }) => instances.has(idOf(cell))).map(toExport),
    ...(others.length + idle.length > 0 && {
      idle: { instances: others, exports: idle.map(toExport) },
    }),
  };
}

function idOf({ stage, axes }: Cell): InstanceId {
  return formatInstanceId(stage.name, axes);
}

function toExport({ path, from, place }: ExportCell): Export {
  return { path, from, location: locationOf(place) };
}

/** The rank of an instance: declaration order of the stages, then matrix order. */
function rankOf(table: StageTable): (cell: Cell) => number {
  const first = new Map<string, number>();
  const places = new Map<Cell['axes'], number>();
  let count = 0;
  for (const stage of table.spec.stages.values()) first.set(stage.name, count++);
  return ({ stage, axes }) => {
    if (!places.has(axes)) table.cells(stage)?.forEach((cell, i) => places.set(cell.axes, i));
    return (first.get(stage.name) as number) + (places.get(axes) as number) / 2 ** 31;
  };
}

/** Finds mistakes also in stages that this run does not need: tries one instance of each. */
function checkUnneeded(
  table: StageTable,
  instances: ReadonlyMap<InstanceId, Instance>,
): readonly Instance[] {
  const others: Instance[] = [];
  const needed = new Set([...instances.values()].map((instance) => instance.stage));
  for (const stage of table.spec.stages.values()) {
    if (needed.has(stage.name) || hasEmptyAxis(stage, table)) continue;
    const cell = table.cells(stage)?.[0];
    const made = cell && instantiate(cell, table);
    if (made !== undefined) others.push(made.instance);
  }
  return others;
}

/**
 * With `-p strategies=`, a stage that nothing needs can have no instance. That is not a mistake.
 */
function hasEmptyAxis(stage: StageSpec, table: StageTable): boolean {
  return [...stage.matrix.values()].some(({ value }) => {
    const name = typeof value === 'string' ? /^\$\{([\w-]+)\}$/.exec(value)?.[1] : undefined;
    const list = name === undefined ? undefined : table.params.get(name);
    return Array.isArray(list) && list.length === 0;
  });
}

function reportCycle(
  trail: readonly InstanceId[],
  instances: ReadonlyMap<InstanceId, Instance>,
  { problems }: StageTable,
): void {
  const [first] = trail;
  problems.add({
    code: 'cycle',
    message: `these stages form a cycle: ${[...trail, first].join(' reads ')}`,
    hint: 'change one of these inputs to another artifact',
    location: (instances.get(first as InstanceId) as Instance).location,
    related: trail.slice(1).map((id) => ({
      message: `${id} is declared here`,
      location: (instances.get(id) as Instance).location,
    })),
  });
}
