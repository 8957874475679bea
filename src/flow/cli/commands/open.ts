import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { execa } from 'execa';
import { err, ok, type Result } from '../../core/result.ts';
import { hexOf } from '../../key/digest.ts';
import { makeFolder } from '../../store/disk/files.ts';
import { type Args, type Ended, type Io, printJson, refuse } from '../args/command.ts';
import { artifactOf, hasResult, withTarget } from '../project/target.ts';

/** `flow open`: a copy of an artifact, in the program that the desktop has for it. */
export async function openCommand(args: Args, io: Io): Promise<Ended> {
  return withTarget(args, io, hasResult, async (target) => {
    const found = await artifactOf(target, args, args.operands[1] ?? '');
    if (!found.ok) return found;
    const { artifact, path: name } = found.value;
    // The name has the digest, so that a second call uses the same copy.
    const folder = path.join(tmpdir(), `flow-open-${hexOf(artifact.digest).slice(0, 16)}`);
    const copy = path.join(folder, path.posix.basename(name));
    if (!existsSync(copy)) {
      makeFolder(folder);
      const done = await target.session.store.checkout(artifact, copy, { replace: false });
      if (!done.ok) return refuse(1, { code: done.error.code, message: done.error.message });
    }
    if (args.has('json')) {
      await printJson(io, { path: copy });
      return ok(0);
    }
    const program = args.value('with') ?? (process.platform === 'darwin' ? 'open' : 'xdg-open');
    const opened = await openWith(program, copy);
    if (opened.ok) return ok(0);
    return refuse(3, {
      code: 'cannot-open',
      message: `${program}: ${opened.error}`,
      hint: `open the copy ${copy} yourself, or use --with PROGRAM`,
    });
  });
}

/**
 * Waits for the program: a pager uses the terminal, and xdg-open exits when the other program has
 * started.
 */
async function openWith(program: string, file: string): Promise<Result<void, string>> {
  const ended = await execa(program, [file], { stdio: 'inherit', reject: false });
  if (!ended.failed) return ok(undefined);
  return err(ended.code === 'ENOENT' ? 'not found' : (ended.shortMessage ?? 'failed'));
}
