import { dirname } from 'node:path';
import { shellQuote } from '../../core/names.ts';
import type { KeptAttempt } from '../../store/records/kept.ts';
import { type Args, type Ended, type Io, refuse } from '../args/command.ts';
import { runInForeground } from '../project/program.ts';
import { runOf, type Target, type Wanted, withTarget } from '../project/target.ts';

/** `flow shell`: opens a shell in the kept folder of a failed attempt. */
export async function shellCommand(args: Args, io: Io): Promise<Ended> {
  return withTarget(args, io, isKept, async (target) => {
    const kept = keptOf(target);
    if (kept === undefined) {
      const message = `there is no kept attempt of ${target.instance.id}`;
      const hint = `keep one that fails: ${runOf(target, args)} --keep-failed`;
      return refuse(1, { code: 'no-attempt', message, hint });
    }
    const { folder, attempt } = kept;
    io.stderr.write(`${folder}\nit failed: ${attempt.failure}\n`);
    io.stderr.write(`to repeat it: ${attempt.argv.map(shellQuote).join(' ')}\n`);
    const shell = io.env['SHELL'] ?? '/bin/sh';
    return runInForeground([shell], { cwd: folder, env: environment(attempt, folder, io) });
  });
}

const isKept: Wanted = async (target) => keptOf(target) !== undefined;

function keptOf({ view, session, instance }: Target) {
  return view.record && session.store.kept.find(view.record.run_id, instance.id);
}

/** That of the stage, at its new place. Secrets come from this environment, where they are set. */
function environment(
  { env, secrets, folders }: KeptAttempt,
  folder: string,
  io: Io,
): Readonly<Record<string, string | undefined>> {
  const moved = (value: string): string => {
    // The folder above it is what GIT_CEILING_DIRECTORIES names.
    if (folders.map(dirname).includes(value)) return dirname(folder);
    return folders.reduce((text, before) => text.replaceAll(before, folder), value);
  };
  const own = Object.entries(env).map(([name, value]) => [name, moved(value)] as const);
  const passed = ['TERM', ...secrets].map((name) => [name, io.env[name]] as const);
  return { ...Object.fromEntries(passed), ...Object.fromEntries(own) };
}
