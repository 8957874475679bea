import { ok, type Result } from '../../core/result.ts';
import { type Explanation, explain } from '../../engine/explain/explain-instance.ts';
import { explanationAsItWas, withDetail } from '../../inspect/explanation.ts';
import type { Change } from '../../key/explain.ts';
import { explanationLines } from '../../report/changes/explanation.ts';
import { styleFor } from '../../report/style.ts';
import {
  type Args,
  type Ended,
  type Io,
  printJson,
  printLines,
  refuse,
  type Refusal,
} from '../args/command.ts';
import { commandText } from '../args/command-again.ts';
import { asCalled } from '../catalogue/as-called.ts';
import { recordedOverrides } from '../catalogue/recorded-options.ts';
import { shownPath } from '../project/project.ts';
import { isThere, type Target, withTarget } from '../project/target.ts';

/**
 * `flow explain`: the differences between the present action, or the one of --run, and an earlier
 * result.
 */
export async function explainCommand(args: Args, io: Io): Promise<Ended> {
  return withTarget(args, io, isThere, async (target) => {
    const asItWas = args.value('run') !== undefined;
    const explained = await explanationFor(target, asItWas, args.has('nearest'));
    if (!explained.ok) return explained;
    const explanation = explained.value;
    if (args.has('json')) await printJson(io, explanationJson(explanation));
    else {
      const all = args.has('verbose');
      const detailed = await withDetail(target.view, explanation, all);
      const lines = explanationLines(detailed, styleFor(io.stdout, io.env), all);
      await printLines(
        io,
        lines.map((line) => asCalled(line, io.env)),
      );
    }
    return ok(0);
  });
}

/** `asItWas`: by what the run recorded, once it has ended, whatever the pipeline and its code are by now. */
async function explanationFor(
  { session, view, instance: { id } }: Target,
  asItWas: boolean,
  compareNearest: boolean,
): Promise<Result<Explanation, Refusal>> {
  const { context, record } = view;
  const ended = record?.summary?.instances.find((each) => each.id === id);
  if (!asItWas || record === undefined || ended === undefined)
    return ok(await explain(context, id, compareNearest));
  const told = await explanationAsItWas(view, id, compareNearest);
  if (told !== undefined) return ok(told);
  const made = ended.outcome === 'ran' || ended.outcome === 'hit';
  const { io, project } = session;
  const file = shownPath(io, project.root, record.file);
  const again = ['explain', id, '-f', file, ...recordedOverrides(record.argv)];
  const why = made ? 'its result is no longer in the cache' : `it ${was[ended.outcome]}`;
  return refuse(1, {
    code: 'no-result',
    message: `flow cannot explain ${id} as it was in run ${record.run_id}: ${why}`,
    hint: `use the current pipeline file: ${commandText(io.env, again)}`,
  });
}

const was = {
  failed: 'failed, and a failed instance has no record of its inputs',
  skipped: 'was skipped',
  cancelled: 'was cancelled',
} as const;

function explanationJson(e: Explanation): unknown {
  const { id, key, state, first, nearest, made, lost, awaiting, failure, notLookedAt } = e;
  return {
    id,
    key: key ?? null,
    state,
    ...(first && { first }),
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
    ...(notLookedAt && { not_looked_at: true }),
  };
}

function changeJson({ kind, name, old, new: now }: Change): object {
  return { kind, name, old: old ?? null, new: now ?? null };
}
