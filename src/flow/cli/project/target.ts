import type { Artifact } from '../../core/artifact.ts';
import { artifactName } from '../../core/names.ts';
import { ok, type Result } from '../../core/result.ts';
import type { RunRecord } from '../../core/run-record.ts';
import { errorCode } from '../../core/system-error.ts';
import { recordedDag, type RecordedView, resultOf, type View } from '../../inspect/view.ts';
import type { Instance } from '../../pipeline/dag.ts';
import { findInstance } from '../../pipeline/find-instance.ts';
import { suggest } from '../../pipeline/nearest.ts';
import type { ActionResult } from '../../store/records/action-result.ts';
import type { DamagedError } from '../../store/store.ts';
import { type Args, type Ended, type Io, refuse, type Refusal, usage } from '../args/command.ts';
import type { Project } from './project.ts';
import { engineContext, noRun, pipelineContext, type Session, withSession } from './session.ts';

/** What a command on an instance works on. */
export interface Target {
  readonly session: Session;
  readonly view: View;
  readonly instance: Instance;
  readonly output?: string;
}

/** The latest run, --run ID, or -f PIPELINE [-p …]. */
export async function openView(args: Args, session: Session): Promise<Result<View, Refusal>> {
  const file = args.value('file');
  if (file !== undefined) {
    const context = await pipelineContext(args, session, file, []);
    return context.ok ? ok({ store: session.store, context: context.value }) : context;
  }
  return openRunView(session, args.value('run'));
}

/** A recorded run: the latest, or the one that a whole id or a part of one names. */
export async function openRunView(
  session: Session,
  id: string | undefined,
): Promise<Result<RecordedView, Refusal>> {
  const record = await findRun(session, id);
  if (!record.ok) return record;
  const dag = await recordedDag(session.store, record.value);
  if (!dag) {
    const message = `the cache no longer has the stages of run ${record.value.run_id}`;
    return refuse(1, {
      code: 'no-dag',
      message,
      hint: `use -f ${record.value.file} for the current pipeline file`,
    });
  }
  const context = engineContext(session, dag, record.value.file);
  return ok({ store: session.store, context, record: record.value });
}

/** Finds the instance that the first operand names, and does the work; closes the cache whatever comes. */
export function withTarget(
  args: Args,
  io: Io,
  work: (target: Target) => Promise<Ended>,
): Promise<Ended> {
  return withSession(args, io, undefined, async (session) => {
    const target = await findTarget(args, session, args.operands[0] ?? '');
    return target.ok ? work(target.value) : target;
  });
}

async function findTarget(
  args: Args,
  session: Session,
  text: string,
): Promise<Result<Target, Refusal>> {
  const view = await openView(args, session);
  if (!view.ok) return view;
  const found = findInstance(view.value.context.dag, text);
  switch (found.kind) {
    case 'one': {
      const { instance, output } = found;
      return ok({ session, view: view.value, instance, ...(output !== undefined && { output }) });
    }
    case 'none':
      return usage('unknown-instance', found.message, found.hint);
    case 'many':
      return usage(
        'ambiguous',
        several(text, found.candidates, 'instances'),
        listOf(found.candidates),
      );
  }
}

/** The output that a reference names, or the instance's only one. */
export function outputOf(target: Target): Result<string, Refusal> {
  if (target.output !== undefined) return ok(target.output);
  const { id, outputs } = target.instance;
  const [only, ...more] = outputs;
  if (only && more.length === 0) return ok(only.name);
  if (!only) return usage('no-output', `${id} has no outputs`);
  const named = outputs.map(({ name }) => artifactName(id, name));
  return usage('ambiguous', several(id, named, 'outputs'), listOf(named));
}

/** The stored result of the instance; refused (exit 1) while there is none. */
export async function resultOfTarget({
  view,
  instance,
}: Target): Promise<Result<ActionResult, Refusal>> {
  const result = await resultOf(view, instance.id);
  if (result) return ok(result);
  const where = view.record ? `in run ${view.record.run_id}` : 'for the current pipeline file';
  return refuse(1, {
    code: 'no-result',
    message: `${instance.id} has no result ${where}`,
    hint: `compute it with flow run ${view.context.pipelineFile} ${instance.id}`,
  });
}

/** The same, and gc leaves it alone until the store is closed. */
export async function resultToUse(target: Target): Promise<Result<ActionResult, Refusal>> {
  const { store } = target.session;
  for (;;) {
    const result = await resultOfTarget(target);
    if (!result.ok) return result;
    try {
      if (!(await store.claim([result.value.key]))) return result;
    } catch (error) {
      // A cache that cannot be written: nothing is removed from it either.
      const code = errorCode(error);
      if (code === 'EROFS' || code === 'EACCES') return result;
      throw error;
    }
  }
}

export async function findRun(
  session: Pick<Session, 'runs'> & { readonly project: Pick<Project, 'root'> },
  id: string | undefined,
): Promise<Result<RunRecord, Refusal>> {
  if (id === undefined) {
    const latest = await session.runs.latest(session.project.root);
    return latest ? ok(latest) : noRun();
  }
  const all = await session.runs.list();
  const matches = all.filter((run) => run === id || run.endsWith(id) || run.startsWith(id));
  const [only, ...more] = matches;
  if (more.length > 0) {
    return usage('ambiguous', several(id, matches, 'runs'), listOf(matches));
  }
  const record = only && (await session.runs.read(only));
  if (record) return ok(record);
  return usage('unknown-run', `there is no run '${id}'`, suggest(id, all, 'runs'));
}

/** What was damaged has been dropped: the next run makes it again. */
export function damaged(error: DamagedError, { project }: Session): Result<never, Refusal> {
  const hint = `the next flow run computes it again; cache: ${project.cache}`;
  return refuse(1, { code: error.code, message: error.message, hint });
}

/** Enough of a long list to see what to write. */
const MAX_CANDIDATES = 20;

function several(text: string, candidates: readonly string[], what: string): string {
  return `'${text}' matches ${candidates.length} ${what}: choose one`;
}

function listOf(candidates: readonly string[]): string {
  const rest = candidates.length - MAX_CANDIDATES;
  const shown = candidates.slice(0, MAX_CANDIDATES).join('\n');
  return rest > 0 ? `${shown}\n… and ${rest} more` : shown;
}

/** The artifact that a reference names, or a file in it; refused where there is none. */
export async function artifactOf(
  target: Target,
  subpath: string,
): Promise<Result<NamedArtifact, Refusal>> {
  const output = outputOf(target);
  if (!output.ok) return output;
  const result = await resultOfTarget(target);
  if (!result.ok) return result;
  const { instance, session } = target;
  const whole = result.value.outputs[output.value];
  const declared = instance.outputs.find(({ name }) => name === output.value);
  if (!whole || !declared)
    return usage('no-output', `${instance.id} has no output '${output.value}'`);
  if (subpath === '') return ok({ artifact: whole, path: declared.path });
  const { store } = session;
  const found = await store.find(whole, subpath);
  if (!found.ok) return damaged(found.error, session);
  if (found.value) return ok({ artifact: found.value, path: subpath });
  if (whole.kind === 'file') return usage('no-file', 'the artifact is a file, not a folder');
  const entries = await store.list(whole);
  const paths = entries.ok ? entries.value.map((entry) => entry.path) : [];
  return usage('no-file', `the folder has no file '${subpath}'`, suggest(subpath, paths, 'files'));
}

export interface NamedArtifact {
  readonly artifact: Artifact;
  /** In its stage's folder of outputs, or in the output's folder. */
  readonly path: string;
}
