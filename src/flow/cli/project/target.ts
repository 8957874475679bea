import type { Artifact } from '../../core/artifact.ts';
import type { ActionKey, InstanceId } from '../../core/ids.ts';
import { ok, type Result } from '../../core/result.ts';
import type { RunRecord } from '../../core/run-record.ts';
import type { EngineContext } from '../../engine/context.ts';
import type { Dag, Instance } from '../../pipeline/dag.ts';
import { findInstance } from '../../pipeline/find-instance.ts';
import { suggest } from '../../pipeline/nearest.ts';
import type { ActionResult } from '../../store/records/action-result.ts';
import { type Args, refuse, type Refusal, usage } from '../args/command.ts';
import type { Project } from './project.ts';
import { engineContext, noRun, pipelineContext, type Session } from './session.ts';
import { storedBytes } from '../../store/stored-text.ts';

/** What commands on instances look into: a recorded run, or a pipeline as it stands. */
export interface View {
  readonly session: Session;
  readonly context: EngineContext;
  /** Absent: the pipeline as it stands (-f). */
  readonly record?: RunRecord;
}

/** A run that has a record. */
export type RecordedView = View & { readonly record: RunRecord };

export interface Target {
  readonly view: View;
  readonly instance: Instance;
  readonly output?: string;
}

/** The latest run, --run ID, or -f PIPELINE [-p …]. */
export async function openView(args: Args, session: Session): Promise<Result<View, Refusal>> {
  const file = args.value('file');
  if (file !== undefined) {
    const context = await pipelineContext(args, session, file, []);
    return context.ok ? ok({ session, context: context.value }) : context;
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
  const dag = await recordedDag(session, record.value);
  if (!dag) {
    const message = `the cache no longer has the stages of run ${record.value.run_id}`;
    return refuse(1, {
      code: 'no-dag',
      message,
      hint: `use -f ${record.value.file} for the current pipeline file`,
    });
  }
  return ok({
    session,
    context: engineContext(session, dag, record.value.file),
    record: record.value,
  });
}

export async function findTarget(
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
      return ok({ view: view.value, instance, ...(output !== undefined && { output }) });
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
  const { id, stage, outputs } = target.instance;
  const [only, ...more] = outputs;
  if (only && more.length === 0) return ok(only.name);
  if (!only) return usage('no-output', `${id} has no outputs`);
  const named = outputs.map(({ name }) => `${stage}.${name}${id.slice(stage.length)}`);
  return usage('ambiguous', several(id, named, 'outputs'), listOf(named));
}

/** Result keys by instance: recorded ones of a run, or those of the hits as the pipeline stands. */
export async function keysOf(view: View): Promise<ReadonlyMap<InstanceId, ActionKey>> {
  const keys = new Map<InstanceId, ActionKey>();
  if (!view.record) {
    const { planRun } = await import('../../engine/explain/plan.ts');
    const plan = await planRun(view.context);
    for (const { id, state, key } of plan.instances) if (state === 'hit' && key) keys.set(id, key);
    return keys;
  }
  for (const { id, key } of view.record.summary?.instances ?? []) if (key) keys.set(id, key);
  if (view.record.summary) return keys;
  // Still running, or cut off: its events tell.
  for (const event of await view.session.runs.events(view.record.run_id)) {
    if (event.type === 'finished' && event.key) keys.set(event.id, event.key);
  }
  return keys;
}

/** The stored result of one instance; refused (exit 1) while there is none. */
export async function resultOf({ view, instance }: Target): Promise<Result<ActionResult, Refusal>> {
  const key = (await keysOf(view)).get(instance.id);
  const result = key && (await view.session.store.action(key));
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
  const { store } = target.view.session;
  for (;;) {
    const result = await resultOf(target);
    if (!result.ok) return result;
    try {
      if (!(await store.claim([result.value.key]))) return result;
    } catch (error) {
      // A cache that cannot be written: nothing is removed from it either.
      const { code } = error as NodeJS.ErrnoException;
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

export async function recordedDag(
  { store }: Pick<Session, 'store'>,
  record: RunRecord,
): Promise<Dag | undefined> {
  const bytes = await storedBytes(store, record.dag);
  return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as Dag);
}

/** The artifact that a reference names, or a file in it; refused where there is none. */
export async function artifactOf(
  target: Target,
  subpath: string,
): Promise<Result<NamedArtifact, Refusal>> {
  const output = outputOf(target);
  if (!output.ok) return output;
  const result = await resultOf(target);
  if (!result.ok) return result;
  const { instance, view } = target;
  const whole = result.value.outputs[output.value];
  const declared = instance.outputs.find(({ name }) => name === output.value);
  if (!whole || !declared)
    return usage('no-output', `${instance.id} has no output '${output.value}'`);
  if (subpath === '') return ok({ artifact: whole, path: declared.path });
  const { store, project } = view.session;
  const found = await store.find(whole, subpath);
  if (!found.ok) {
    const { code, message } = found.error;
    const hint = `the next flow run computes it again; cache: ${project.cache}`;
    return refuse(1, { code, message, hint });
  }
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
