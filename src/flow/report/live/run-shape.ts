import type { InstanceId } from '../../core/ids.ts';
import type { Dag } from '../../pipeline/dag.ts';
import { needsOf } from '../../pipeline/needs.ts';

/**
 * The facts of a Dag for the picture of a run: the needs of each instance, and what it takes from
 * the pools.
 */
export interface RunShape {
  /** In the Dag's order. */
  readonly instances: readonly {
    readonly id: InstanceId;
    readonly stage: string;
    readonly needs: readonly InstanceId[];
    readonly pool: Readonly<Record<string, number>>;
  }[];
  /** Stage -> the stages that it reads. */
  readonly stages: ReadonlyMap<string, readonly string[]>;
}

export function shapeOf(dag: Dag): RunShape {
  const stageOf = new Map(dag.instances.map(({ id, stage }) => [id, stage]));
  const stages = new Map<string, Set<string>>();
  const instances = dag.instances.map((instance) => {
    const { id, stage, pool } = instance;
    const needs = needsOf(instance);
    const read = stages.get(stage) ?? new Set<string>();
    for (const need of needs) read.add(stageOf.get(need) ?? '');
    stages.set(stage, read);
    return { id, stage, needs, pool };
  });
  return { instances, stages: new Map([...stages].map(([name, read]) => [name, [...read]])) };
}
