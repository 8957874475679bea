import type { Artifact } from '../../core/artifact.ts';
import type { Failure } from '../../core/events.ts';
import type { ActionKey, Digest, InstanceId } from '../../core/ids.ts';
import { ok } from '../../core/result.ts';
import { argumentText } from '../../key/action/argument-text.ts';
import type { Instance } from '../../pipeline/dag.ts';
import { needsOf } from '../../pipeline/needs.ts';
import type { ActionResult } from '../../store/records/action-result.ts';
import type { Store } from '../../store/store.ts';
import type { EngineContext } from '../context.ts';
import { keyed } from './installed-files.ts';
import type { KnownResult, SurveyMemo } from './survey-memo.ts';
import { resolvedAction } from './resolve-action.ts';
import type { ActionResolver, MadeBy, ResolvedAction } from './resolve-action.ts';

export type Found =
  | { readonly state: 'hit'; readonly key: ActionKey; readonly result: KnownResult }
  | Miss
  /** flow cannot compute its key: the code cannot be bundled, or a source cannot be read. */
  | { readonly state: 'broken'; readonly failure: Failure };

export interface Miss {
  readonly state: 'miss';
  readonly key: ActionKey;
  readonly action: ResolvedAction;
  /** It was computed, but files of its result are missing from the cache. */
  readonly lost?: true;
}

/** The state of an instance before anything runs. */
export type Surveyed =
  | Found
  | {
      readonly state: 'awaiting';
      readonly on: readonly InstanceId[];
      /** flow would have to start a program of a project that is not trusted. */
      readonly notLookedAt?: true;
    };

const notLookedAt = { state: 'awaiting', on: [], notLookedAt: true } as const;

/** A hit that nothing has to be read for, as nearly all are in a run that changes little. */
function knownHit(
  { store, resolver, memo }: SurveyTools,
  instance: Instance,
  madeBy: MadeBy,
): Extract<Found, { state: 'hit' }> | undefined {
  const text = resolver.textNow(instance, madeBy);
  const result = text === undefined ? undefined : memo.known(instance.id, text);
  if (result === undefined) return undefined;
  for (const name in result.outputs) {
    const artifact = result.outputs[name];
    if (artifact === undefined || !store.looksWhole(artifact)) return undefined;
  }
  return { state: 'hit', key: result.key, result };
}

/** Hit or miss, once all that the instance reads is made. */
export async function surveyInstance(
  { store, resolver, memo }: SurveyTools,
  instance: Instance,
  madeBy: MadeBy,
  forced: boolean,
): Promise<Found> {
  const { id } = instance;
  const frozen =
    instance.freeze && !forced ? await resolver.frozen(instance, madeBy) : ok(undefined);
  if (!frozen.ok) return { state: 'broken', failure: frozen.error };
  if (frozen.value !== undefined) {
    return { state: 'hit', key: frozen.value.key, result: frozen.value };
  }
  const found = await resolver.facts(instance, madeBy);
  if (!found.ok) return { state: 'broken', failure: found.error };
  const text = argumentText(found.value);
  const { facts, key } = await keyed(found.value, memo.key(id, text), store);
  const miss = (): Miss => ({ state: 'miss', key, action: resolvedAction(facts, key) });
  if (forced) return miss();
  const stored = await storedResult(store, id, () => memo.result(id, text, key));
  // Kept until it is made again: who only looks changes nothing, and explains by what was lost.
  if (stored === 'lost') return { ...miss(), lost: true };
  return stored === undefined ? miss() : { state: 'hit', key, result: stored };
}

/**
 * A result whose record is read by `read`, if all its outputs can be had; `lost`: there is a record, but not all
 * outputs. Every miss is found here and nowhere else, so a result that is absent here could be asked for elsewhere at
 * this place: its record first, then the blobs that the record names.
 */
async function storedResult<R extends Pick<ActionResult, 'outputs'>>(
  store: Store,
  id: string,
  read: () => Promise<R | undefined>,
): Promise<R | 'lost' | undefined> {
  const result = await read();
  if (result === undefined) return undefined;
  return (await store.hasOutputs(id, result.outputs)) ? result : 'lost';
}

export interface SurveyTools {
  readonly store: Store;
  readonly resolver: ActionResolver;
  readonly memo: SurveyMemo;
}

/** `surveyInstance` for commands that use the result: gc does not remove it from now on. */
export async function surveyInstanceToUse(
  tools: SurveyTools,
  instance: Instance,
  madeBy: MadeBy,
  forced: boolean,
): Promise<Found> {
  for (;;) {
    const found = await surveyInstance(tools, instance, madeBy, forced);
    if (!(await claim(tools.store, [found]))) return found;
  }
}

