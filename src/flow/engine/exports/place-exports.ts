import { chmodSync, lstatSync } from 'node:fs';
import path from 'node:path';
import type { Artifact } from '../../core/artifact.ts';
import type { RunRecord } from '../../core/run-record.ts';
import type { Export } from '../../pipeline/dag.ts';
import type { EngineContext } from '../context.ts';
import type { Emit } from '../emit.ts';
import type { CheckoutError } from '../../store/store.ts';
import type { MadeBy } from '../survey/resolve-action.ts';
import { ExportClaim } from './claim.ts';
import type { OwnFiles } from './claim.ts';
import { filesAt, filesOf } from './files.ts';
import { leftExports } from './left-exports.ts';
import { ExportTurn, refusedPlace } from './permission.ts';
import { placeAround } from './place-files.ts';

export interface ExportsPlaced {
  /** False: a file that flow did not write already existed. */
  readonly ok: boolean;
  /** Whether `force` decided about a file. */
  readonly forced: boolean;
  readonly exports: readonly ExportedFile[];
}

export interface ExportOptions {
  /** Overwrite files that flow did not write. */
  readonly forceExports: boolean;
  /** Only some targets of the pipeline were wanted, so its other exports count as its own. */
  readonly partial?: boolean;
}

type ExportedFile = NonNullable<RunRecord['exports']>[number];

/**
 * Places the Dag's exports in the work tree. A file that is there already with the same content is left
 * alone; a file that flow wrote there last is replaced; any other is a person's and stays, unless `force`.
 * Nothing is written outside the project or into the cache, wherever links lead.
 */
export async function placeExports(
  ctx: EngineContext,
  madeBy: MadeBy,
  { forceExports: force, partial = false }: ExportOptions,
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
    const left = await leftExports(ctx, partial);
    if (left.length > 0) {
      emit({ type: 'warning', code: 'exports-left', message: leftMessage(left) });
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
    if (!(await claim.isOf(artifact))) {
      const files = await filesOf(store, artifact);
      if (files.ok) await claim.wrote(files.value, artifact);
    }
    return { kind: setExecutable(target, artifact) ? 'written' : 'unchanged' };
  }
  const holder = await turn.take();
  if (holder !== undefined) {
    return { kind: 'refused', message: `another run (${holder}) was still writing its exports` };
  }
  const files = await filesOf(store, artifact);
  if (!files.ok) return { kind: 'refused', message: notPlaced(files.error) };
  // Another run may have written there until now.
  const there = await filesAt(store, target);
  const own = await claim.ownFiles(artifact);
  const foreign = [...there]
    .filter(([file, content]) => files.value.get(file) !== content && !own.has(file, content))
    .map(([file]) => file)
    .sort();
  if (foreign.length > 0 && !force) {
    const isFile = there.has('') || artifact.kind === 'file';
    if (isFile) return { kind: 'refused', message: keptFile(foreign, own) };
    await claim.intend(own.wrote, files.value);
    const placed = await placeAround(store, artifact, target, files.value, there, foreign);
    if (!placed.ok) return { kind: 'refused', message: notPlaced(placed.error) };
    await claim.wrote(new Map([...own.wrote, ...placed.value]));
    return { kind: 'refused', message: keptIn(foreign) };
  }
  await claim.intend(own.wrote, files.value);
  const missing = lstatSync(target, { throwIfNoEntry: false }) === undefined;
  const done = await store.checkout(artifact, target, { replace: !missing });
  if (!done.ok) return { kind: 'refused', message: notPlaced(done.error) };
  await claim.wrote(files.value, artifact);
  return { kind: foreign.length > 0 ? 'forced' : 'written' };
}

/** The bit of a file whose bytes are right. False where it is so already, or its file system has none. */
function setExecutable(target: string, artifact: Artifact): boolean {
  const before = lstatSync(target, { throwIfNoEntry: false });
  if (artifact.kind !== 'file' || before?.isFile() !== true) return false;
  if (((before.mode & 0o100) !== 0) === artifact.exec) return false;
  // Whoever may read it may run it.
  const readers = (before.mode & 0o444) >> 2;
  chmodSync(target, artifact.exec ? before.mode | readers : before.mode & ~0o111);
  return lstatSync(target).mode !== before.mode;
}

/** What is damaged in the cache has been removed, so that it is a miss. */
function notPlaced({ code, message }: CheckoutError): string {
  const damaged = code === 'damaged-blob' || code === 'missing-blob';
  return damaged ? `${message}: the next flow run computes it again` : message;
}

function keptFile([file = '']: readonly string[], own: OwnFiles): string {
  if (file !== '') return keptIn([file]);
  const why =
    own.claimed && own.wrote.has('')
      ? 'it was edited after flow wrote it'
      : 'it exists, but flow did not write it';
  return `${why}: move it, or overwrite it with --force`;
}

function keptIn(foreign: readonly string[]): string {
  const [what, them] =
    foreign.length === 1
      ? ['a file in it that was', 'it']
      : [`${foreign.length} files in it that were`, 'them'];
  return `flow keeps ${what} edited or added: ${named(foreign)}: move ${them}, or replace the folder with --force`;
}

function leftMessage(left: readonly string[]): string {
  const what =
    left.length === 1 ? 'an export of an earlier run' : `${left.length} exports of earlier runs`;
  return `flow keeps ${what} that this pipeline no longer has: ${named(left)}`;
}

const MAX_NAMED = 10;

function named(files: readonly string[]): string {
  const more = files.length - MAX_NAMED;
  const shown = files.slice(0, MAX_NAMED).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}
