import { statSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import type { Artifact } from '../../core/artifact.ts';
import type { Diagnostic } from '../../core/diagnostic.ts';
import type { InstanceId } from '../../core/ids.ts';
import { ADOPTED } from '../../core/names.ts';
import { err, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import type { Instance, Output } from '../../pipeline/dag.ts';
import type { ActionResult } from '../../store/records/action-result.ts';
import type { EngineContext } from '../context.ts';
import type { ResolvedAction } from '../survey/resolve-action.ts';
import { recordedResult } from '../survey/survey.ts';
import { surveyOne } from '../survey/survey-one.ts';

export type AdoptEnd =
  | { readonly kind: 'adopted'; readonly result: ActionResult }
  /** Nothing is changed: the instance has a result. */
  | { readonly kind: 'exists'; readonly result: ActionResult }
  /** The inputs that have no result. */
  | { readonly kind: 'awaiting'; readonly on: readonly InstanceId[] }
  | { readonly kind: 'busy'; readonly holder: string }
  | { readonly kind: 'refused'; readonly diagnostics: readonly Diagnostic[] };

export interface AdoptInput {
  readonly ctx: EngineContext;
  readonly instance: Instance;
  /** Absolute: the folder with the outputs under their declared paths. */
  readonly folder: string;
  /** Its result replaces a stored one. */
  readonly replace: boolean;
}

/**
 * Makes files that were computed elsewhere the result of an instance. Its inputs must be hits, since its key is
 * made of them. The files are copied.
 */
export async function adopt(input: AdoptInput): Promise<AdoptEnd> {
  const { ctx, instance } = input;
  const found = await surveyOne(ctx, instance);
  switch (found.state) {
    case 'awaiting':
      return { kind: 'awaiting', on: found.on };
    case 'broken':
      return { kind: 'refused', diagnostics: [{ code: found.failure.reason, ...found.failure }] };
    case 'miss':
      break;
  }
  const { action } = found;
  const lock = await ctx.store.locks.acquire(action.key, 'flow adopt');
  if (lock.kind === 'busy') return lock;
  try {
    return await adoptLocked(input, action);
  } finally {
    await lock.release();
  }
}

async function adoptLocked(
  { ctx, instance, folder, replace }: AdoptInput,
  action: ResolvedAction,
): Promise<AdoptEnd> {
  const { key, manifest, provenance } = action;
  const stored = replace ? undefined : await recordedResult(ctx.store, action);
  if (stored !== undefined) return { kind: 'exists', result: stored };
  // gc leaves what the result reads and what it will hold alone until the cache is closed.
  await ctx.store.claim([key]);
  const outputs = await storeOutputs(ctx, instance, folder);
  if (!outputs.ok) return { kind: 'refused', diagnostics: outputs.error };
  const result: ActionResult = {
    version: 1,
    key,
    outputs: outputs.value,
    manifest,
    provenance,
    execution: {
      run: ADOPTED,
      host: hostname(),
      startedAt: new Date(ctx.clock()).toISOString(),
      wallMs: 0,
      attempts: 0,
      flow: ctx.flowVersion,
      node: process.version,
    },
  };
  ctx.store.hurry();
  const published = await ctx.store.publish(result, replace);
  if (published.kind === 'published') return { kind: 'adopted', result };
  if (published.kind === 'adopted') return { kind: 'exists', result: published.result };
  const message = `output '${published.output}' was removed from the cache before it was recorded`;
  return { kind: 'refused', diagnostics: [{ code: 'store', message, hint: 'try it again' }] };
}

async function storeOutputs(
  ctx: EngineContext,
  { outputs }: Instance,
  folder: string,
): Promise<Result<Readonly<Record<string, Artifact>>, readonly Diagnostic[]>> {
  const wrong = outputs.flatMap((output) => wrongOutput(output, folder));
  if (wrong.length > 0) return err(wrong);
  const stored: Record<string, Artifact> = {};
  for (const output of outputs) {
    const artifact = await ctx.store.ingest(path.join(folder, output.path), 'copy');
    if (artifact.ok) stored[output.name] = artifact.value;
    else return err([{ code: 'bad-output', message: artifact.error.message }]);
  }
  return ok(stored);
}

function wrongOutput({ name, path: declared, tree }: Output, folder: string): Diagnostic[] {
  const at = path.join(folder, declared);
  const wanted = tree ? 'a folder' : 'a file';
  const found = statSync(at, { throwIfNoEntry: false });
  if (found !== undefined && found.isDirectory() === tree) return [];
  const message =
    found === undefined
      ? `output '${name}' is missing: there is no ${at}`
      : `output '${name}': ${at} is not ${wanted}`;
  const hint = `put ${wanted} there, under the path that the stage declares`;
  return [{ code: found === undefined ? 'missing-output' : 'bad-output', message, hint }];
}
