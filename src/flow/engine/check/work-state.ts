import path from 'node:path';
import type { Json } from '../../core/json.ts';
import { canonicalJson } from '../../key/canonical.ts';
import { digestBytes } from '../../key/digest.ts';
import { describePlace, placeOf } from '../../key/action/places.ts';
import type { Dag } from '../../pipeline/dag.ts';
import type { EngineContext } from '../context.ts';

export interface WorkState {
  /** Equal for equal pipelines, sources and code. */
  readonly digest: string;
  /** Absolute paths of the files and folders that it was read from. Some may not exist. */
  readonly places: readonly string[];
}

/** What a run reads in the work tree. Hashes only what changed since it was hashed last. */
export async function workState(ctx: EngineContext): Promise<WorkState> {
  const { dag, root, store, env } = ctx;
  const found: Record<string, Json> = { dag: dag as unknown as Json };
  const places = new Set(Object.keys(dag.files ?? {}).map((file) => path.resolve(root, file)));
  for (const source of sourcesOf(dag)) {
    const at = path.resolve(root, source);
    const read = await store.source(at);
    found[`source ${source}`] = read.ok ? read.value.artifact.digest : read.error.message;
    places.add(at);
  }
  for (const instance of dag.instances) {
    const code = await ctx.code.code(instance);
    const { command } = instance;
    if (command.kind === 'ts' || command.kind === 'py') {
      places.add(path.resolve(root, command.entry));
    }
    for (const pattern of instance.code) places.add(path.resolve(root, folderOf(pattern)));
    if (code.ok) {
      const { closure, packages = [] } = code.value;
      for (const file of Object.keys(closure)) places.add(path.resolve(root, file));
      found[`code ${instance.id}`] = { closure, packages } as unknown as Json;
    } else found[`code ${instance.id}`] = code.error.message;
    for (const text of instance.watch ?? []) {
      found[`watch ${text}`] = await describePlace(text, root, env);
      places.add(placeOf(text, root, env));
    }
  }
  return { digest: digestBytes(canonicalJson(found)), places: [...places] };
}

function sourcesOf({ instances }: Dag): ReadonlySet<string> {
  const inputs = instances.flatMap((instance) => instance.inputs);
  return new Set(inputs.flatMap((input) => (input.kind === 'source' ? [input.path] : [])));
}

/** The part of a pattern before its first wildcard. */
function folderOf(pattern: string): string {
  const parts = pattern.split('/');
  const wild = parts.findIndex((part) => /[*?[{]/.test(part));
  return wild === -1 ? pattern : parts.slice(0, wild).join('/');
}
