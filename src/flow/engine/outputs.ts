import { lstatSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import path from 'node:path';
import type { Artifact } from '../core/artifact.ts';
import type { Failure } from '../core/events.ts';
import { err, ok } from '../core/result.ts';
import type { Result } from '../core/result.ts';
import type { Instance } from '../pipeline/dag.ts';
import type { IngestError } from '../store/store.ts';
import { messageOf } from '../store/system-error.ts';
import type { EngineContext } from './context.ts';
import { logTail } from './failure.ts';

/** What a stage that ended well did not leave, or not as it was declared; undefined: nothing. */
export function missingOutputs(
  ctx: EngineContext,
  instance: Instance,
  scratch: string,
  log: string,
): Failure | undefined {
  const missing: string[] = [];
  for (const output of instance.outputs) {
    const shown = `'${output.name}' (out/${output.path}${output.tree ? '/' : ''})`;
    const at = path.join(scratch, 'out', output.path);
    let found: Stats | undefined;
    try {
      found = statSync(at, { throwIfNoEntry: false });
    } catch (error) {
      // A folder that this user may not enter, or a link that leads to itself.
      const why = messageOf(error).replaceAll(`${scratch}/`, '');
      const message = `output ${shown} is out of reach: ${why}`;
      return { reason: 'bad-output', message, ...whereOf(ctx, log) };
    }
    if (found === undefined) {
      const isLink = lstatSync(at, { throwIfNoEntry: false }) !== undefined;
      missing.push(isLink ? `${shown}, which is a link that leads nowhere` : shown);
    } else if (found.isDirectory() !== output.tree) {
      const message = output.tree
        ? `output ${shown} is a file, but its path ends with a slash: a folder`
        : `output ${shown} is a folder, but its path has no slash at its end: a file`;
      return { reason: 'bad-output', message, ...whereOf(ctx, log) };
    }
  }
  if (missing.length === 0) return undefined;
  return {
    reason: 'missing-output',
    message: `exited with code 0 but did not write ${missing.join(', ')}`,
    ...whereOf(ctx, log),
  };
}

/** Takes the outputs into the store. */
export async function ingestOutputs(
  ctx: EngineContext,
  instance: Instance,
  scratch: string,
  log: string,
): Promise<Result<Readonly<Record<string, Artifact>>, Failure>> {
  const outputs: Record<string, Artifact> = {};
  for (const output of instance.outputs) {
    const artifact = await ctx.store.ingest(path.join(scratch, 'out', output.path), 'move');
    if (!artifact.ok) {
      const { error } = artifact;
      // As the stage wrote it: the scratch folder is gone when somebody reads this.
      const message = `output '${output.name}': ${error.message.replaceAll(`${scratch}/`, '')}`;
      const reason = ingestReason(error);
      const hint = reason === 'bad-output' ? { hint: allowed } : {};
      return err({ reason, message, ...hint, ...whereOf(ctx, log) });
    }
    outputs[output.name] = artifact.value;
  }
  return ok(outputs);
}

const whereOf = (ctx: EngineContext, log: string): Pick<Failure, 'log' | 'tail'> => ({
  log: path.relative(ctx.root, log),
  tail: logTail(log),
});

const allowed = 'an output holds files, folders and links that stay inside it';

function ingestReason(error: IngestError): Failure['reason'] {
  switch (error.code) {
    case 'missing':
      return 'missing-output';
    case 'special-file':
    case 'escaping-link':
    case 'link-loop':
    case 'changed':
      return 'bad-output';
    case 'unreadable':
    case 'no-space':
      return 'store';
  }
}
