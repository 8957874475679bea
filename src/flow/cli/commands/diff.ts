import { ok } from '../../core/result.ts';
import type { RunRecord } from '../../core/run-record.ts';
import type { RunDifference } from '../../engine/explain/compare-runs.ts';
import { differenceOf, runBefore } from '../../inspect/difference.ts';
import { differenceLines } from '../../report/changes/run-difference.ts';
import { styleFor } from '../../report/style.ts';
import { type Args, type Ended, type Io, printJson, printLines, refuse } from '../args/command.ts';
import { programName } from '../args/command-again.ts';
import { withSession } from '../project/session.ts';
import { openRunView } from '../project/run-view.ts';

/** `flow diff`: compares two runs by instances, params and metrics. */
export async function diffCommand(args: Args, io: Io): Promise<Ended> {
  return withSession(args, io, undefined, async (session) => {
    const after = await openRunView(session, args.operands[1]);
    if (!after.ok) return after;
    const first = args.operands[0] ?? (await runBefore(session.runs, after.value.record));
    if (first === undefined) {
      const message = `${after.value.record.run_id} is the first run of ${after.value.record.file}`;
      return refuse(1, {
        code: 'no-run',
        message,
        hint: `use ${programName(io.env)} diff RUN RUN to compare any two runs`,
      });
    }
    const before = await openRunView(session, first);
    if (!before.ok) return before;
    const [old, now] = [before.value.record, after.value.record];
    const difference = await differenceOf(before.value, after.value);
    if (args.has('json')) await printJson(io, differenceJson(old, now, difference));
    else {
      const style = styleFor(io.stdout, io.env);
      const title = `${style.bold(old.run_id)} -> ${style.bold(now.run_id)}`;
      await printLines(io, [title, ...differenceLines(difference, style, args.has('verbose'))]);
    }
    return ok(0);
  });
}

function differenceJson(old: RunRecord, now: RunRecord, difference: RunDifference): unknown {
  const { onlyOld, onlyNew, sameMetrics, changed, ...rest } = difference;
  return {
    old: side(old),
    new: side(now),
    ...rest,
    changed: changed.map(({ id, oldKey, newKey, changes }) => ({
      id,
      old_key: oldKey,
      new_key: newKey,
      changes:
        changes?.map(({ kind, name, old: was, new: is }) => {
          return { kind, name, old: was ?? null, new: is ?? null };
        }) ?? null,
    })),
    only_old: onlyOld,
    only_new: onlyNew,
    same_metrics: sameMetrics,
  };
}

function side({ run_id, pipeline, startedAt, state }: RunRecord): unknown {
  return { run_id, pipeline, started_at: startedAt, state };
}
