import type { Failure } from '../../core/events.ts';
import type { ActionKey, InstanceId } from '../../core/ids.ts';
import { explainDifference } from '../../key/explain.ts';
import type { Change, Explained } from '../../key/explain.ts';
import { originsOf, originText } from '../../key/origins.ts';
import type { Dag } from '../../pipeline/dag.ts';
import { withAncestors } from '../../pipeline/needs.ts';
import type { ActionResult } from '../../store/records/action-result.ts';
import { awaitedCauses } from './awaited-causes.ts';
import type { EngineContext } from '../context.ts';
import { History } from './history.ts';
import { survey } from '../survey/survey.ts';
import { SurveyMemo } from '../survey/survey-memo.ts';
import { changesSince, type Described, type Nearest, nearestResult } from './nearest-result.ts';
import { ActionResolver } from '../survey/resolve-action.ts';
import { rootCauses } from './root-causes.ts';
import type { Cause } from './root-causes.ts';

export interface Explanation {
  readonly id: InstanceId;
  /** `ran`: of a run that has ended (explain-recorded.ts); the others are of the pipeline as it stands. */
  readonly state: 'hit' | 'miss' | 'awaiting' | 'ran';
  readonly key?: ActionKey;
  /** Whether no run had a result of it before. */
  readonly first?: true;
  /** The nearest earlier result: of this instance, else of its stage. */
  readonly nearest?: {
    readonly run: string;
    readonly key: ActionKey;
    readonly instance: InstanceId;
  };
  /** Whether it was compared with `nearest`; with another instance only on request. */
  readonly compared: boolean;
  readonly changes: readonly Change[];
  /** Where the inputs that differ came from, then and now: `train.model@seed=0`, `./words.txt`. */
  readonly origins: Readonly<Record<string, { readonly old?: string; readonly new?: string }>>;
  /** The causes of changed inputs, or why an awaited instance must run. */
  readonly causes: readonly Cause[];
  /** For a hit, or a result with missing files: its origin. */
  readonly made?: { readonly run: string; readonly at: string; readonly host: string };
  /** Whether files of the result are missing from the cache. */
  readonly lost?: true;
  /** Misses whose results its key needs. */
  readonly awaiting?: readonly InstanceId[];
  readonly failure?: Failure;
  /** Its stage has `freeze: true`: the newest result counts. */
  readonly frozen?: true;
  /** The project is not trusted, so flow starts no program to look. */
  readonly notLookedAt?: true;
}

/**
 * Why an instance runs or ran: the difference of its manifest from an earlier one. A hit that the latest
 * run with it computed is compared with the result before that; any other hit has no changes.
 *
 * @param compareNearest also with a result of another instance
 */
export async function explain(
  ctx: EngineContext,
  id: InstanceId,
  compareNearest = false,
): Promise<Explanation> {
  const instance = ctx.dag.instances.find((each) => each.id === id);
  if (instance === undefined) throw new Error(`Internal error: no instance ${id}`);
  const needed: Dag = { ...ctx.dag, instances: withAncestors(ctx.dag, instance) };
  const resolver = new ActionResolver(ctx);
  const surveyed = await survey({ ...ctx, dag: needed }, resolver, await SurveyMemo.open(ctx));
  const found = surveyed.get(id);
  if (found === undefined) throw new Error(`Internal error: ${id} was not surveyed`);
  if (found.state === 'awaiting') {
    const causes = await awaitedCauses(ctx, surveyed, id);
    const unseen = found.notLookedAt && { notLookedAt: true as const };
    return { ...nothing, id, state: 'awaiting', causes, awaiting: found.on, ...unseen };
  }
  if (found.state === 'broken') return { ...nothing, id, state: 'miss', failure: found.failure };

  const { key, state } = found;
  const result = await ctx.store.action(key);
  const made = result === undefined ? {} : { made: madeBy(result) };
  if (state === 'hit' && instance.freeze) {
    return { ...nothing, id, state, key, ...made, frozen: true };
  }
  if (state === 'miss' && found.lost) return { ...nothing, id, state, key, ...made, lost: true };
  const history = new History(ctx.runs);
  if (state === 'hit') {
    const [last] = await history.ofInstance(id);
    const wasRun = last?.key === key && last.outcome === 'ran';
    if (!wasRun) {
      const same = last?.key === key ? { nearest: { run: last.run, key, instance: id } } : {};
      return { ...nothing, id, state, key, ...same, ...made };
    }
  }
  const action = found.state === 'miss' ? found.action : result;
  const nearest = action && (await nearestResult(ctx.store, history, instance, action));
  const isFirst = await history.isFirst(id, state === 'hit' ? 1 : 0);
  const known = { id, state, key, ...made, ...(isFirst && { first: true as const }) };
  if (action === undefined || nearest === undefined) return { ...nothing, ...known };
  return {
    ...known,
    ...(await difference(ctx, action, nearest, compareNearest || nearest.past.instance === id)),
  };
}

export const nothing = { compared: false, changes: [], origins: {}, causes: [] } as const;

/** The differences between an action and an earlier result, and their causes. */
export async function difference(
  { store }: EngineContext,
  action: Described,
  { past: { run, key, instance }, result }: Nearest,
  compare: boolean,
): Promise<Pick<Explanation, 'nearest' | 'compared' | 'changes' | 'origins' | 'causes'>> {
  if (!compare) return { ...nothing, nearest: { run, key, instance } };
  return {
    nearest: { run, key, instance },
    compared: true,
    changes: changesSince(action, result),
    origins: describeOrigins(action, result),
    causes: await rootCauses(action, result, (other) => store.action(other)),
  };
}

function describeOrigins(now: Explained, then: Explained): Explanation['origins'] {
  const [before, after] = [originsOf(then), originsOf(now)];
  const described: Record<string, { old?: string; new?: string }> = {};
  for (const { kind, name } of explainDifference(now, then)) {
    if (kind !== 'input') continue;
    const [old, made] = [before.get(name), after.get(name)];
    described[name] = {
      ...(old === undefined ? {} : { old: originText(old) }),
      ...(made === undefined ? {} : { new: originText(made) }),
    };
  }
  return described;
}

export function madeBy({ execution }: ActionResult): NonNullable<Explanation['made']> {
  return { run: execution.run, at: execution.startedAt, host: execution.host };
}
