import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { RunEvent } from '../../core/events.ts';
import type { InstanceId } from '../../core/ids.ts';
import type { RunRecord } from '../../core/run-record.ts';
import { logTail } from '../../store/log-tail.ts';
import { digestBytes } from '../../key/digest.ts';
import type { Dag } from '../../pipeline/dag.ts';
import type { ActionResult } from '../../store/records/action-result.ts';
import type { RunFacts } from '../../web/model/build-page.ts';
import { recordedOverrides } from '../args/command-again.ts';
import type { Session } from '../project/session.ts';
import { keysOf, type View } from '../project/target.ts';

/** Larger files of numbers, and pictures, are named but not shown. */
const MAX_METRICS_BYTES = 256 * 1024;
const MAX_IMAGE_BYTES = 2 * 1024 * 1024;
/** Runs whose events are read for the curves of hits. */
const MAX_EARLIER_RUNS = 40;

const imageTypes: Readonly<Record<string, string>> = {
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
};

/** Reads all that a page about a run shows. `next`: the byte of its events to go on from. */
export async function readRunFacts(
  view: View,
  record: RunRecord,
): Promise<RunFacts & { readonly next: number }> {
  const { session, context } = view;
  const { dag } = context;
  const { events, next } = await session.runs.eventsFrom(record.run_id, 0);
  const results = await readResults(view);
  return {
    record,
    overrides: recordedOverrides(record.argv),
    dag,
    events,
    next,
    live: session.runs.isLive(record),
    results,
    earlier: await earlierEvents(session, record, results),
    logs: logEnds(session, record, events),
    metrics: await metricTexts(session, dag, results),
    images: await pictures(session, record),
  };
}

/** By instance id; without those that are no longer stored. */
export async function readResults(view: View): Promise<ReadonlyMap<string, ActionResult>> {
  const results = new Map<string, ActionResult>();
  for (const [id, key] of await keysOf(view)) {
    const result = await view.session.store.action(key);
    if (result !== undefined) results.set(id, result);
  }
  return results;
}

async function earlierEvents(
  { runs }: Session,
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

/** Of what ran in this run: the last attempt's. */
function logEnds(
  { runs }: Session,
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
  { store }: Session,
  dag: Dag,
  results: ReadonlyMap<string, ActionResult>,
): Promise<RunFacts['metrics']> {
  const texts = new Map<string, Record<string, string>>();
  for (const { id, outputs } of dag.instances) {
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

/** Exports that still are what the run placed. */
async function pictures(
  { project }: Session,
  record: RunRecord,
): Promise<ReadonlyMap<string, string>> {
  const images = new Map<string, string>();
  for (const exported of record.exports ?? []) {
    const type = imageTypes[path.extname(exported.path).toLowerCase()];
    // A picture in two formats is shown once, in the sharper one.
    const svg = exported.path.replace(/\.(png|jpg)$/i, '.svg');
    if (type === undefined || (svg !== exported.path && images.has(svg))) continue;
    const bytes = await readFile(path.join(project.root, exported.path)).catch(() => undefined);
    if (bytes === undefined || bytes.length > MAX_IMAGE_BYTES) continue;
    if (digestBytes(bytes) !== exported.digest) continue;
    images.set(exported.path, `data:${type};base64,${bytes.toString('base64')}`);
  }
  return images;
}
