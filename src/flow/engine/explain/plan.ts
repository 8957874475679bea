import { stageOf } from '../../core/names.ts';
import type { Failure } from '../../core/events.ts';
import type { ActionKey, InstanceId } from '../../core/ids.ts';
import type { Json } from '../../core/json.ts';
import type { Change } from '../../key/explain.ts';
import type { Instance } from '../../pipeline/dag.ts';
import type { EngineContext } from '../context.ts';
import { History } from './history.ts';
import { survey } from '../survey/survey.ts';
import { SurveyMemo } from '../survey/survey-memo.ts';
import { changesSince, nearestResult } from './nearest-result.ts';
import { ActionResolver } from '../survey/resolve-action.ts';
import type { ResolvedAction } from '../survey/resolve-action.ts';

/** What a run would do now: exact up to the first miss of a path, `awaiting` from there on. */
export interface Plan {
  readonly misses: number;
  readonly hits: number;
  readonly awaiting: number;
  /** In the Dag's order. */
  readonly instances: readonly PlannedInstance[];
}

export interface PlannedInstance {
  readonly id: InstanceId;
  readonly state: 'hit' | 'miss' | 'awaiting';
  /** For a person; empty for a hit. */
  readonly reasons: readonly string[];
  readonly key?: ActionKey;
  /** It will fail without running. */
  readonly failure?: Failure;
}

/** Starts no process and stores nothing but copies of sources and bundles. */
export async function planRun(
  ctx: EngineContext,
  force: readonly InstanceId[] = [],
): Promise<Plan> {
  const memo = await SurveyMemo.open(ctx);
  const surveyed = await survey(ctx, new ActionResolver(ctx), memo, force);
  await memo.save();
  const history = new History(ctx.runs);
  const instances: PlannedInstance[] = [];
  for (const instance of ctx.dag.instances) {
    const { id } = instance;
    const found = surveyed.get(id);
    switch (found?.state) {
      case 'hit':
        instances.push({ id, state: 'hit', reasons: [], key: found.key });
        break;
      case 'miss': {
        const reasons = force.includes(id)
          ? ['forced']
          : found.lost !== undefined
            ? ['the cache has lost files of its result']
            : await missReasons(ctx, history, instance, found.action);
        instances.push({ id, state: 'miss', reasons, key: found.key });
        break;
      }
      case 'awaiting':
        instances.push({ id, state: 'awaiting', reasons: waitReasons(found.on) });
        break;
      case 'broken': {
        const { failure } = found;
        instances.push({ id, state: 'miss', reasons: [failure.message], failure });
        break;
      }
      case undefined:
        throw new Error(`Internal error: ${id} was not surveyed`);
    }
  }
  const count = (state: PlannedInstance['state']): number =>
    instances.filter((instance) => instance.state === state).length;
  return {
    misses: count('miss'),
    hits: count('hit'),
    awaiting: count('awaiting'),
    instances,
  };
}

/** A stage that collects may wait for hundreds: then those of one stage are counted. */
function waitReasons(on: readonly InstanceId[]): readonly string[] {
  if (on.length <= 3) return on.map((id) => `waits for ${id}`);
  const byStage = new Map<string, InstanceId[]>();
  for (const id of on) {
    const stage = stageOf(id);
    byStage.set(stage, [...(byStage.get(stage) ?? []), id]);
  }
  const named = [...byStage].map(([stage, ids]) =>
    ids.length > 1 ? `${stage} (×${ids.length})` : ids[0],
  );
  return [`waits for ${named.join(', ')}`];
}

async function missReasons(
  ctx: EngineContext,
  history: History,
  instance: Instance,
  action: ResolvedAction,
): Promise<readonly string[]> {
  const nearest = await nearestResult(ctx.store, history, instance, action);
  if (nearest === undefined) return ['never run'];
  const changes = changesSince(action, nearest.result).map(describeChange);
  if (nearest.past.instance === instance.id) return changes;
  return [`never run; against ${nearest.past.instance}: ${changes.join(', ')}`];
}

/** `param NUM: 500 -> 1000`, `code stages/x.ts changed`. */
export function describeChange({ kind, name, old, new: now }: Change): string {
  const what = name === '' ? kind : `${kind} ${name}`;
  if (old === undefined) return `${what} is new`;
  if (now === undefined) return `${what} is gone`;
  const [before, after] = [short(old), short(now)];
  return before === undefined || after === undefined
    ? `${what} changed`
    : `${what}: ${before} -> ${after}`;
}

/** undefined: it says nothing to a person, or too much. */
function short(value: Json): string | undefined {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.includes('sha256:') || text.length > 60 ? undefined : text;
}
