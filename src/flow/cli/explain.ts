import type { Json } from '../core/json.ts';
import { ok } from '../core/result.ts';
import { type Explanation, explain } from '../engine/explain-instance.ts';
import { shortDigest } from '../report/format.ts';
import { type Style, styleFor } from '../report/style.ts';
import { table } from '../report/table.ts';
import { type Args, type Ended, type Io, printJson, printLines } from './command.ts';
import { withSession } from './session.ts';
import { findTarget } from './target.ts';

/** `flow explain`: the difference between what determines a result now and what did. */
export async function explainCommand(args: Args, io: Io): Promise<Ended> {
  return withSession(args, io, undefined, async (session) => {
    const target = await findTarget(args, session, args.operands[0] ?? '');
    if (!target.ok) return target;
    const explanation = await explain(target.value.view.context, target.value.instance.id);
    if (args.has('json')) await printJson(io, explanationJson(explanation));
    else await printLines(io, explanationLines(explanation, styleFor(io.stdout, io.env)));
    return ok(0);
  });
}

function explanationJson(e: Explanation): unknown {
  const { id, key, state, nearest, awaiting, failure } = e;
  const changes = e.changes.map(({ kind, name, old, new: now }) => {
    return { kind, name, old: old ?? null, new: now ?? null };
  });
  return {
    id,
    key: key ?? null,
    state,
    nearest: nearest ?? null,
    changes,
    ...(awaiting && { awaiting }),
    ...(failure && { failure }),
  };
}

export function explanationLines(e: Explanation, style: Style): string[] {
  const lines = [`${style.bold(e.id)}: ${stateText(e)}`];
  if (e.key) lines.push(style.dim(`key ${e.key}`));
  if (e.failure) lines.push(`its key cannot be computed: ${e.failure.message}`);
  if (e.awaiting && e.awaiting.length > 0) lines.push(`awaits ${e.awaiting.join(', ')}`);
  if (!e.nearest) {
    if (e.state === 'miss') lines.push('no earlier result to compare with');
    return lines;
  }
  const { instance, run } = e.nearest;
  const whose = instance === e.id ? '' : ` of ${instance}`;
  if (e.changes.length === 0) {
    lines.push(`same as the result${whose} of run ${run}: nothing changed`);
    return lines;
  }
  lines.push(`compared with the result${whose} of run ${run}:`, '');
  const titles = [{ title: 'WHAT' }, { title: 'NAME' }, { title: 'WAS' }, { title: 'IS' }];
  const rows = e.changes.map((c) => [c.kind, c.name, short(c.old), short(c.new)]);
  return [...lines, ...table(titles, rows, style.dim)];
}

function stateText(e: Explanation): string {
  if (e.state === 'hit') return 'its result is in the cache';
  if (e.state === 'miss') return 'it has to run';
  return 'a stage before it has to run first';
}

/** Cells stay narrow: digests are cut, long values end in an ellipsis. */
function short(value: Json | undefined): string {
  if (value === undefined) return '(none)';
  if (typeof value === 'string' && value.startsWith('sha256:')) return shortDigest(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
