import type { Failure } from '../../core/events.ts';
import type { ActionKey, InstanceId } from '../../core/ids.ts';
import { stageOf } from '../../core/names.ts';
import { explainDifference } from '../../key/explain.ts';
import type { Change, Explained } from '../../key/explain.ts';
import type { InputOrigin } from '../../key/manifest.ts';
import { originsOf } from '../../key/origins.ts';
import type { ActionResult } from '../../store/records/action-result.ts';

/** A cause of a changed input: a difference of an earlier instance, possibly many stages before. */
export interface Cause {
  readonly instance: InstanceId;
  /** The path to it: the instances between, the nearest first, itself last. */
  readonly via: readonly InstanceId[];
  /**
   * `changed`: `changes` says what. `differing`: the same key gave other bytes. `forgotten`: the cache no
   * longer holds what it is to be compared with. `lost`: the cache has lost its files. `new`: it has never
   * run. `broken`: its key cannot be computed. `not-looked-at`: the project is not trusted.
   */
  readonly what:
    'changed' | 'differing' | 'forgotten' | 'lost' | 'new' | 'broken' | 'not-looked-at';
  readonly failure?: Failure;
  readonly changes: readonly Change[];
}

/** How to find the action results of both sides. */
type Results = (key: ActionKey) => Promise<ActionResult | undefined>;

interface Sides {
  readonly now: Explained;
  readonly was: Explained;
  readonly via: readonly InstanceId[];
}

/**
 * Follows inputs that differ to the instances that made them, and on to those whose own command, params,
 * code or sources differ. Each pair of results is looked at once, by the shortest way; the differences of
 * the instance itself are not among them.
 */
export async function rootCauses(
  now: Explained,
  then: Explained,
  results: Results,
): Promise<readonly Cause[]> {
  const causes: Cause[] = [];
  const seen = new Set<string>();
  // A difference that the instance itself also has (an axis, when two seeds are compared) is not a
  // cause.
  const known = new Set(explainDifference(now, then).map(textOf));
  const queue: Sides[] = [{ now, was: then, via: [] }];
  for (let sides = queue.shift(); sides !== undefined; sides = queue.shift()) {
    for (const [before, after] of differingInputs(sides)) {
      const name = `${before.key} ${after.key}`;
      if (seen.has(name)) continue;
      seen.add(name);
      const instance = after.instance as InstanceId;
      const via = [...sides.via, instance];
      if (before.key === after.key) {
        causes.push({ instance, via, what: 'differing', changes: [] });
        continue;
      }
      const [old, made] = await Promise.all([
        results(before.key as ActionKey),
        results(after.key as ActionKey),
      ]);
      if (old === undefined || made === undefined) {
        causes.push({ instance, via, what: 'forgotten', changes: [] });
        continue;
      }
      const next = { now: made, was: old, via };
      queue.push(next);
      const changes = ownChanges(next).filter((change) => !known.has(textOf(change)));
      if (changes.length > 0) causes.push({ instance, via, what: 'changed', changes });
    }
  }
  return causes;
}

/** The differences of an action, without inputs that the same stage made differently. */
export function ownChanges(sides: Pick<Sides, 'now' | 'was'>): readonly Change[] {
  const [before, after] = [originsOf(sides.was), originsOf(sides.now)];
  return explainDifference(sides.now, sides.was).filter(({ kind, name }) => {
    return kind !== 'input' || pairOf(before.get(name), after.get(name)) === undefined;
  });
}

type Made = Extract<InputOrigin, { key: string }>;

function differingInputs({ now, was }: Sides): readonly (readonly [Made, Made])[] {
  const [before, after] = [originsOf(was), originsOf(now)];
  return explainDifference(now, was).flatMap(({ kind, name }) => {
    const pair = kind === 'input' ? pairOf(before.get(name), after.get(name)) : undefined;
    return pair === undefined ? [] : [pair];
  });
}

/** If the input now comes from another stage, the pipeline changed: there is nothing to compare. */
function pairOf(
  before: InputOrigin | undefined,
  after: InputOrigin | undefined,
): readonly [Made, Made] | undefined {
  if (before === undefined || after === undefined) return undefined;
  if (!('key' in before) || !('key' in after)) return undefined;
  return stageOf(before.instance) === stageOf(after.instance) && before.output === after.output
    ? [before, after]
    : undefined;
}

function textOf({ kind, name, old, new: now }: Change): string {
  return JSON.stringify([kind, name, old, now]);
}
