import path from 'node:path';
import type { Artifact } from '../core/artifact.ts';
import type { ActionKey, Digest, InstanceId } from '../core/ids.ts';
import { isJsonObject, type Json } from '../core/json.ts';
import type { RunRecord } from '../core/run-record.ts';
import type { Input, Instance } from '../pipeline/dag.ts';
import { parseDelimited } from '../report/preview/delimited.ts';
import { exactNumber, parseExactJson } from '../report/preview/exact-number.ts';
import { flatten } from '../report/preview/json.ts';
import type { DiskStore } from '../store/disk-store.ts';
import type { RunStore } from '../store/records/runs.ts';
import { recordedDag } from './view.ts';

export interface CollectedResult {
  readonly axes: Values;
  /** Of the instance and of all that it was made of, in that run; see `upstreamParams`. */
  readonly params: Values;
  readonly key: ActionKey;
  readonly outputs: readonly string[];
  /** The latest run that made it or took it from the cache under these params. */
  readonly run: string;
}

export interface Collected {
  /** Of the stage that was asked for. */
  readonly results: readonly CollectedResult[];
  /** Of all runs. */
  readonly stages: ReadonlySet<string>;
}

type Values = Readonly<Record<string, Json>>;

/**
 * Every result of a stage in the runs of this cache, newest run first. A result that several runs had is one
 * for each distinct set of params: an early cutoff gives other params the same result.
 */
export async function collectResults(
  store: DiskStore,
  runs: RunStore,
  wanted: string,
): Promise<Collected> {
  const stages = new Set<string>();
  const results = new Map<string, CollectedResult>();
  const known = new Map<Digest, ReadonlyMap<InstanceId, Values>>();
  for (const run of await runs.list()) {
    const record = await runs.read(run);
    for (const { id, stage, axes, key, outcome, outputs } of record?.summary?.instances ?? []) {
      stages.add(stage);
      if (record === undefined || stage !== wanted || key === undefined) continue;
      if (outcome !== 'ran' && outcome !== 'hit') continue;
      const ofRun = known.get(record.dag) ?? (await paramsOfStage(store, record, wanted));
      known.set(record.dag, ofRun);
      const params = ofRun.get(id) ?? {};
      // Equal keys of two axes are two rows.
      const name = JSON.stringify([axes, key, params]);
      if (results.has(name)) continue;
      results.set(name, { axes, params, key, outputs: Object.keys(outputs), run });
    }
  }
  return { results: [...results.values()], stages };
}

async function paramsOfStage(
  store: DiskStore,
  record: RunRecord,
  wanted: string,
): Promise<ReadonlyMap<InstanceId, Values>> {
  const dag = await recordedDag(store, record);
  const params = upstreamParams(dag?.instances ?? []);
  const ofStage = dag?.instances.filter(({ stage }) => stage === wanted) ?? [];
  return new Map(ofStage.map(({ id }) => [id, params.get(id) ?? {}]));
}

/**
 * Params of each instance and of all that it is made of, without axes. One that has several values on the
 * way is left out.
 *
 * @param instances in topological order
 */
export function upstreamParams(instances: readonly Instance[]): ReadonlyMap<InstanceId, Values> {
  // undefined: several values.
  const found = new Map<InstanceId, ReadonlyMap<string, Json | undefined>>();
  for (const { id, axes, params, written, inputs } of instances) {
    const merged = new Map<string, Json | undefined>();
    const add = (name: string, value: Json | undefined): void => {
      const same = !merged.has(name) || JSON.stringify(merged.get(name)) === JSON.stringify(value);
      merged.set(name, same ? value : undefined);
    };
    for (const [name, value] of Object.entries({ ...written, ...params })) {
      if (Object.hasOwn(axes, name)) continue;
      const leaves = isJsonObject(value) ? flatten(value, `${name}.`) : [[name, value] as const];
      for (const [leaf, its] of leaves) add(leaf, its as Json);
    }
    for (const made of readInstances(inputs)) {
      for (const [name, value] of found.get(made) ?? []) add(name, value);
    }
    found.set(id, merged);
  }
  return new Map(
    [...found].map(([id, params]) => [
      id,
      Object.fromEntries(
        [...params].filter((entry): entry is [string, Json] => entry[1] !== undefined),
      ),
    ]),
  );
}

function readInstances(inputs: readonly Input[]): readonly InstanceId[] {
  return inputs.flatMap((input) => {
    switch (input.kind) {
      case 'source':
        return [];
      case 'artifact':
        return [input.from.instance];
      case 'collect':
        return input.items.map(({ from }) => from.instance);
    }
  });
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
  const value = parseExactJson(text);
  if (value === undefined) {
    return `${name} is not a JSON (of at most 100 levels), CSV or TSV file`;
  }
  const records = Array.isArray(value) ? value : [value];
  if (!records.every(isJsonObject))
    return `${name} does not contain a JSON object or a list of objects`;
  return records.map((record) => Object.fromEntries(flatten(record)) as Values);
}

/** A field of a table as JSON has it: numbers are numbers, what is empty is null. */
function typed(field: string): Json {
  if (field === '') return null;
  return exactNumber(field) ?? field;
}
