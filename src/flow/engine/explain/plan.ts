import type { Failure } from '../../core/events.ts';
import type { ActionKey, InstanceId } from '../../core/ids.ts';
import type { Change } from '../../key/explain.ts';
import type { Dag, Instance } from '../../pipeline/dag.ts';
import type { EngineContext } from '../context.ts';
import { History } from './history.ts';
import { forcedBy, survey, type Surveyed } from '../survey/survey.ts';
import { SurveyMemo } from '../survey/survey-memo.ts';
import { changesSince, nearestResult } from './nearest-result.ts';
import { ActionResolver } from '../survey/resolve-action.ts';
import type { ResolvedAction } from '../survey/resolve-action.ts';

/** The plan: exact up to the first miss of a path, `awaiting` after it. */
export interface Plan {
  readonly misses: number;
  readonly hits: number;
  readonly awaiting: number;
  /** Sources that stages which are no hits read where they lie. */
  readonly inPlace: readonly string[];
  /** In the Dag's order. */
  readonly instances: readonly PlannedInstance[];
}

export type PlannedInstance =
  | {
      readonly id: InstanceId;
      readonly state: 'hit';
      readonly key: ActionKey;
      /** Its stage has `freeze: true`. */
      readonly frozen?: true;
    }
  | {
      readonly id: InstanceId;
      readonly state: 'miss';
      /** Missing: flow cannot compute it. */
      readonly key?: ActionKey;
      readonly reason: MissReason;
    }
  | {
      readonly id: InstanceId;
      readonly state: 'awaiting';
      readonly reason: Extract<Reason, { readonly kind: 'waits' | 'not-looked-at' }>;
    };

/** The reason why an instance is not a hit. */
export type Reason =
  /** Instances that must run first. */
  | { readonly kind: 'waits'; readonly on: readonly InstanceId[] }
  /** The project is not trusted, so flow starts no program to look. */
  | { readonly kind: 'not-looked-at' }
  /**
   * It has no earlier result. `nearest`: an instance of its stage with a result, and the
   * differences from it.
   */
  | {
      readonly kind: 'never-run';
      readonly nearest?: { readonly instance: InstanceId; readonly changes: readonly Change[] };
    }
  /** The changes since its own earlier result. */
  | { readonly kind: 'changed'; readonly changes: readonly Change[] }
  /** Files of its result are missing from the cache. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'forced' }
  /** It runs in each run. */
  | { readonly kind: 'always' }
  /** flow cannot compute its key: it will fail without running. */
  | { readonly kind: 'broken'; readonly failure: Failure };

type MissReason = Exclude<Reason, { kind: 'waits' | 'not-looked-at' }>;

/** Starts no process, and stores only copies of sources and bundles. */
export async function planRun(
  ctx: EngineContext,
  force: readonly InstanceId[] = [],
): Promise<Plan> {
  const surveyed = await surveyNow(ctx, force);
  const forced = forcedBy(surveyed, force);
  const history = new History(ctx.runs);
  const instances: PlannedInstance[] = [];
  for (const instance of ctx.dag.instances) {
    const { id } = instance;
    const found = surveyed.get(id);
    switch (found?.state) {
      case 'hit':
        instances.push({
          id,
          state: 'hit',
          key: found.key,
          ...(instance.freeze && { frozen: true }),
        });
        break;
      case 'miss': {
        const reason: MissReason = forced.includes(id)
          ? { kind: 'forced' }
          : instance.always
            ? { kind: 'always' }
            : found.lost !== undefined
              ? { kind: 'lost' }
              : await missReason(ctx, history, instance, found.action);
        instances.push({ id, state: 'miss', reason, key: found.key });
        break;
      }
      case 'awaiting':
        instances.push({
          id,
          state: 'awaiting',
          reason: found.notLookedAt ? { kind: 'not-looked-at' } : { kind: 'waits', on: found.on },
        });
        break;
      case 'broken':
        instances.push({ id, state: 'miss', reason: { kind: 'broken', failure: found.failure } });
        break;
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
    inPlace: sourcesInPlace(ctx.dag, surveyed),
    instances,
  };
}

function sourcesInPlace(dag: Dag, surveyed: ReadonlyMap<InstanceId, Surveyed>): readonly string[] {
  const found = dag.instances
    .filter(({ id }) => surveyed.get(id)?.state !== 'hit')
    .flatMap(({ inputs }) =>
      inputs.flatMap((input) => (input.kind === 'source' && input.inPlace ? [input.path] : [])),
    );
  return [...new Set(found)];
}

/** The keys of the instances that would be hits now. */
export async function hitKeys(ctx: EngineContext): Promise<ReadonlyMap<InstanceId, ActionKey>> {
  const keys = new Map<InstanceId, ActionKey>();
  for (const [id, found] of await surveyNow(ctx))
    if (found.state === 'hit') keys.set(id, found.key);
  return keys;
}

async function surveyNow(
  ctx: EngineContext,
  force: readonly InstanceId[] = [],
): Promise<ReadonlyMap<InstanceId, Surveyed>> {
  const memo = await SurveyMemo.open(ctx);
  const surveyed = await survey(ctx, new ActionResolver(ctx), memo, force);
  await memo.save();
  return surveyed;
}

async function missReason(
  ctx: EngineContext,
  history: History,
  instance: Instance,
  action: ResolvedAction,
): Promise<MissReason> {
  const nearest = await nearestResult(ctx.store, history, instance, action);
  if (nearest === undefined) return { kind: 'never-run' };
  const changes = changesSince(action, nearest.result);
  const other = nearest.past.instance;
  if (other === instance.id) return { kind: 'changed', changes };
  return { kind: 'never-run', nearest: { instance: other, changes } };
}
