import { groupBy } from '../core/group-by.ts';
import type { ActionKey } from '../core/ids.ts';
import type { Provenance } from '../key/manifest.ts';
import type { Dag, Instance } from '../pipeline/dag.ts';
import type { DiskStore } from '../store/disk-store.ts';
import type { ActionResult } from '../store/records/action-result.ts';

/** All results on the path back to the sources, by key, if the cache still has them. */
export async function provenanceClosure(
  store: DiskStore,
  { provenance }: ActionResult,
): Promise<ReadonlyMap<string, Provenance>> {
  const known = new Map<string, Provenance>();
  const wanted = [provenance];
  for (let next = wanted.pop(); next; next = wanted.pop()) {
    for (const origin of Object.values(next.inputs).flat()) {
      if (!('key' in origin) || known.has(origin.key)) continue;
      const made = await store.action(origin.key as ActionKey);
      if (!made) continue;
      known.set(origin.key, made.provenance);
      wanted.push(made.provenance);
    }
  }
  return known;
}

const MAX_READERS = 3;

/** The instances that read an output; many of one stage are counted. */
export function readersOf(dag: Dag, { id }: Instance, output: string): readonly string[] {
  const readers = dag.instances.filter(({ inputs }) =>
    inputs.some((input) => {
      if (input.kind === 'source') return false;
      const refs = input.kind === 'artifact' ? [input.from] : input.items.map(({ from }) => from);
      return refs.some((from) => from.instance === id && from.output === output);
    }),
  );
  return [...groupBy(readers, ({ stage }) => stage)].flatMap(([stage, all]) =>
    all.length > MAX_READERS ? [`${stage} (×${all.length})`] : all.map((reader) => reader.id),
  );
}

/** The export paths of an output, relative to the project's root. */
export function exportsOf(dag: Dag, { id }: Instance, output: string): readonly string[] {
  return dag.exports
    .filter(({ from }) => from.instance === id && from.output === output)
    .map((entry) => entry.path);
}
