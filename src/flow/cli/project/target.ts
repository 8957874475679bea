import type { Artifact } from '../../core/artifact.ts';
import { artifactName } from '../../core/names.ts';
import { ok, type Result } from '../../core/result.ts';
import type { RunRecord } from '../../core/run-record.ts';
import { errorCode } from '../../core/system-error.ts';
import { findLog } from '../../inspect/logs.ts';
import { isReplaced, resultOf, type View } from '../../inspect/view.ts';
import type { Instance } from '../../pipeline/dag.ts';
import { findInstance } from '../../pipeline/find-instance.ts';
import { suggest } from '../../pipeline/nearest.ts';
import { visible } from '../../report/printable.ts';
import type { ActionResult } from '../../store/records/action-result.ts';
import type { DamagedError } from '../../store/store.ts';
import { type Args, type Ended, type Io, refuse, type Refusal, usage } from '../args/command.ts';
import { commandText, resultOptions } from '../args/command-again.ts';
import { recordedOptions } from '../catalogue/recorded-options.ts';
import { shownPath } from './project.ts';
import { ambiguous, openRecord, openView } from './run-view.ts';
import { noRun, type Session, type SessionOptions, withSession } from './session.ts';

/** The facts for a command on an instance. */
export interface Target {
  readonly session: Session;
  readonly view: View;
  readonly instance: Instance;
  readonly output?: string;
}

/** The requirement of a command: older runs are searched for an instance that meets it. */
export type Wanted = (target: Target) => Promise<boolean>;

/** A result in the cache. */
export const hasResult: Wanted = async ({ view, instance }) =>
  (await resultOf(view, instance.id)) !== undefined;

/** A log, or the log of a live run. */
export const hasLog: Wanted = async ({ view, instance, session }) =>
  (view.record !== undefined && session.runs.isLive(view.record)) ||
  (await findLog(view, instance.id)) !== undefined;

/** The instance itself, with any outcome. */
export const isThere: Wanted = () => Promise.resolve(true);

/**
 * Finds the instance that the first operand names, and does the work; closes the cache whatever comes. Without
 * --run and -f it is the instance of the newest run that has what is wanted of it.
 */
export function withTarget(
  args: Args,
  io: Io,
  wanted: Wanted,
  work: (target: Target) => Promise<Ended>,
  options: SessionOptions = {},
): Promise<Ended> {
  const inSession = async (session: Session): Promise<Ended> => {
    const target = await findTarget(args, session, args.operands[0] ?? '', wanted);
    if (!target.ok) return target;
    const { record } = target.value.view;
    const latest = record && (await session.runs.latest(session.project.root));
    if (latest && !args.has('run') && latest.run_id !== record.run_id) {
      io.stderr.write(`${olderRun(target.value.instance.id, record, latest)}\n`);
    }
    return work(target.value);
  };
  return withSession(args, io, undefined, inSession, options);
}

function olderRun(id: string, record: RunRecord, latest: RunRecord): string {
  const not = `the latest run ${latest.run_id} (${visible(latest.pipeline)}) does not have it`;
  return `${id} is from run ${record.run_id} (${visible(record.pipeline)}): ${not}`;
}

export async function findTarget(
  args: Args,
  session: Session,
  text: string,
  wanted: Wanted,
): Promise<Result<Target, Refusal>> {
  if (args.has('run') || args.has('file')) {
    const view = await openView(args, session);
    return view.ok ? targetIn(view.value, session, text) : view;
  }
  // Why the latest run has none; then where the name is one, but without what is wanted.
  let refused: Result<never, Refusal> | undefined;
  let named: Target | undefined;
  const looked = new Set<string>();
  for await (const record of session.runs.records(session.project.root)) {
    // Runs with the same stages have the same names.
    if (named === undefined && looked.has(record.dag)) continue;
    looked.add(record.dag);
    const view = await openRecord(session, record);
    const target = view.ok ? targetIn(view.value, session, named?.instance.id ?? text) : view;
    if (!target.ok) {
      refused ??= target;
      // The name fits several of the newest run that it fits at all: no older run says which is meant.
      if (named === undefined && target.error.diagnostics[0]?.code === 'ambiguous') return target;
      continue;
    }
    const { output } = named ?? target.value;
    const found = { ...target.value, ...(output !== undefined && { output }) };
    if (await wanted(found)) return ok(found);
    named ??= found;
  }
  return named === undefined ? (refused ?? noRun(session.io)) : ok(named);
}

