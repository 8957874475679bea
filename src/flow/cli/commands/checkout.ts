import { realpathSync } from 'node:fs';
import path from 'node:path';
import { ok } from '../../core/result.ts';
import { type Args, type Ended, type Io, printJson, refuse, usage } from '../args/command.ts';
import { notBelowFile } from '../project/destination.ts';
import { isFolder } from '../project/project.ts';
import type { Session } from '../project/session.ts';
import { hasResult, outputOf, resultToUse, withTarget } from '../project/target.ts';

/** `flow checkout`: a copy of an artifact outside the cache. */
export async function checkoutCommand(args: Args, io: Io): Promise<Ended> {
  const [, given] = args.operands;
  return withTarget(args, io, hasResult, async (target) => {
    const output = outputOf(target);
    if (!output.ok) return output;
    const result = await resultToUse(target, args);
    if (!result.ok) return result;
    const { session, instance } = target;
    const artifact = result.value.outputs[output.value];
    const declared = instance.outputs.find(({ name }) => name === output.value);
    if (!artifact || !declared)
      return usage('no-output', `${instance.id} has no output '${output.value}'`);

    // Copies a file into an existing folder, or a folder named with a trailing slash, as cp does.
    const name = path.posix.basename(declared.path);
    const file = artifact.kind === 'file';
    const isInto = (place: string): boolean =>
      place.endsWith('/') || isFolder(path.resolve(io.cwd, place));
    const destination =
      given === undefined ? name : file && isInto(given) ? path.join(given, name) : given;
    const at = path.resolve(io.cwd, destination);
    const below = notBelowFile(io, path.dirname(at));
    if (below !== undefined) return below;
    if (isFolder(at)) {
      if (file) {
        return usage('exists', `${at} is a folder, which a file cannot replace`, 'choose another DEST'); // prettier-ignore
      }
      const held = heldBelow(at, session);
      const inside = path.join(destination, name);
      if (held !== undefined) return usage('exists', `${at} contains ${held}`, `write ${inside}`);
    }
    const done = await session.store.checkout(artifact, at, { replace: args.has('force') });
    if (!done.ok) {
      const { code, message } = done.error;
      const whole = file ? '' : ' to replace all of it';
      const hint = code === 'exists' ? `choose another DEST, or add --force${whole}` : undefined;
      return refuse(code === 'exists' ? 2 : 1, {
        code,
        message,
        ...(hint !== undefined && { hint }),
      });
    }
    const { digest, size, kind } = artifact;
    if (args.has('json')) await printJson(io, { path: destination, kind, size, digest });
    else await io.out(`${destination}\n`);
    return ok(0);
  });
}

/** Folders that must never be moved away, also with --force. */
function heldBelow(folder: string, { io, project }: Session): string | undefined {
  const places: readonly (readonly [string, string | undefined])[] = [
    ['the working directory', io.cwd],
    ['the project', project.root],
    ['the cache', project.cache],
    ['the home folder', io.env['HOME']],
  ];
  const top = realpathSync(folder);
  const holds = (place: string): boolean => {
    const relative = path.relative(top, realpathSync(place));
    return relative !== '..' && !relative.startsWith(`..${path.sep}`);
  };
  return places.find(([, place]) => place !== undefined && isFolder(place) && holds(place))?.[0];
}
