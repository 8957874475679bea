import { isJsonObject } from '../../core/json.ts';
import type { Json } from '../../core/json.ts';
import { ok } from '../../core/result.ts';
import type { Instance } from '../../pipeline/dag.ts';
import type { LoadedPipeline } from '../../pipeline/resolve/load.ts';
import { isCache } from '../../store/cache-folder.ts';
import { openStore } from '../../store/open-store.ts';
import type { Args, Io } from '../args/command.ts';
import { loadFromText, remembered } from '../project/load-dag.ts';
import { openProject } from '../project/project.ts';

/** The facts about a pipeline for completion. */
export interface PipelineFacts {
  /** Also values of mappings: `td.rows`. */
  readonly params: readonly {
    readonly name: string;
    readonly about: string;
    readonly values: readonly string[];
  }[];
  readonly profiles: readonly string[];
  readonly instances: readonly Instance[];
}

/**
 * Remembered by the texts of the pipeline if there is a cache, so that Tab reads the YAML only
 * once.
 */
export async function completionFacts(
  args: Args,
  io: Io,
  file: string,
): Promise<PipelineFacts | undefined> {
  const project = await openProject(args, io, file);
  if (!project.ok) return undefined;
  const { root, cache } = project.value;
  const request = { file, targets: [], root };
  // Tab creates no cache and upgrades none.
  const store = isCache(cache) ? await openStore(cache) : undefined;
  if (store?.ok !== true) {
    const loaded = await loadFromText(args, io, request);
    return loaded.ok ? factsOf(loaded.value) : undefined;
  }
  try {
    const { memo } = store.value;
    const facts = await remembered(
      { memo, blobs: store.value, name: ['completion', args, io, request] },
      async (read) => {
        const loaded = await loadFromText(args, io, request, read);
        return loaded.ok ? ok(factsOf(loaded.value)) : loaded;
      },
    );
    return facts.ok ? facts.value.value : undefined;
  } finally {
    await store.value.close();
  }
}

function factsOf({ dag, spec }: LoadedPipeline): PipelineFacts {
  const params = [...spec.params.values()].flatMap((param) => {
    const value = dag.params[param.name] ?? null;
    const values = param.enum?.map(String) ?? (param.type === 'boolean' ? ['true', 'false'] : []);
    const about = [short(value), param.description ?? ''].filter(Boolean).join('  ');
    const leaves = isJsonObject(value) ? Object.entries(value) : [];
    return [
      { name: param.name, about, values },
      ...leaves.map(([leaf, its]) => {
        return { name: `${param.name}.${leaf}`, about: short(its), values: [] };
      }),
    ];
  });
  return { params, profiles: [...spec.profiles.keys()], instances: dag.instances };
}

function short(value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
