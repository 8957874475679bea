import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { RunEvent } from '../core/events.ts';
import type { InstanceId } from '../core/ids.ts';
import type { RunRecord } from '../core/run-record.ts';
import { digestBytes } from '../key/digest.ts';
import type { Dag } from '../pipeline/dag.ts';
import { dataUrl, imageTypeOf } from '../report/media-type.ts';
import { logTail } from '../store/log-tail.ts';
import type { ActionResult } from '../store/records/action-result.ts';
import type { RunStore } from '../store/records/runs.ts';
import { readResults, type RecordedView, type View } from './view.ts';

/** The maximum size of files of numbers and pictures to show; larger ones are listed. */
const MAX_METRICS_BYTES = 256 * 1024;
const MAX_IMAGE_BYTES = 2 * 1024 * 1024;
/** The maximum number of runs whose events are read for the curves of hits. */
const MAX_EARLIER_RUNS = 40;

/** The facts about a run. */
export interface RunFacts {
  readonly record: RunRecord;
  readonly dag: Dag;
  readonly events: readonly RunEvent[];
  /** The byte of its events to go on from. */
  readonly next: number;
  /** Whether the driver's process exists. */
  readonly live: boolean;
  /** By instance id. */
  readonly results: ReadonlyMap<string, ActionResult>;
  /** Events of the runs that computed the hits: their curves. By run id. */
  readonly earlier: ReadonlyMap<string, readonly RunEvent[]>;
  /** Ends of logs, by instance id. */
  readonly logs: ReadonlyMap<string, readonly string[]>;
  /** Texts of the outputs of kind `metrics`: by instance id, then output name. */
  readonly metrics: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Data URLs of exported pictures, by path. */
  readonly images: ReadonlyMap<string, string>;
}

/** Reads everything for a page about a run. */
export async function readRunFacts(view: RecordedView): Promise<RunFacts> {
  const { context, record } = view;
  const { dag, runs } = context;
  const { events, next } = await runs.eventsFrom(record.run_id, 0);
  const results = await readResults(view);
  return {
    record,
    dag,
    events,
    next,
    live: runs.isLive(record),
    results,
    earlier: await earlierEvents(runs, record, results),
    logs: logEnds(runs, record, events),
    metrics: await metricTexts(view, results),
    images: await pictures(context.root, record),
  };
}

async function earlierEvents(
  runs: RunStore,
  record: RunRecord,
  results: ReadonlyMap<string, ActionResult>,
): Promise<ReadonlyMap<string, readonly RunEvent[]>> {
  const ids = new Set([...results.values()].map(({ execution }) => execution.run));
  ids.delete(record.run_id);
  const newest = [...ids].sort().reverse().slice(0, MAX_EARLIER_RUNS);
  const found = new Map<string, readonly RunEvent[]>();
  for (const id of newest) found.set(id, await runs.events(id));
  return found;
}

/** For instances that ran in this run: the last attempt. */
function logEnds(
  runs: RunStore,
  record: RunRecord,
  events: readonly RunEvent[],
): ReadonlyMap<string, readonly string[]> {
  const attempts = new Map<InstanceId, number>();
  for (const event of events) {
    if (event.type === 'started') attempts.set(event.id, event.attempt);
  }
  const ends = new Map<string, readonly string[]>();
  for (const [id, attempt] of attempts) {
    const tail = logTail(runs.logPath(record.run_id, id, attempt));
    if (tail.length > 0) ends.set(id, tail);
  }
  return ends;
}

async function metricTexts(
  { store, context }: View,
  results: ReadonlyMap<string, ActionResult>,
): Promise<RunFacts['metrics']> {
  const texts = new Map<string, Record<string, string>>();
  for (const { id, outputs } of context.dag.instances) {
    for (const { name, kind } of outputs) {
      const artifact = results.get(id)?.outputs[name];
      if (kind !== 'metrics' || artifact?.kind !== 'file') continue;
      if (artifact.size > MAX_METRICS_BYTES) continue;
      const text = await store.readText(artifact);
      if (text.ok) texts.set(id, { ...texts.get(id), [name]: text.value });
    }
  }
  return texts;
}

/** Exports that are unchanged since the run wrote them. */
async function pictures(root: string, record: RunRecord): Promise<ReadonlyMap<string, string>> {
  const images = new Map<string, string>();
  for (const exported of record.exports ?? []) {
    const type = imageTypeOf(exported.path);
    // Shows a picture with two formats only once, in the sharper one.
    const svg = exported.path.replace(/\.\w+$/, '.svg');
    if (type === undefined || (svg !== exported.path && images.has(svg))) continue;
    const bytes = await readFile(path.join(root, exported.path)).catch(() => undefined);
    if (bytes === undefined || bytes.length > MAX_IMAGE_BYTES) continue;
    if (digestBytes(bytes) !== exported.digest) continue;
    images.set(exported.path, dataUrl(type, bytes));
  }
  return images;
}
