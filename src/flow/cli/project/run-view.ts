import { shellQuote } from '../../core/names.ts';
import { ok, type Result } from '../../core/result.ts';
import type { RunRecord } from '../../core/run-record.ts';
import { recordedDag, type RecordedView, type View } from '../../inspect/view.ts';
import { suggest } from '../../pipeline/nearest.ts';
import { type Args, refuse, type Refusal, usage } from '../args/command.ts';
import { type Project, shownPath } from './project.ts';
import { engineContext, noRun, pipelineContext, type Session } from './session.ts';

/** The latest run, --run ID, or -f PIPELINE [-p …]. */
export async function openView(args: Args, session: Session): Promise<Result<View, Refusal>> {
  const file = args.value('file');
  if (file !== undefined) {
    const context = await pipelineContext(args, session, file, []);
    return context.ok ? ok({ store: session.store, context: context.value }) : context;
  }
  return openRunView(session, args.value('run'));
}

/** A recorded run: the latest, or the one with this id or part of an id. */
export async function openRunView(
  session: Session,
  id: string | undefined,
): Promise<Result<RecordedView, Refusal>> {
  const record = await findRun(session, id);
  return record.ok ? openRecord(session, record.value) : record;
}

export async function openRecord(
  session: Session,
  record: RunRecord,
): Promise<Result<RecordedView, Refusal>> {
  const dag = await recordedDag(session.store, record);
  if (!dag) {
    const message = `the cache no longer has the stages of run ${record.run_id}`;
    const file = shellQuote(shownPath(session.io, session.project.root, record.file));
    return refuse(1, {
      code: 'no-dag',
      message,
      hint: `use -f ${file} for the current pipeline file`,
    });
  }
  const context = engineContext(session, dag, record.file);
  return ok({ store: session.store, context, record });
}

export async function findRun(
  session: Pick<Session, 'runs' | 'io'> & { readonly project: Pick<Project, 'root'> },
  id: string | undefined,
): Promise<Result<RunRecord, Refusal>> {
  if (id === undefined) {
    const latest = await session.runs.latest(session.project.root);
    return latest ? ok(latest) : noRun(session.io);
  }
  const all = await session.runs.list();
  const matches = all.filter((run) => run === id || run.endsWith(id) || run.startsWith(id));
  const [only, ...more] = matches;
  if (more.length > 0) {
    return ambiguous(id, matches, 'runs');
  }
  const record = only && (await session.runs.read(only));
  if (record) return ok(record);
  return usage('unknown-run', `there is no run '${id}'`, suggest(id, all, 'runs'));
}

/** The beginning of a long list. */
const MAX_CANDIDATES = 20;

/** A name that matches several. */
export function ambiguous(
  text: string,
  candidates: readonly string[],
  what: string,
): Result<never, Refusal> {
  const rest = candidates.length - MAX_CANDIDATES;
  const shown = candidates.slice(0, MAX_CANDIDATES).join('\n');
  const hint = rest > 0 ? `${shown}\n… and ${rest} more` : shown;
  return usage('ambiguous', `'${text}' matches ${candidates.length} ${what}: choose one`, hint);
}
