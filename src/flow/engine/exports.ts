import { realpathSync } from 'node:fs';
import path from 'node:path';
import type { Artifact } from '../core/artifact.ts';
import type { Digest } from '../core/ids.ts';
import type { RunRecord } from '../core/run-record.ts';
import { digestBytes, hexOf } from '../key/digest.ts';
import type { Export } from '../pipeline/dag.ts';
import type { EngineContext } from './context.ts';
import { refusedPlace } from './export-place.ts';
import type { Emit } from './ledger.ts';
import type { MadeBy } from './resolve-action.ts';

export interface ExportsPlaced {
  /** false: a file that flow did not write was in the way. */
  readonly ok: boolean;
  readonly exports: readonly ExportedFile[];
}

type ExportedFile = NonNullable<RunRecord['exports']>[number];

/**
 * Places the Dag's exports in the work tree. One that is there already with the same content is left
 * alone; one that flow wrote before is replaced, even if it was edited; anything else is refused unless
 * `force`. Nothing is written outside the project or into the cache, wherever links lead.
 */
export async function placeExports(
  ctx: EngineContext,
  madeBy: MadeBy,
  force: boolean,
  emit: Emit,
): Promise<ExportsPlaced> {
  let ok = true;
  const exports: ExportedFile[] = [];
  for (const each of ctx.dag.exports) {
    const artifact = madeBy(each.from.instance)?.outputs[each.from.output];
    // Its stage is not among this run's targets.
    if (artifact === undefined) continue;
    const placed = await placeExport(ctx, each, artifact, force);
    if (placed.kind === 'refused') {
      ok = false;
      emit({ type: 'export-refused', path: each.path, message: placed.message });
      continue;
    }
    const changed = placed.kind === 'written';
    emit({ type: 'exported', path: each.path, id: each.from.instance, changed });
    exports.push({ path: each.path, digest: artifact.digest, instance: each.from.instance });
  }
  return { ok, exports };
}

type Placed =
  | { readonly kind: 'unchanged' | 'written' }
  | { readonly kind: 'refused'; readonly message: string };

async function placeExport(
  ctx: EngineContext,
  { path: shown }: Export,
  artifact: Artifact,
  force: boolean,
): Promise<Placed> {
  const { store } = ctx;
  const target = path.join(ctx.root, shown);
  const memo = memoName(ctx.root, shown);
  const message = refusedPlace(ctx.root, shown, store.root);
  if (message !== undefined) return { kind: 'refused', message };
  const now = await store.contentOf(target);
  if (now.ok && now.value.digest === artifact.digest && now.value.kind === artifact.kind) {
    // Ours from now on, also when the file came from elsewhere (a checkout, an earlier cache).
    if ((await store.memo.get(memo)) === undefined) await store.memo.put(memo, { path: shown });
    return { kind: 'unchanged' };
  }
  const missing = !now.ok && now.error.code === 'missing';
  const known = missing || force || (await store.memo.get(memo)) !== undefined;
  if (!known && !(now.ok && (await wasExported(ctx, shown, now.value.digest)))) {
    const message =
      'it exists and flow did not write it: move it away, or overwrite it with --force';
    return { kind: 'refused', message };
  }
  const done = await store.checkout(artifact, target, { replace: !missing });
  if (!done.ok) return { kind: 'refused', message: done.error.message };
  await store.memo.put(memo, { path: shown });
  return { kind: 'written' };
}

/**
 * A memo an export, so that runs side by side do not overwrite each other's. What flow wrote into one project
 * gives it no right to a file of another that shares the cache.
 */
function memoName(root: string, shown: string): string {
  return `export-${hexOf(digestBytes(JSON.stringify([realpathSync(root), shown])))}`;
}

/** Did some run place these very bytes there? So it knows its own in a project that was moved or copied. */
async function wasExported(
  { runs }: EngineContext,
  shown: string,
  digest: Digest,
): Promise<boolean> {
  for (const id of await runs.list()) {
    const record = await runs.read(id);
    const exports = record?.exports ?? [];
    if (exports.some((each) => each.path === shown && each.digest === digest)) return true;
  }
  return false;
}
