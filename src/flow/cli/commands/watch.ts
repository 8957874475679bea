import path from 'node:path';
import { ok } from '../../core/result.ts';
import { messageOf } from '../../core/system-error.ts';
import { type WorkState, workState } from '../../engine/check/work-state.ts';
import { exitCodeOf, type InterruptSignal, processInterrupts } from '../../engine/interrupts.ts';
import { plural } from '../../report/format.ts';
import { visible } from '../../report/printable.ts';
import { type Args, type Ended, type Io, refuse } from '../args/command.ts';
import { printDiagnostics } from '../args/print-diagnostics.ts';
import { FolderWatch } from '../project/folder-watch.ts';
import { pipelineContext, withSession } from '../project/session.ts';
import { runCommand } from './run.ts';

/** `flow watch`: runs a pipeline, and again when what it reads changes. */
export async function watchCommand(args: Args, io: Io): Promise<Ended> {
  let signal: InterruptSignal | undefined;
  let listening: (() => void) | undefined;
  const interrupted = new Promise<undefined>((resolve) => {
    listening = processInterrupts().on((received) => {
      signal ??= received;
      resolve(undefined);
    });
  });
  try {
    let known = await look(args, io, []);
    for (let isFirst = true; ; isFirst = false) {
      const ended = await runCommand(args, io);
      if (!ended.ok) {
        const { diagnostics } = ended.error;
        // Mistakes of the command line, which no change of a file could mend.
        if (isFirst && diagnostics.every(({ location }) => location === undefined)) return ended;
        await printDiagnostics(io, false, diagnostics);
      }
      const next = await nextState(args, io, known, interrupted);
      if (signal !== undefined) return ok(exitCodeOf[signal]);
      if ('exit' in next) return refuse(next.exit, ...next.diagnostics);
      known = next;
    }
  } finally {
    listening?.();
  }
}

interface CannotWatch {
  readonly exit: 3;
  readonly diagnostics: readonly { code: string; message: string; hint: string }[];
}

/** Another state than the known one, as soon as there is one. After an interrupt, any. */
async function nextState(
  args: Args,
  io: Io,
  known: WorkState,
  interrupted: Promise<undefined>,
): Promise<WorkState | CannotWatch> {
  let isTold = false;
  let changed: string | undefined;
  for (;;) {
    let folders: FolderWatch | undefined;
    try {
      // Before it looks, so that no change between the two is missed.
      folders = new FolderWatch(known.places);
      const now = await look(args, io, known.places);
      if (now.digest !== known.digest) {
        if (changed !== undefined) {
          io.stderr.write(`\n${visible(path.relative(io.cwd, changed))} changed\n`);
        }
        return now;
      }
      if (!isTold) {
        const count = plural(known.places.length, 'file or folder', 'files and folders');
        io.stderr.write(`watching ${count}; Ctrl-C ends it\n`);
      }
      isTold = true;
      changed = await Promise.race([folders.changed(), interrupted]);
      if (changed === undefined) return known;
    } catch (error) {
      const message = `flow cannot watch the files of the pipeline: ${messageOf(error)}`;
      const hint = 'raise the limits of the system: fs.inotify.max_user_watches, ulimit -n';
      return { exit: 3, diagnostics: [{ code: 'cannot-watch', message, hint }] };
    } finally {
      folders?.close();
    }
  }
}

/** The state of what the pipeline reads. While it has a mistake: the mistake, and where it was read before. */
async function look(args: Args, io: Io, before: readonly string[]): Promise<WorkState> {
  const [file = '', ...targets] = args.operands;
  let state: WorkState | undefined;
  const ended = await withSession(
    args,
    io,
    file,
    async (session) => {
      const context = await pipelineContext(args, session, file, targets);
      if (!context.ok) return context;
      state = await workState(context.value);
      return ok(0);
    },
    { upgrade: true, trusts: true },
  );
  const own = [file, ...args.values('params-file')].map((each) => path.resolve(io.cwd, each));
  const places = [...new Set([...own, ...(state?.places ?? before)])];
  return { digest: state?.digest ?? JSON.stringify(ended), places };
}