/** `survey`, also with protection from gc. */
export async function surveyToUse(
  ctx: EngineContext,
  resolver: ActionResolver,
  memo: SurveyMemo,
  force: readonly InstanceId[] = [],
): Promise<ReadonlyMap<InstanceId, Surveyed>> {
  for (;;) {
    const surveyed = await survey(ctx, resolver, memo, force);
    // The run's record names them, and was written before.
    const dag = ctx.remembered?.digest;
    const named = [...(dag === undefined ? [] : [dag]), ...Object.values(ctx.dag.files ?? {})];
    if (!(await claim(ctx.store, surveyed.values(), named))) return surveyed;
    if (dag !== undefined) await storeDag(ctx);
    resolver.lookAgain();
  }
}

/** So that later commands resolve instances of a run that names it. */
export async function storeDag({ store, dag }: EngineContext): Promise<Digest> {
  return (await store.putBytes(Buffer.from(JSON.stringify(dag)), false)).digest;
}

/** True: survey again. */
function claim(
  store: Store,
  all: Iterable<Surveyed>,
  files: readonly Digest[] = [],
): Promise<boolean> {
  const keys: ActionKey[] = [];
  const artifacts = new Map<Digest, Pick<Artifact, 'kind' | 'digest'>>();
  for (const digest of files) artifacts.set(digest, { kind: 'file', digest });
  for (const found of all) {
    if (found.state !== 'hit' && found.state !== 'miss') continue;
    keys.push(found.key);
    // What is made by others is theirs to claim; a hit's sources are not read again.
    if (found.state === 'hit') continue;
    for (const input of [...found.action.inputs.values()].flat()) {
      if (input.source !== undefined) artifacts.set(input.artifact.digest, input.artifact);
    }
  }
  return store.claim(keys, artifacts.values());
}

/** For who holds the lock of a key: a record whose outputs are gone is dropped, so that it is made again. */
export async function recordedResult(
  store: Store,
  { key, provenance }: ResolvedAction,
): Promise<ActionResult | undefined> {
  const stored = await storedResult(store, provenance.instance, () => store.action(key));
  if (stored !== 'lost') return stored;
  await store.dropAction(key);
  return undefined;
}

/** The number of files to check at the same time. */
const breadth = 16;

/**
 * Every instance, in topological order, as far as keys can be known without running: exact up to the
 * first miss of a path. Starts no process.
 */
export async function survey(
  ctx: EngineContext,
  resolver: ActionResolver,
  memo: SurveyMemo,
  force: readonly InstanceId[] = [],
): Promise<ReadonlyMap<InstanceId, Surveyed>> {
  const tools = { store: ctx.store, resolver, memo };
  const forced = new Set(force);
  const surveyed = new Map<InstanceId, Surveyed>();
  const pending = new Map<InstanceId, Promise<Surveyed>>();
  const running: Promise<unknown>[] = [];
  const madeBy: MadeBy = (id) => {
    const found = surveyed.get(id);
    return found?.state === 'hit' ? found.result : undefined;
  };

  const one = async (instance: Instance): Promise<Surveyed> => {
    const on: InstanceId[] = [];
    for (const need of needsOf(instance)) {
      const found = surveyed.get(need) ?? (await pending.get(need));
      if (found?.state !== 'hit') on.push(need);
    }
    if (on.length > 0) {
      // It may never need its code.
      if (instance.freeze) return { state: 'awaiting', on };
      const code = await resolver.code(instance);
      if (code.ok) return { state: 'awaiting', on };
      if (code.error.reason === 'not-looked-at') return { ...notLookedAt, on };
      return { state: 'broken', failure: code.error };
    }
    const found = await surveyInstance(tools, instance, madeBy, forced.has(instance.id));
    if (found.state === 'broken' && found.failure.reason === 'not-looked-at') return notLookedAt;
    const asks = instance.probe === true && found.state === 'miss';
    return asks && ctx.untrusted === true ? notLookedAt : found;
  };

  for (const instance of ctx.dag.instances) {
    const { id } = instance;
    const hit = forced.has(id) ? undefined : knownHit(tools, instance, madeBy);
    if (hit !== undefined) {
      surveyed.set(id, hit);
      continue;
    }
    const result = one(instance).then((found) => {
      surveyed.set(id, found);
      return found;
    });
    pending.set(id, result);
    // A failure is reported where it is awaited, below; until then it must not count as unhandled.
    result.catch(() => undefined);
    running.push(result);
    if (running.length >= breadth) await running.shift();
  }
  await Promise.all(running);
  const all = forcedBy(surveyed, force);
  return all.length === force.length ? surveyed : survey(ctx, resolver, memo, all);
}

/** Also the instances that share a key with a forced one: its new result becomes theirs. */
export function forcedBy(
  surveyed: ReadonlyMap<InstanceId, Surveyed>,
  force: readonly InstanceId[],
): readonly InstanceId[] {
  if (force.length === 0) return force;
  const keyOf = (id: InstanceId): ActionKey | undefined => {
    const found = surveyed.get(id);
    return found?.state === 'hit' || found?.state === 'miss' ? found.key : undefined;
  };
  const keys = new Set(force.map(keyOf));
  const twins = [...surveyed.keys()].filter((id) => {
    const key = keyOf(id);
    return key !== undefined && keys.has(key);
  });
  return [...new Set([...force, ...twins])];
}
