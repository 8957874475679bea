import type { InstanceId } from '../core/ids.ts';
import type { Dag, Instance } from './dag.ts';

/** The instances whose outputs this instance reads, each once. */
export function needsOf(instance: Instance): readonly InstanceId[] {
  const ids = new Set<InstanceId>();
  for (const input of instance.inputs) {
    if (input.kind === 'artifact') ids.add(input.from.instance);
    if (input.kind === 'collect') for (const item of input.items) ids.add(item.from.instance);
  }
  return [...ids];
}

/** The instance and all instances that it needs, in the order of the Dag. */
export function withAncestors(dag: Dag, instance: Instance): readonly Instance[] {
  const wanted = new Set<InstanceId>([instance.id]);
  for (const each of [...dag.instances].reverse()) {
    if (wanted.has(each.id)) for (const need of needsOf(each)) wanted.add(need);
  }
  return dag.instances.filter((each) => wanted.has(each.id));
}
