import type { Dag, Instance } from '../../pipeline/dag.ts';

type Named = Pick<Instance, 'stage' | 'location'>;

/** The stage, and where its `ts:` or `py:` is written. */
export function entryPlace(dag: Dag, { stage, location }: Instance): Named {
  return { stage, location: dag.codePlaces?.[stage]?.entry ?? location };
}

/** The stage, and where the pattern of this number in its `code:` is written. */
export function patternPlace(dag: Dag, { stage, location }: Instance, index: number): Named {
  return { stage, location: dag.codePlaces?.[stage]?.patterns[index] ?? location };
}
