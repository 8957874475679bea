import type { Failure } from '../core/events.ts';
import type { InstanceId } from '../core/ids.ts';
import type { Instance } from '../pipeline/dag.ts';
import type { ActionResult } from '../store/action-result.ts';
import type { DiskStore } from '../store/disk-store.ts';
import type { EngineContext } from './context.ts';
import { needsOf } from './resolve-action.ts';
import type { ActionResolver, Made, MadeBy, ResolvedAction } from './resolve-action.ts';

export type Found =
  | { readonly state: 'hit'; readonly action: ResolvedAction; readonly result: ActionResult }
  | {
      readonly state: 'miss';
      readonly action: ResolvedAction;
      /** It was made, but the cache has lost files of it. */
      readonly lost?: ActionResult;
    }
  /** Its key cannot be computed: code that does not bundle, a source that cannot be read. */
  | { readonly state: 'broken'; readonly failure: Failure };

/** What is known of an instance before anything runs. */
export type Surveyed = Found | { readonly state: 'awaiting'; readonly on: readonly InstanceId[] };

/** Hit or miss, once all that the instance reads is made. */
export async function lookUp(
  store: DiskStore,
  resolver: ActionResolver,
  instance: Instance,
  madeBy: MadeBy,
  forced: boolean,
): Promise<Found> {
  const action = await resolver.resolve(instance, madeBy);
  if (!action.ok) return { state: 'broken', failure: action.error };
  if (forced) return { state: 'miss', action: action.value };
  const result = await store.action(action.value.key);
  if (result === undefined) return { state: 'miss', action: action.value };
  // Kept until it is made again: who only looks changes nothing, and explains by what was lost.
  if (!(await store.hasOutputs(result))) {
    return { state: 'miss', action: action.value, lost: result };
  }
  return { state: 'hit', action: action.value, result };
}

/** For who holds the action's lock: a result whose blobs are gone is dropped, so that it is made again. */
export async function wholeResult(
  store: DiskStore,
  action: ResolvedAction,
): Promise<ActionResult | undefined> {
  const result = await store.action(action.key);
  if (result === undefined) return undefined;
  if (await store.hasOutputs(result)) return result;
  await store.dropAction(action.key);
  return undefined;
}

/** So many files are looked at side by side. */
const breadth = 16;

/**
 * Every instance, in topological order, as far as keys can be known without running: exact up to the
 * first miss of a path. Starts no process.
 */
export async function survey(
  ctx: EngineContext,
  resolver: ActionResolver,
  force: readonly InstanceId[] = [],
): Promise<ReadonlyMap<InstanceId, Surveyed>> {
  const forced = new Set(force);
  const made = new Map<InstanceId, Made>();
  const pending = new Map<InstanceId, Promise<Surveyed>>();
  const surveyed = new Map<InstanceId, Surveyed>();
  const running: Promise<unknown>[] = [];

  const one = async (instance: Instance): Promise<Surveyed> => {
    const needs = needsOf(instance);
    const on: InstanceId[] = [];
    for (const need of needs) {
      const state = (await pending.get(need))?.state;
      if (state !== 'hit') on.push(need);
    }
    if (on.length > 0) {
      const code = await resolver.code(instance);
      return code.ok ? { state: 'awaiting', on } : { state: 'broken', failure: code.error };
    }
    const found = await lookUp(
      ctx.store,
      resolver,
      instance,
      (id) => made.get(id),
      forced.has(instance.id),
    );
    if (found.state === 'hit') made.set(instance.id, madeOf(found.result));
    return found;
  };

  for (const instance of ctx.dag.instances) {
    const result = one(instance);
    pending.set(instance.id, result);
    // A failure is reported where it is awaited, below; until then it must not count as unhandled.
    result.catch(() => undefined);
    running.push(result);
    if (running.length >= breadth) await running.shift();
  }
  await Promise.all(running);
  for (const instance of ctx.dag.instances) {
    const state = await pending.get(instance.id);
    if (state !== undefined) surveyed.set(instance.id, state);
  }
  return surveyed;
}

export function madeOf(result: ActionResult): Made {
  return { key: result.key, outputs: result.outputs };
}
