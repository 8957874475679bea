import type { ActionKey, InstanceId } from '../core/ids.ts';
import type { InstanceSummary, RunRecord } from '../core/run-record.ts';
import type { EngineContext } from '../engine/context.ts';
import type { Dag } from '../pipeline/dag.ts';
import type { DiskStore } from '../store/disk-store.ts';
import type { ActionResult } from '../store/records/action-result.ts';
import type { RunStore } from '../store/records/runs.ts';
import { storedBytes } from '../store/stored-text.ts';

/** The subject of a command: a recorded run, or the current pipeline file. */
export interface View {
  readonly store: DiskStore;
  readonly context: EngineContext;
  /** Missing: the current pipeline file. */
  readonly record?: RunRecord;
}

/** A recorded run. */
export type RecordedView = View & { readonly record: RunRecord };

/** The stages of a run as they were; undefined: the cache no longer holds them. */
export async function recordedDag(store: DiskStore, record: RunRecord): Promise<Dag | undefined> {
  const bytes = await storedBytes(store, record.dag);
  return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as Dag);
}

/** Result keys by instance: of a run, those of what it made or took from the cache; else those of the hits. */
export async function resultKeys({
  context,
  record,
}: View): Promise<ReadonlyMap<InstanceId, ActionKey>> {
  if (record === undefined) {
    const { hitKeys } = await import('../engine/explain/plan.ts');
    return hitKeys(context);
  }
  const keys = new Map<InstanceId, ActionKey>();
  for (const { id, outcome, key } of await finishedIn(context.runs, record)) {
    if (key !== undefined && (outcome === 'hit' || outcome === 'ran')) keys.set(id, key);
  }
  return keys;
}

type Ended = Pick<InstanceSummary, 'id' | 'outcome' | 'key'> &
  Partial<Pick<InstanceSummary, 'outputs'>>;

/** How the instances of a run ended. An active or killed run has no summary; its events tell. */
export async function finishedIn(runs: RunStore, record: RunRecord): Promise<readonly Ended[]> {
  if (record.summary !== undefined) return record.summary.instances;
  return (await runs.events(record.run_id)).filter((event) => event.type === 'finished');
}

/** The stored result of one instance; undefined while there is none, or where the cache has lost it. */
export async function resultOf(view: View, id: InstanceId): Promise<ActionResult | undefined> {
  const found = await lookUp(view, id);
  return found === 'replaced' ? undefined : found;
}

/** Whether a later run has replaced the result that this run had: `flow run --rerun`. */
export async function isReplaced(view: View, id: InstanceId): Promise<boolean> {
  return (await lookUp(view, id)) === 'replaced';
}

async function lookUp(view: View, id: InstanceId): Promise<ActionResult | 'replaced' | undefined> {
  const key = (await resultKeys(view)).get(id);
  const result = key && (await view.store.action(key));
  if (result === undefined || view.record === undefined) return result;
  const ended = (await finishedIn(view.context.runs, view.record)).find((each) => each.id === id);
  return hasOutputs(result, ended) ? result : 'replaced';
}

/** By instance id; without those that are no longer stored. */
export async function readResults(view: View): Promise<ReadonlyMap<string, ActionResult>> {
  const { record, context } = view;
  const ended = record === undefined ? [] : await finishedIn(context.runs, record);
  const endings = new Map(ended.map((each) => [each.id, each]));
  const results = new Map<string, ActionResult>();
  for (const [id, key] of await resultKeys(view)) {
    const result = await view.store.action(key);
    if (result !== undefined && hasOutputs(result, endings.get(id))) results.set(id, result);
  }
  return results;
}

/** Whether these are the outputs with which the instance ended in its run. */
function hasOutputs({ outputs }: ActionResult, ended: Ended | undefined): boolean {
  const digests = Object.entries(ended?.outputs ?? {});
  return digests.every(([name, digest]) => outputs[name]?.digest === digest);
}
