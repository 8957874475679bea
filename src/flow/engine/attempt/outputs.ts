import { lstatSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import path from 'node:path';
import type { Artifact } from '../../core/artifact.ts';
import type { Failure } from '../../core/events.ts';
import { err, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import type { Instance, Output } from '../../pipeline/dag.ts';
import type { IngestError } from '../../store/store.ts';
import { messageOf } from '../../core/system-error.ts';
import type { EngineContext } from '../context.ts';
import { wroteElsewhere } from './wrote-elsewhere.ts';
import { logTail } from '../../store/log-tail.ts';

/** The failure for missing or wrong outputs after a successful end; undefined if there is none. */
export function missingOutputs(
  ctx: EngineContext,
  instance: Instance,
  scratch: string,
  log: string,
): Failure | undefined {
  const missing: string[] = [];
  const absent: Output[] = [];
  for (const output of instance.outputs) {
    const elsewhere = foldersOf(output.path).find((folder) => isLink(path.join(scratch, folder)));
    if (elsewhere !== undefined) {
      // The target of the link belongs to somebody else, and storing would move it.
      const message = `output '${output.name}' (out/${output.path}): ${elsewhere} is now a link`;
      return { reason: 'bad-output', message, hint: allowed, ...whereOf(ctx, log) };
    }
    const shown = `'${output.name}' (out/${output.path}${output.tree ? '/' : ''})`;
    const at = path.join(scratch, 'out', output.path);
    let found: Stats | undefined;
    try {
      found = statSync(at, { throwIfNoEntry: false });
    } catch (error) {
      // This user may not enter a folder, or a link leads to itself.
      const why = messageOf(error).replaceAll(`${scratch}/`, '');
      const message = `flow cannot read output ${shown}: ${why}`;
      return { reason: 'bad-output', message, ...whereOf(ctx, log) };
    }
    if (found === undefined) {
      absent.push(output);
      missing.push(isLink(at) ? `${shown}, which is a broken link` : shown);
    } else if (found.isDirectory() !== output.tree) {
      const message = output.tree
        ? `output ${shown} is a file, but its declared path ends with a slash, which means a folder`
        : `output ${shown} is a folder, but its declared path has no slash at its end, which means a file`;
      return { reason: 'bad-output', message, ...whereOf(ctx, log) };
    }
  }
  if (missing.length === 0) return undefined;
  const hint = wroteElsewhere(instance, absent, scratch);
  return {
    reason: 'missing-output',
    message: `exited with code 0 but did not write ${missing.join(', ')}`,
    ...(hint !== undefined && { hint }),
    ...whereOf(ctx, log),
  };
}

/** `out`, and the folders between it and an output. */
function foldersOf(output: string): readonly string[] {
  const names = ['out', ...output.split('/')];
  return names.slice(0, -1).map((_, index) => names.slice(0, index + 1).join('/'));
}

/** Also false if it cannot be read: the code that needs it reports that. */
function isLink(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  } catch {
    return false;
  }
}

/** Stores the outputs. `quiet`: kills processes that could still write to them. */
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
      // Written as the stage knows it, because the scratch folder does not exist any more when a
      // user reads this.
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
