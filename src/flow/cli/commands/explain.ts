import { ok, type Result } from '../../core/result.ts';
import { type Explanation, explain } from '../../engine/explain/explain-instance.ts';
import { explainRecorded } from '../../engine/explain/explain-recorded.ts';
import type { Change } from '../../key/explain.ts';
import { shellQuote } from '../../core/names.ts';
import type { Cause } from '../../engine/explain/root-causes.ts';
import { causeLines } from '../../report/causes.ts';
import { changeLines, type Detail } from '../../report/explanation.ts';
import { type Style, styleFor } from '../../report/style.ts';
import {
  type Args,
  type Ended,
  type Io,
  printJson,
  printLines,
  refuse,
  type Refusal,
} from '../args/command.ts';
import { changedDetail } from '../inspect/changed-texts.ts';
import { type Session, withSession } from '../project/session.ts';
import { findTarget, type Target } from '../project/target.ts';

/** The nearest come first. */
const MAX_CAUSES = 8;

/** `flow explain`: the difference between what determines a result now, or in --run, and what did. */
export async function explainCommand(args: Args, io: Io): Promise<Ended> {
  return withSession(args, io, undefined, async (session) => {
    const target = await findTarget(args, session, args.operands[0] ?? '');
    if (!target.ok) return target;
    const explained = await explanationOf(target.value, args.value('run') !== undefined);
    if (!explained.ok) return explained;
    const explanation = explained.value;
    if (args.has('json')) await printJson(io, explanationJson(explanation));
    else {
      await printLines(
        io,
        await explanationText(session, explanation, styleFor(io.stdout, io.env)),
      );
    }
    return ok(0);
  });
}

/** `asItWas`: by what the run recorded, once it has ended, whatever the pipeline and its code are by now. */
async function explanationOf(
  { view, instance: { id } }: Target,
  asItWas: boolean,
): Promise<Result<Explanation, Refusal>> {
  const { context, record } = view;
  const ended = record?.summary?.instances.find((each) => each.id === id);
  if (!asItWas || record === undefined || ended === undefined) {
    return ok(await explain(context, id));
  }
  const told = await explainRecorded(context, record.run_id, ended);
  if (told !== undefined) return ok(told);
  const made = ended.outcome === 'ran' || ended.outcome === 'hit';
  const why = made ? 'its result is no longer in the cache' : `it ${was[ended.outcome]}`;
  return refuse(1, {
    code: 'no-result',
    message: `flow cannot explain ${id} as it was in run ${record.run_id}: ${why}`,
    hint: `use the current pipeline file: flow explain ${shellQuote(id)} -f ${shellQuote(record.file)}`,
  });
}

const was = {
  failed: 'failed, and a failed instance has no record of its inputs',
  skipped: 'was skipped',
  cancelled: 'was cancelled',
} as const;

/** What a person reads of it, a line each. */
export async function explanationText(
  session: Session,
  explanation: Explanation,
  style: Style,
): Promise<readonly string[]> {
  const detail = await changedDetail(session, explanation.changes);
  const causes: (Cause & { detail: Detail })[] = [];
  for (const cause of explanation.causes.slice(0, MAX_CAUSES)) {
    causes.push({ ...cause, detail: await changedDetail(session, cause.changes) });
  }
  const lines = explanationLines(explanation, detail, style);
  const more = explanation.causes.length - causes.length;
  return [...lines, ...causeLines(causes, more, style)];
}

function explanationJson(e: Explanation): unknown {
  const { id, key, state, nearest, made, lost, awaiting, failure } = e;
  return {
    id,
    key: key ?? null,
    state,
    nearest: nearest ?? null,
    changes: e.changes.map((change) => {
      const from = change.kind === 'input' ? e.origins[change.name] : undefined;
      return { ...changeJson(change), ...(from && { from }) };
    }),
    ...(e.causes.length > 0 && {
      causes: e.causes.map((cause) => ({ ...cause, changes: cause.changes.map(changeJson) })),
    }),
    ...(made && { made }),
    ...(lost && { lost }),
    ...(awaiting && { awaiting }),
    ...(failure && { failure }),
  };
}

function changeJson({ kind, name, old, new: now }: Change): object {
  return { kind, name, old: old ?? null, new: now ?? null };
}

function explanationLines(e: Explanation, detail: Detail, style: Style): string[] {
  const lines = [`${style.bold(e.id)}: ${stateText(e)}`];
  if (e.key) lines.push(style.dim(`key ${e.key}`));
  if (e.made) lines.push(`computed by run ${e.made.run} at ${e.made.at} on ${e.made.host}`);
  if (e.lost)
    lines.push('files of that result are missing from the cache, so the instance runs again');
  if (e.failure) lines.push(`flow cannot compute its key: ${e.failure.message}`);
  if (e.awaiting && e.awaiting.length > 0) lines.push(`awaits ${e.awaiting.join(', ')}`);
  if (!e.nearest) {
    if ((e.state === 'miss' && !e.lost) || e.state === 'ran')
      lines.push('no earlier result to compare with');
    return lines;
  }
  const { instance, run } = e.nearest;
  const whose = instance === e.id ? '' : ` of ${instance}`;
  if (e.changes.length === 0) {
    return [...lines, `nothing changed since the result${whose} of run ${run}`];
  }
  lines.push(`compared with the result${whose} of run ${run}:`, '');
  return [...lines, ...changeLines(e.changes, e.origins, detail, style)];
}

function stateText(e: Explanation): string {
  if (e.state === 'hit') return 'its result is in the cache';
  if (e.state === 'miss') return 'the instance must run';
  if (e.state === 'ran') return 'there was no result';
  return 'an earlier stage must run first';
}
