import { axesOf } from '../../core/names.ts';
import { isJsonObject } from '../../core/json.ts';
import type { ActionKey } from '../../core/ids.ts';
import type { Json } from '../../core/json.ts';
import { flatten } from '../../report/preview/json.ts';
import type { ActionResult } from '../../store/records/action-result.ts';
import type { Session } from '../project/session.ts';

export interface CollectedResult {
  readonly stage: string;
  readonly axes: Readonly<Record<string, Json>>;
  readonly key: string;
  readonly outputs: readonly string[];
  /** The latest run that made it or took it from the cache. */
  readonly run: string;
}

export interface Collected {
  readonly results: readonly CollectedResult[];
  readonly stages: ReadonlySet<string>;
}

/** Every result that a run of this cache came to, once, newest run first. */
export async function collectResults({ runs }: Session): Promise<Collected> {
  const stages = new Set<string>();
  const results = new Map<string, CollectedResult>();
  for (const run of await runs.list()) {
    const record = await runs.read(run);
    for (const { stage, axes, key, outcome, outputs } of record?.summary?.instances ?? []) {
      stages.add(stage);
      if (key === undefined || (outcome !== 'ran' && outcome !== 'hit')) continue;
      // Equal keys of two stages or of two axes are two rows.
      const name = JSON.stringify([stage, axes, key]);
      if (results.has(name)) continue;
      results.set(name, { stage, axes, key, outputs: Object.keys(outputs), run });
    }
  }
  return { results: [...results.values()], stages };
}

type Params = Readonly<Record<string, Json>>;

/** Params of a result and of all that it was made of, without axes: those of one name and two values are left out. */
export class UpstreamParams {
  readonly #store: Session['store'];
  readonly #known = new Map<string, Promise<ReadonlyMap<string, ReadonlySet<string>>>>();

  constructor(store: Session['store']) {
    this.#store = store;
  }

  async of(action: ActionResult): Promise<Params> {
    const found = await this.#collect(action);
    return Object.fromEntries(
      [...found].flatMap(([name, values]): [string, Json][] => {
        const [only, ...more] = values;
        return only === undefined || more.length > 0 ? [] : [[name, JSON.parse(only) as Json]];
      }),
    );
  }

  #collect(action: ActionResult) {
    const known = this.#known.get(action.key) ?? this.#read(action);
    this.#known.set(action.key, known);
    return known;
  }

  async #read({
    manifest,
    provenance,
  }: ActionResult): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    const found = new Map<string, Set<string>>();
    const add = (name: string, value: string): void => {
      found.set(name, (found.get(name) ?? new Set()).add(value));
    };
    const axes = new Set(axisNames(provenance.instance));
    for (const [name, value] of Object.entries(manifest.params)) {
      if (axes.has(name)) continue;
      const leaves = isJsonObject(value) ? flatten(value, `${name}.`) : [[name, value] as const];
      for (const [leaf, its] of leaves) add(leaf, JSON.stringify(its));
    }
    for (const origin of Object.values(provenance.inputs).flat()) {
      if (!('key' in origin)) continue;
      const made = await this.#store.action(origin.key as ActionKey);
      if (!made) continue;
      for (const [name, values] of await this.#collect(made)) {
        for (const value of values) add(name, value);
      }
    }
    return found;
  }
}

function axisNames(instance: string): readonly string[] {
  const pairs = axesOf(instance);
  return pairs.map((pair) => pair.split('=')[0] ?? '');
}
