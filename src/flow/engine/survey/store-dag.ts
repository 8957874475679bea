import type { Digest } from '../../core/ids.ts';
import type { EngineContext } from '../context.ts';

/** So that later commands resolve instances of a run that names it. */
export async function storeDag({ store, dag }: EngineContext): Promise<Digest> {
  return (await store.putBytes(Buffer.from(JSON.stringify(dag)), false)).digest;
}
