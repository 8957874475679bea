import type { ActionKey, InstanceId } from '../../core/ids.ts';
import { type Json, type JsonObject, parseJson } from '../../core/json.ts';
import { leaves } from '../../key/explain.ts';
import type { Change } from '../../key/explain.ts';
import type { Dag } from '../../pipeline/dag.ts';
import type { ActionResult } from '../../store/records/action-result.ts';
import type { Store } from '../../store/store.ts';
import { ownChanges } from './root-causes.ts';

/** One of the two runs: its instances, and the keys of their results. */
export interface ComparedRun {
  readonly dag: Dag;
  readonly keys: ReadonlyMap<InstanceId, ActionKey>;
}

export interface RunDifference {
  readonly params: readonly { readonly name: string; readonly old?: Json; readonly new?: Json }[];
  readonly onlyOld: readonly InstanceId[];
  readonly onlyNew: readonly InstanceId[];
  /** Instances with the same key in both. */
  readonly same: number;
  readonly changed: readonly ChangedInstance[];
  /** Without a result on one side, or on both. */
  readonly unfinished: readonly {
    readonly id: InstanceId;
    readonly old: boolean;
    readonly new: boolean;
  }[];
  readonly metrics: readonly ChangedMetric[];
  /** Numbers that are equal on both sides. */
  readonly sameMetrics: number;
}

export interface ChangedInstance {
  readonly id: InstanceId;
  readonly oldKey: ActionKey;
  readonly newKey: ActionKey;
  /**
   * Its own changes. None: only its inputs changed. Missing: the cache does not have both results
   * any more.
   */
  readonly changes?: readonly Change[];
}

export interface ChangedMetric {
  readonly id: InstanceId;
  readonly output: string;
  /** `accuracy`, `loss.0`; empty if the file is a single number. */
  readonly name: string;
  readonly old: number | null;
  readonly new: number | null;
  readonly delta: number | null;
}

/**
 * Compares two runs by instance: equal ones, the changes of the others, and the effects on numbers.
 */
export async function compareRuns(
  store: Store,
  old: ComparedRun,
  now: ComparedRun,
): Promise<RunDifference> {
  const before = new Map(old.dag.instances.map((instance) => [instance.id, instance]));
  const after = new Map(now.dag.instances.map((instance) => [instance.id, instance]));
  const changed: ChangedInstance[] = [];
  const unfinished: RunDifference['unfinished'][number][] = [];
  const metrics: ChangedMetric[] = [];
  let same = 0;
  let sameMetrics = 0;
  for (const instance of now.dag.instances) {
    const { id } = instance;
    if (!before.has(id)) continue;
    const [oldKey, newKey] = [old.keys.get(id), now.keys.get(id)];
    if (oldKey === undefined || newKey === undefined) {
      unfinished.push({ id, old: oldKey !== undefined, new: newKey !== undefined });
      continue;
    }
    const result = await store.action(newKey);
    const was = oldKey === newKey ? result : await store.action(oldKey);
    if (oldKey === newKey) same += 1;
    else {
      const known = was === undefined || result === undefined;
      const changes = known ? {} : { changes: ownChanges({ now: result, was }) };
      changed.push({ id, oldKey, newKey, ...changes });
    }
    for (const { name: output, kind } of instance.outputs) {
      if (kind !== 'metrics') continue;
      const [a, b] = [await numbersOf(store, was, output), await numbersOf(store, result, output)];
      for (const name of new Set([...b.keys(), ...a.keys()])) {
        const [x = null, y = null] = [a.get(name), b.get(name)];
        if (x === y) sameMetrics += 1;
        else {
          const delta = x === null || y === null ? null : y - x;
          metrics.push({ id, output, name, old: x, new: y, delta });
        }
      }
    }
  }
  return {
    params: changedParams(old.dag.params, now.dag.params),
    onlyOld: [...before.keys()].filter((id) => !after.has(id)),
    onlyNew: [...after.keys()].filter((id) => !before.has(id)),
    same,
    changed,
    unfinished,
    metrics,
    sameMetrics,
  };
}

function changedParams(old: JsonObject, now: JsonObject): RunDifference['params'] {
  const [a, b] = [leaves(old, now), leaves(now, old)];
  const params: { name: string; old?: Json; new?: Json }[] = [];
  for (const name of new Set([...Object.keys(b), ...Object.keys(a)])) {
    const [x, y] = [member(a, name), member(b, name)];
    if (JSON.stringify(x) === JSON.stringify(y)) continue;
    params.push({
      name,
      ...(x === undefined ? {} : { old: x }),
      ...(y === undefined ? {} : { new: y }),
    });
  }
  return params;
}

function member(value: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

/** The numbers of a JSON file of metrics, by their paths; none if it is not JSON. */
async function numbersOf(
  store: Store,
  result: ActionResult | undefined,
  output: string,
): Promise<ReadonlyMap<string, number>> {
  const artifact = result?.outputs[output];
  if (artifact?.kind !== 'file') return new Map();
  const bytes = await store.read(artifact);
  if (!bytes.ok) return new Map();
  const value = parseJson(new TextDecoder().decode(bytes.value));
  return new Map(value === undefined ? [] : flatten(value, ''));
}

function flatten(value: Json, name: string): readonly (readonly [string, number])[] {
  if (typeof value === 'number') return [[name, value]];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    flatten(inner as Json, name === '' ? key : `${name}.${key}`),
  );
}
