import path from 'node:path';
import { ok } from '../core/result.ts';
import { type Args, type Ended, type Io, printJson, refuse, usage } from './command.ts';
import { withSession } from './session.ts';
import { findTarget, outputOf, resultToUse } from './target.ts';

/** `flow checkout`: a copy of an artifact outside the cache. */
export async function checkoutCommand(args: Args, io: Io): Promise<Ended> {
  const [reference = '', given] = args.operands;
  return withSession(args, io, undefined, async (session) => {
    const target = await findTarget(args, session, reference);
    if (!target.ok) return target;
    const output = outputOf(target.value);
    if (!output.ok) return output;
    const result = await resultToUse(target.value);
    if (!result.ok) return result;
    const { instance } = target.value;
    const artifact = result.value.outputs[output.value];
    const declared = instance.outputs.find(({ name }) => name === output.value);
    if (!artifact || !declared)
      return usage('no-output', `${instance.id} has no '${output.value}'`);

    // A trailing slash names the folder to put it in, unless it is a folder itself.
    const name = path.posix.basename(declared.path);
    const inside = given?.endsWith('/') === true && artifact.kind === 'file';
    const destination = inside ? path.join(given, name) : (given ?? name);
    const at = path.resolve(io.cwd, destination);
    const done = await session.store.checkout(artifact, at, { replace: args.has('force') });
    if (!done.ok) {
      const { code, message } = done.error;
      const hint = code === 'exists' ? 'name another place, or add --force' : undefined;
      return refuse(1, { code, message, ...(hint !== undefined && { hint }) });
    }
    const { digest, size, kind } = artifact;
    if (args.has('json')) await printJson(io, { path: destination, kind, size, digest });
    else await io.out(`${destination}\n`);
    return ok(0);
  });
}
