import path from 'node:path';
import type { Artifact } from '../../core/artifact.ts';
import type { RunRecord } from '../../core/run-record.ts';
import type { Export } from '../../pipeline/dag.ts';
import type { EngineContext } from '../context.ts';
import type { Emit } from '../emit.ts';
import { ExportClaim, ExportTurn, refusedPlace } from './permission.ts';
import type { MadeBy } from '../survey/resolve-action.ts';

export interface ExportsPlaced {
  /** False: a file that flow did not write already existed. */
  readonly ok: boolean;
  /** Whether `force` decided about a file. */
  readonly forced: boolean;
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
  interrupted: () => boolean,
): Promise<ExportsPlaced> {
  let ok = true;
  let forced = false;
  const exports: ExportedFile[] = [];
  const turn = new ExportTurn(ctx, emit, interrupted);
  try {
    for (const each of ctx.dag.exports) {
      const artifact = madeBy(each.from.instance)?.outputs[each.from.output];
      // Its stage is not one of this run's targets.
      if (artifact === undefined) continue;
      const placed = await placeExport(ctx, turn, each, artifact, force);
      if (placed.kind === 'refused') {
        ok = false;
        emit({ type: 'export-refused', path: each.path, message: placed.message });
        continue;
      }
      const changed = placed.kind !== 'unchanged';
      forced ||= placed.kind === 'forced';
      emit({ type: 'exported', path: each.path, id: each.from.instance, changed });
      exports.push({ path: each.path, digest: artifact.digest, instance: each.from.instance });
    }
  } finally {
    await turn.end();
  }
  return { ok, forced, exports };
}

type Placed =
  | { readonly kind: 'unchanged' | 'written' | 'forced' }
  | { readonly kind: 'refused'; readonly message: string };

async function placeExport(
  ctx: EngineContext,
  turn: ExportTurn,
  { path: shown }: Export,
  artifact: Artifact,
  force: boolean,
): Promise<Placed> {
  const { store } = ctx;
  const target = path.join(ctx.root, shown);
  const message = refusedPlace(ctx.root, shown, store.root);
  if (message !== undefined) return { kind: 'refused', message };
  const claim = new ExportClaim(ctx, shown);
  const before = await store.contentOf(target);
  if (before.ok && before.value.digest === artifact.digest && before.value.kind === artifact.kind) {
    // The file is flow's from now on, also if another program made it (a checkout, an earlier
    // cache).
    await claim.own();
    return { kind: 'unchanged' };
  }
  const holder = await turn.take();
  if (holder !== undefined) {
    return { kind: 'refused', message: `another run (${holder}) was still writing its exports` };
  }
  // Another run may have written there until now.
  const now = await store.contentOf(target);
  const missing = !now.ok && now.error.code === 'missing';
  const isFlows = await claim.holds(now.ok ? now.value.digest : undefined);
  if (isFlows) await claim.own();
  else if (missing || force) await claim.intend(artifact.digest);
  else {
    const message = 'it exists, but flow did not write it: move it, or overwrite it with --force';
    return { kind: 'refused', message };
  }
  const done = await store.checkout(artifact, target, { replace: !missing });
  if (!done.ok) return { kind: 'refused', message: done.error.message };
  await claim.own();
  return { kind: isFlows || missing ? 'written' : 'forced' };
}
