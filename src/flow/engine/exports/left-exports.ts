import { lstatSync } from 'node:fs';
import path from 'node:path';
import type { EngineContext } from '../context.ts';
import { exportMemo } from './claim.ts';

/**
 * Exports of earlier runs of the pipeline that it no longer has, because a value left the sweep or a path
 * was renamed, and that still exist. flow removes none: somebody may use them.
 */
export async function leftExports(
  ctx: EngineContext,
  partial: boolean,
): Promise<readonly string[]> {
  const { memo } = ctx.store;
  const name = exportMemo(ctx.root, `exports of ${ctx.pipelineFile}`);
  const before = ((await memo.get(name)) ?? []) as readonly string[];
  const now = new Set(ctx.dag.exports.map((each) => each.path));
  const left = before.filter((file) => !now.has(file) && exists(path.join(ctx.root, file)));
  const all = [...left, ...now].sort();
  if (JSON.stringify(all) !== JSON.stringify(before)) await memo.put(name, all);
  return partial ? [] : left;
}

const exists = (file: string): boolean => lstatSync(file, { throwIfNoEntry: false }) !== undefined;
