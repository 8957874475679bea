import { statfsSync } from 'node:fs';
import type { InstanceId } from '../../core/ids.ts';
import type { SourceArtifact } from '../../store/store.ts';
import type { EngineContext } from '../context.ts';
import type { ActionResolver } from '../survey/resolve-action.ts';
import type { Surveyed } from '../survey/survey.ts';

/** The part of the disk that stays free. */
const FREE_PART = 0.1;

/**
 * Large sources are copied into the cache when a stage needs them. Why there is no room for those of this run;
 * undefined: there is.
 */
export async function lacksRoom(
  ctx: EngineContext,
  surveyed: ReadonlyMap<InstanceId, Surveyed>,
  resolver: ActionResolver,
): Promise<string | undefined> {
  const sources = new Map<string, SourceArtifact>();
  for (const { id, inputs } of ctx.dag.instances) {
    if (surveyed.get(id)?.state === 'hit') continue;
    for (const input of inputs) {
      if (input.kind !== 'source' || input.inPlace === true) continue;
      const source = await resolver.source(input);
      if (source.ok && source.value.large.length > 0) sources.set(input.path, source.value);
    }
  }
  const bytes = ctx.store.bytesToKeep(sources.values());
  if (bytes === 0) return undefined;
  const { bavail, blocks, bsize } = statfsSync(ctx.store.root);
  const free = bavail * bsize;
  if (free - bytes >= blocks * bsize * FREE_PART) return undefined;
  const names = [...sources.keys()].join(', ');
  const [first = ''] = sources.keys();
  return `the copies of ${names} in the cache need ${gigabytes(bytes)}, which would leave less than a tenth of its disk free (${gigabytes(free)} are free). Free some space, or read a source where it lies: { from: ./${first}, in_place: true }`;
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
