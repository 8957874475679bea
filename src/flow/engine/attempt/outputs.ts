import { lstatSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import path from 'node:path';
import type { Artifact } from '../../core/artifact.ts';
import type { Failure } from '../../core/events.ts';
import { err, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import type { Instance } from '../../pipeline/dag.ts';
import type { IngestError } from '../../store/store.ts';
import { messageOf } from '../../core/system-error.ts';
import type { EngineContext } from '../context.ts';
import { logTail } from '../../store/log-tail.ts';

/** What a stage that ended well did not leave, or not as it was declared; undefined: nothing. */
export function missingOutputs(
  ctx: EngineContext,
  instance: Instance,
  scratch: string,
  log: string,
): Failure | undefined {
  const missing: string[] = [];
  for (const output of instance.outputs) {
    const elsewhere = foldersOf(output.path).find((folder) => isLink(path.join(scratch, folder)));
    if (elsewhere !== undefined) {
      // What lies behind it is another's, and storing would move it away.
      const message = `output '${output.name}' (out/${output.path}): ${elsewhere} is now a link`;
      return { reason: 'bad-output', message, hint: allowed, ...whereOf(ctx, log) };
    }
    const shown = `'${output.name}' (out/${output.path}${output.tree ? '/' : ''})`;
    const at = path.join(scratch, 'out', output.path);
    let found: Stats | undefined;
    try {
      found = statSync(at, { throwIfNoEntry: false });
    } catch (error) {
      // A folder that this user may not enter, or a link that leads to itself.
      const why = messageOf(error).replaceAll(`${scratch}/`, '');
      const message = `flow cannot read output ${shown}: ${why}`;
      return { reason: 'bad-output', message, ...whereOf(ctx, log) };
    }
    if (found === undefined) {
      missing.push(isLink(at) ? `${shown}, which is a broken link` : shown);
    } else if (found.isDirectory() !== output.tree) {
      const message = output.tree
        ? `output ${shown} is a file, but its declared path ends with a slash, which means a folder`
        : `output ${shown} is a folder, but its declared path has no slash at its end, which means a file`;
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

/** `out`, and what lies between it and an output. */
function foldersOf(output: string): readonly string[] {
  const names = ['out', ...output.split('/')];
  return names.slice(0, -1).map((_, index) => names.slice(0, index + 1).join('/'));
}

/** false also where it cannot be seen: who needs it finds out. */
function isLink(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  } catch {
    return false;
  }
}

/** Takes the outputs into the store. `quiet`: ends what could still write to them. */
export async function ingestOutputs(
  ctx: EngineContext,
  instance: Instance,
  scratch: string,
  log: string,
  quiet: () => Promise<void>,
): Promise<Result<Readonly<Record<string, Artifact>>, Failure>> {
  const outputs: Record<string, Artifact> = {};
  for (const output of instance.outputs) {
    const at = path.join(scratch, 'out', output.path);
    const artifact = await ctx.store.ingest(at, 'move', { quiet });
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

const allowed = 'write only files, folders and links that stay inside the output';

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
