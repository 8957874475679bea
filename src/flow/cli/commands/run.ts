import { availableParallelism } from 'node:os';
import { ok, type Result } from '../../core/result.ts';
import { processInterrupts } from '../../engine/interrupts.ts';
import type { Sandbox } from '../../engine/sandbox/bubblewrap.ts';
import type { RunOptions } from '../../engine/run/options.ts';
import { run } from '../../engine/run/run.ts';
import { checkDeclaredFiles } from '../../engine/check/declared-files.ts';
import { checkExportsImported } from '../../engine/check/exports-read.ts';
import { openRunReport } from '../../report/live/run-report.ts';
import { styleFor } from '../../report/style.ts';
import { failureLines, summaryLines } from '../../report/summary.ts';
import {
  type Args,
  type Ended,
  type Io,
  printJson,
  printLines,
  refuse,
  type Refusal,
} from '../args/command.ts';
import { commandAgain, commandHere } from '../args/command-again.ts';
import { oneOf, positive } from '../args/parse-args.ts';
import { shownPath } from '../project/project.ts';
import { rerunOf } from '../project/reruns.ts';
import { pipelineContext, type Session, withSession } from '../project/session.ts';
import { printNotes } from '../project/notes.ts';

/** `flow run`: brings a pipeline up to date. */
export async function runCommand(args: Args, io: Io): Promise<Ended> {
  const limits = readLimits(args);
  if (!limits.ok) return limits;
  if (args.has('dry-run')) return (await import('./plan.ts')).planCommand(args, io);
  const [file = '', ...targets] = args.operands;
  const work = async (session: Session): Promise<Ended> => {
    const context = await pipelineContext(args, session, file, targets);
    if (!context.ok) return context;
    printNotes(io, context.value.dag);
    const missing = await checkDeclaredFiles(context.value.dag, session.project);
    if (missing.length > 0) return refuse(2, ...missing);
    const imported = await checkExportsImported(context.value);
    if (imported.length > 0) return refuse(2, ...imported);
    const rerun = rerunOf(args, context.value.dag);
    if (!rerun.ok) return rerun;
    const sandbox = args.has('sandbox') ? await shutIn(session) : ok(undefined);
    if (!sandbox.ok) return sandbox;

    const style = styleFor(io.stderr, io.env);
    const mode = args.has('quiet') ? 'quiet' : args.has('verbose') ? 'verbose' : 'normal';
    const { stderr: stream, env, clock } = io;
    const report = openRunReport({ stream, env, style, clock, mode, dag: context.value.dag });
    const options: RunOptions = {
      jobs: limits.value.jobs ?? session.project.pools['cpu'] ?? availableParallelism(),
      failure: limits.value.failure,
      pools: session.project.pools,
      emit: report.emit,
      interrupts: processInterrupts(),
      forceExports: args.has('force'),
      exports: !args.has('no-exports'),
      partial: targets.length > 0,
      force: rerun.value,
      keepFailed: args.has('keep-failed'),
      ...(sandbox.value && { sandbox: sandbox.value }),
    };
    const outcome = await run(context.value, options).finally(report.end);
    const end = {
      pipeline: context.value.dag.name,
      summary: outcome.summary,
      events: report.events,
      shown: (path: string) => shownPath(io, session.project.root, path),
      look: commandHere(args, io.env),
      again: commandAgain(args, io.env, file, rerun.value),
    };
    for (const line of failureLines(end, style)) io.stderr.write(`${line}\n`);
    await printEnd(args, session, outcome.summary, () =>
      summaryLines(end, styleFor(io.stdout, env)),
    );
    return ok(outcome.exitCode);
  };
  return withSession(args, io, file, work, { upgrade: true, trusts: true });
}

async function shutIn({ io, project }: Session): Promise<Result<Sandbox, Refusal>> {
  const { openSandbox } = await import('../../engine/sandbox/bubblewrap.ts');
  const sandbox = openSandbox(io.env, project.sandbox);
  return sandbox.ok ? sandbox : refuse(3, sandbox.error);
}

async function printEnd(
  args: Args,
  { io }: Session,
  summary: unknown,
  lines: () => string[],
): Promise<void> {
  if (args.has('json')) await printJson(io, summary);
  else await printLines(io, lines());
}

interface Limits {
  /** Missing: the size of flow.yaml's pool `cpu`, or the number of cores. */
  readonly jobs: number | undefined;
  readonly failure: RunOptions['failure'];
}

function readLimits(args: Args): Result<Limits, Refusal> {
  const given = args.value('jobs');
  const jobs = given === undefined ? ok(undefined) : positive('jobs', given);
  if (!jobs.ok) return refuse(2, jobs.error);
  const modes = ['no-new', 'continue', 'kill'] as const;
  const fallback = args.has('keep-going') ? 'continue' : 'no-new';
  const failure = oneOf('failure', args.value('failure'), modes, fallback);
  if (!failure.ok) return refuse(2, failure.error);
  return ok({ jobs: jobs.value, failure: failure.value });
}