function targetIn(view: View, session: Session, text: string): Result<Target, Refusal> {
  const found = findInstance(view.context.dag, text);
  switch (found.kind) {
    case 'one': {
      const { instance, output } = found;
      return ok({ session, view, instance, ...(output !== undefined && { output }) });
    }
    case 'none':
      return usage('unknown-instance', found.message, found.hint);
    case 'many':
      return ambiguous(text, found.candidates, 'instances');
  }
}

/** The output of a reference, or the instance's only output. */
export function outputOf(target: Target): Result<string, Refusal> {
  if (target.output !== undefined) return ok(target.output);
  const { id, outputs } = target.instance;
  const [only, ...more] = outputs;
  if (only && more.length === 0) return ok(only.name);
  if (!only) return usage('no-output', `${id} has no outputs`);
  const named = outputs.map(({ name }) => artifactName(id, name));
  return ambiguous(id, named, 'outputs');
}

/** The stored result of the instance; refused (exit 1) while there is none. */
export async function resultOfTarget(
  target: Target,
  args: Args,
): Promise<Result<ActionResult, Refusal>> {
  const { view, instance } = target;
  const result = await resultOf(view, instance.id);
  if (result) return ok(result);
  const where = view.record ? `in run ${view.record.run_id}` : 'for the current pipeline file';
  const message = `${instance.id} has no result ${where}`;
  if (await isReplaced(view, instance.id)) {
    return refuse(1, { code: 'no-result', message: `${message}: a later run replaced it` });
  }
  return refuse(1, { code: 'no-result', message, hint: `compute it with ${runOf(target, args)}` });
}

/** The command that makes the instance's result, under the overrides that it was looked for with. */
export function runOf({ session, view, instance }: Target, args: Args): string {
  const { io, project } = session;
  const file = shownPath(io, project.root, view.context.pipelineFile);
  const options = view.record ? recordedOptions(view.record.argv) : resultOptions(args);
  return commandText(io.env, ['run', file, instance.id, ...options]);
}

/** The same, and gc leaves it alone until the store is closed. */
export async function resultToUse(
  target: Target,
  args: Args,
): Promise<Result<ActionResult, Refusal>> {
  const { store } = target.session;
  for (;;) {
    const result = await resultOfTarget(target, args);
    if (!result.ok) return result;
    try {
      if (!(await store.claim([result.value.key]))) return result;
    } catch (error) {
      // The cache is read-only, so nobody removes anything from it.
      const code = errorCode(error);
      if (code === 'EROFS' || code === 'EACCES') return result;
      throw error;
    }
  }
}

/** The damaged artifact is already removed. */
export function damaged(error: DamagedError, target: Target, args: Args): Result<never, Refusal> {
  const hint = `compute it again with ${runOf(target, args)}`;
  return refuse(1, { code: error.code, message: error.message, hint });
}

/** The artifact that a reference names, or a file in it; refused where there is none. */
export async function artifactOf(
  target: Target,
  args: Args,
  subpath: string,
): Promise<Result<NamedArtifact, Refusal>> {
  const output = outputOf(target);
  if (!output.ok) return output;
  const result = await resultOfTarget(target, args);
  if (!result.ok) return result;
  const { instance, session } = target;
  const whole = result.value.outputs[output.value];
  const declared = instance.outputs.find(({ name }) => name === output.value);
  if (!whole || !declared)
    return usage('no-output', `${instance.id} has no output '${output.value}'`);
  if (subpath === '') return ok({ artifact: whole, path: declared.path });
  const { store } = session;
  const found = await store.find(whole, subpath);
  if (!found.ok) return damaged(found.error, target, args);
  if (found.value) return ok({ artifact: found.value, path: subpath });
  if (whole.kind === 'file') return usage('no-file', 'the artifact is a file, not a folder');
  const entries = await store.list(whole);
  const paths = entries.ok ? entries.value.map((entry) => entry.path) : [];
  return usage('no-file', `the folder has no file '${subpath}'`, suggest(subpath, paths, 'files'));
}

export interface NamedArtifact {
  readonly artifact: Artifact;
  /** The path in the stage's output folder, or in the output. */
  readonly path: string;
}
