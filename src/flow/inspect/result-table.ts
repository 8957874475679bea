import path from 'node:path';
import type { Artifact } from '../core/artifact.ts';
import type { ActionKey } from '../core/ids.ts';
import { isJsonObject, type Json } from '../core/json.ts';
import { axesOf } from '../core/names.ts';
import { parseDelimited } from '../report/preview/delimited.ts';
import { flatten } from '../report/preview/json.ts';
import type { DiskStore } from '../store/disk-store.ts';
import type { ActionResult } from '../store/records/action-result.ts';
import type { RunStore } from '../store/records/runs.ts';

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
export async function collectResults(runs: RunStore): Promise<Collected> {
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

type Values = Readonly<Record<string, Json>>;

/** Params of a result and of all that it was made of, without axes: those of one name and two values are left out. */
export class UpstreamParams {
  readonly #store: DiskStore;
  readonly #known = new Map<string, Promise<ReadonlyMap<string, ReadonlySet<string>>>>();

  constructor(store: DiskStore) {
    this.#store = store;
  }

  async of(action: ActionResult): Promise<Values> {
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

/** The rows of a file of numbers; text: why it has none; undefined: the cache has lost it. */
export async function valuesOf(
  store: DiskStore,
  artifact: Artifact,
  name: string,
): Promise<readonly Values[] | string | undefined> {
  if (artifact.kind === 'tree')
    return `${name} is a folder; flow table needs a JSON, CSV or TSV file`;
  const bytes = await store.read(artifact);
  if (!bytes.ok) return undefined;
  const text = new TextDecoder().decode(bytes.value);
  const ending = path.extname(name).slice(1).toLowerCase();
  if (ending === 'csv' || ending === 'tsv') {
    const { columns, rows } = parseDelimited(text, ending);
    return rows.map((row) =>
      Object.fromEntries(columns.map((column, i) => [column, typed(row[i] ?? '')])),
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return `${name} is not a JSON, CSV or TSV file`;
  }
  const records = Array.isArray(value) ? value : [value];
  if (!records.every(isJsonObject))
    return `${name} does not contain a JSON object or a list of objects`;
  return records.map((record) => Object.fromEntries(flatten(record)) as Values);
}

/** A field of a table as JSON has it: numbers are numbers, what is empty is null. */
function typed(field: string): Json {
  if (field === '') return null;
  return /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(field) ? Number(field) : field;
}
