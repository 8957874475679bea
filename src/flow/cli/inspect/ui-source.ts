import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import type { RunRecord } from '../../core/run-record.ts';
import type { RunDifference } from '../../engine/explain/compare-runs.ts';
import { explain } from '../../engine/explain/explain-instance.ts';
import { explainRecorded } from '../../engine/explain/explain-recorded.ts';
import { noColor } from '../../report/style.ts';
import type { DiskStore } from '../../store/disk-store.ts';
import { openStore } from '../../store/open-store.ts';
import { RunStore } from '../../store/records/runs.ts';
import { buildPage } from '../../web/model/build-page.ts';
import type { Comparison, LogPart, RunLine, UiSource } from '../../web/server/source.ts';
import type { Io } from '../args/command.ts';
import { differenceOf } from '../commands/diff.ts';
import { explanationText } from '../commands/explain.ts';
import { findLog } from '../commands/log.ts';
import { previewOf } from './preview.ts';
import type { Project } from '../project/project.ts';
import { readRunFacts } from './run-facts.ts';
import type { Session } from '../project/session.ts';
import { openRunView, type RecordedView, resultOf, type Target } from '../project/target.ts';

/** Of a log, so many bytes an answer. */
const MAX_LOG = 256 * 1024;

/** What the live view shows, read from the cache at every question. The cache may come later. */
export function uiSource(project: Project, io: Io): UiSource & { close(): Promise<void> } {
  let store: Promise<DiskStore | undefined> | undefined;
  const session = async (): Promise<Session | undefined> => {
    if (!existsSync(path.join(project.cache, 'VERSION'))) return undefined;
    store ??= openStore(project.cache).then((opened) => (opened.ok ? opened.value : undefined));
    const open = await store;
    return open && { io, project, store: open, runs: new RunStore(open.root) };
  };
  const target = async (run: string, instance: string): Promise<Target | undefined> => {
    const open = await session();
    const view = open && (await exactView(open, run));
    const found = view?.context.dag.instances.find(({ id }) => id === instance);
    return view && found && { view, instance: found };
  };

  return {
    async runs() {
      const open = await session();
      if (open === undefined) return [];
      const lines: RunLine[] = [];
      for (const id of await open.runs.list()) {
        const record = await open.runs.read(id);
        if (record !== undefined) lines.push(lineOf(record, open.runs.isLive(record)));
      }
      return lines;
    },
    async page(run) {
      const open = await session();
      const view = open && (await exactView(open, run));
      if (view === undefined) return undefined;
      const facts = await readRunFacts(view, view.record);
      return { page: buildPage(facts), next: facts.next };
    },
    async events(run, from) {
      const open = await session();
      return (await open?.runs.eventsFrom(run, from)) ?? { events: [], next: from };
    },
    async isLive(run) {
      const open = await session();
      const record = await open?.runs.read(run);
      return open !== undefined && record !== undefined && open.runs.isLive(record);
    },
    async log(run, instance, from) {
      const found = await target(run, instance);
      const file = found && (await findLog(found.view.session, found));
      return file === undefined ? undefined : readPart(file, from);
    },
    async explain(run, instance) {
      const found = await target(run, instance);
      if (found === undefined) return undefined;
      const { context, session: open, record } = found.view;
      const { id } = found.instance;
      const ended = record?.summary?.instances.find((each) => each.id === id);
      // What has ended is told as it was; what goes on, as the pipeline stands.
      const told = ended && (await explainRecorded(context, run, ended));
      return explanationText(open, told ?? (await explain(context, id)), noColor);
    },
    async preview(run, instance, output, inside) {
      const found = await target(run, instance);
      const result = found && (await resultOf(found));
      const artifact = result?.ok === true ? result.value.outputs[output] : undefined;
      if (found === undefined || artifact === undefined) return undefined;
      const { store: from } = found.view.session;
      if (inside === undefined) {
        const declared = found.instance.outputs.find(({ name }) => name === output);
        return previewOf(from, artifact, declared?.path ?? output);
      }
      const file = await from.find(artifact, inside);
      return file.ok && file.value !== undefined ? previewOf(from, file.value, inside) : undefined;
    },
    async compare(a, b) {
      const open = await session();
      const old = open && (await exactView(open, a));
      const now = open && (await exactView(open, b));
      return old && now && comparison(old, now, await differenceOf(old, now));
    },
    async close() {
      await (await store)?.close();
    },
  };
}

/** By the whole id: what a link holds. */
async function exactView(session: Session, run: string): Promise<RecordedView | undefined> {
  if ((await session.runs.read(run)) === undefined) return undefined;
  const view = await openRunView(session, run);
  return view.ok ? view.value : undefined;
}

function comparison(old: RecordedView, now: RecordedView, found: RunDifference): Comparison {
  const { params, metrics, changed, onlyOld, onlyNew } = found;
  return {
    a: old.record.run_id,
    b: now.record.run_id,
    params: params.map(({ name, old: a = null, new: b = null }) => ({ name, a, b })),
    metrics: metrics.map(({ id, output, name, old: a, new: b }) => {
      return { id, name: name === '' ? output : name, a, b };
    }),
    keys: [
      ...changed.map(({ id, oldKey, newKey }) => ({ id, a: oldKey, b: newKey })),
      ...onlyOld.map((id) => ({ id, a: 'only here', b: null })),
      ...onlyNew.map((id) => ({ id, a: null, b: 'only here' })),
    ],
  };
}

function lineOf(record: RunRecord, live: boolean): RunLine {
  const { run_id: run, pipeline, startedAt, argv, summary } = record;
  const state = record.state === 'running' && !live ? 'died' : record.state;
  if (summary === undefined) return { run, pipeline, state, startedAt, argv };
  const { ran, hit, failed, skipped, cancelled } = summary;
  const counts = { ran, hit, failed, skipped, cancelled };
  return { run, pipeline, state, startedAt, argv, counts, wallMs: summary.wall_s * 1000 };
}

function readPart(file: string, from: number): LogPart {
  const fd = openSync(file, 'r');
  try {
    const { size } = fstatSync(fd);
    // Of a long log the end is what counts.
    const begin = Math.max(from, size - MAX_LOG);
    const bytes = Buffer.alloc(Math.max(0, size - begin));
    const count = wholeCharacters(bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, begin)));
    return { text: bytes.subarray(0, count).toString('utf8'), next: begin + count };
  } finally {
    closeSync(fd);
  }
}

/** Bytes before a character of UTF-8 whose end is not written yet. */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
