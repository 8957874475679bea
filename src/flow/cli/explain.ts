import path from 'node:path';
import type { Json } from '../core/json.ts';
import { ok } from '../core/result.ts';
import { type Explanation, explain } from '../engine/explain-instance.ts';
import type { Change } from '../key/explain.ts';
import { isDigest } from '../key/digest.ts';
import { changeLines, type ChangedText } from '../report/explanation.ts';
import { type Style, styleFor } from '../report/style.ts';
import { type Args, type Ended, type Io, printJson, printLines } from './command.ts';
import { type Session, withSession } from './session.ts';
import { fileText, storedText } from './stored-text.ts';
import { findTarget } from './target.ts';

/** `flow explain`: the difference between what determines a result now and what did. */
export async function explainCommand(args: Args, io: Io): Promise<Ended> {
  return withSession(args, io, undefined, async (session) => {
    const target = await findTarget(args, session, args.operands[0] ?? '');
    if (!target.ok) return target;
    const explanation = await explain(target.value.view.context, target.value.instance.id);
    if (args.has('json')) await printJson(io, explanationJson(explanation));
    else {
      const texts = await changedTexts(session, explanation.changes);
      await printLines(io, explanationLines(explanation, texts, styleFor(io.stdout, io.env)));
    }
    return ok(0);
  });
}

function explanationJson(e: Explanation): unknown {
  const { id, key, state, nearest, made, lost, awaiting, failure } = e;
  const changes = e.changes.map(({ kind, name, old, new: now }) => {
    return { kind, name, old: old ?? null, new: now ?? null };
  });
  return {
    id,
    key: key ?? null,
    state,
    nearest: nearest ?? null,
    changes,
    ...(made && { made }),
    ...(lost && { lost }),
    ...(awaiting && { awaiting }),
    ...(failure && { failure }),
  };
}

function explanationLines(e: Explanation, texts: readonly ChangedText[], style: Style): string[] {
  const lines = [`${style.bold(e.id)}: ${stateText(e)}`];
  if (e.key) lines.push(style.dim(`key ${e.key}`));
  if (e.made) lines.push(`made by run ${e.made.run} at ${e.made.at} on ${e.made.host}`);
  if (e.lost) lines.push('the cache has lost files of that result: it is made again');
  if (e.failure) lines.push(`its key cannot be computed: ${e.failure.message}`);
  if (e.awaiting && e.awaiting.length > 0) lines.push(`awaits ${e.awaiting.join(', ')}`);
  if (!e.nearest) {
    if (e.state === 'miss' && !e.lost) lines.push('no earlier result to compare with');
    return lines;
  }
  const { instance, run } = e.nearest;
  const whose = instance === e.id ? '' : ` of ${instance}`;
  if (e.changes.length === 0) {
    return [...lines, `same as the result${whose} of run ${run}: nothing changed`];
  }
  lines.push(`compared with the result${whose} of run ${run}:`, '');
  return [...lines, ...changeLines(e.changes, texts, style)];
}

function stateText(e: Explanation): string {
  if (e.state === 'hit') return 'its result is in the cache';
  if (e.state === 'miss') return 'it has to run';
  return 'a stage before it has to run first';
}

/** Scripts are in the manifest; files are in the cache by digest, new code perhaps only in the project. */
async function changedTexts(
  { store, project }: Session,
  changes: readonly Change[],
): Promise<readonly ChangedText[]> {
  const read = async (change: Change, value: Json | undefined): Promise<string | undefined> => {
    if (change.kind === 'command') return typeof value === 'string' ? value : undefined;
    const digest = typeof value === 'string' ? value : (value as { digest?: string })?.digest;
    if (digest === undefined || !isDigest(digest)) return undefined;
    const stored = await storedText(store, digest);
    if (stored !== undefined || change.kind !== 'code') return stored;
    return fileText(path.join(project.root, change.name), digest);
  };
  const texts: ChangedText[] = [];
  for (const change of changes) {
    const script = change.kind === 'command' && change.name === 'script';
    if (!script && change.kind !== 'code' && change.kind !== 'input') continue;
    const old = await read(change, change.old);
    const now = await read(change, change.new);
    if (old !== undefined && now !== undefined) texts.push({ change, old, new: now });
  }
  return texts;
}
