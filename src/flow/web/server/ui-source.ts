import { ok } from '../../core/result.ts';
import type { RunRecord } from '../../core/run-record.ts';
import { contentOf, pictureOf } from '../../inspect/artifact-content.ts';
import { differenceOf } from '../../inspect/difference.ts';
import { explanationAsItWas, withDetail } from '../../inspect/explanation.ts';
import { findLog, readLog } from '../../inspect/logs.ts';
import { readRunFacts } from '../../inspect/run-facts.ts';
import { finishedIn, type RecordedView, resultOf } from '../../inspect/view.ts';
import type { Instance } from '../../pipeline/dag.ts';
import { explanationLines } from '../../report/changes/explanation.ts';
import { noColor } from '../../report/style.ts';
import type { RunStore } from '../../store/records/runs.ts';
import { buildPage } from '../model/build-page.ts';
import { type ComparedRun, comparisonOf } from '../model/comparison.ts';
import type { RunLine } from '../model/page.ts';
import type { UiSource } from './source.ts';

/** The runs of a project, read from the cache for each request. The cache can appear later. */
export interface RecordedRuns {
  /** undefined: there is no cache yet. */
  runs(): Promise<RunStore | undefined>;
  /** @param run a complete id, as in a link */
  view(run: string): Promise<RecordedView | undefined>;
  /** The options of a recorded command line that repeat the results. */
  optionsOf(argv: readonly string[]): readonly string[];
}

/** The content of the live view. */
export function uiSource(recorded: RecordedRuns): UiSource {
  const find = async (
    run: string,
    id: string,
  ): Promise<{ view: RecordedView; instance: Instance } | undefined> => {
    const view = await recorded.view(run);
    const instance = view?.context.dag.instances.find((each) => each.id === id);
    return view && instance && { view, instance };
  };

  return {
    async runs() {
      const runs = await recorded.runs();
      const lines: RunLine[] = [];
      for (const id of (await runs?.list()) ?? []) {
        const record = await runs?.read(id);
        if (runs !== undefined && record !== undefined) lines.push(lineOf(record, runs));
      }
      return lines;
    },
    async has(run) {
      return (await (await recorded.runs())?.read(run)) !== undefined;
    },
    async page(run) {
      const view = await recorded.view(run);
      if (view === undefined) return undefined;
      const facts = await readRunFacts(view);
      return { page: buildPage(facts, recorded.optionsOf(view.record.argv)), next: facts.next };
    },
    async events(run, from) {
      const runs = await recorded.runs();
      return (await runs?.eventsFrom(run, from)) ?? { events: [], next: from };
    },
    async isLive(run) {
      const runs = await recorded.runs();
      const record = await runs?.read(run);
      return record !== undefined && runs?.isLive(record) === true;
    },
    async log(run, id, from) {
      const found = await find(run, id);
      const file = found && (await findLog(found.view, found.instance.id));
      return file === undefined ? undefined : readLog(file, from);
    },
    async explain(run, id) {
      const found = await find(run, id);
      if (found === undefined) return undefined;
      const told = await explanationAsItWas(found.view, found.instance.id);
      if (told === undefined) return [`flow cannot explain ${id}: this run has no result of it.`];
      return explanationLines(await withDetail(found.view, told), noColor);
    },
    async preview(run, id, output, inside) {
      const found = await find(run, id);
      const result = found && (await resultOf(found.view, found.instance.id));
      if (found === undefined || !Object.hasOwn(result?.outputs ?? {}, output)) return undefined;
      const artifact = result?.outputs[output];
      if (artifact === undefined) return undefined;
      const { store } = found.view;
      const declared = found.instance.outputs.find(({ name }) => name === output);
      const name = inside ?? declared?.path ?? output;
      const file = inside === undefined ? ok(artifact) : await store.find(artifact, inside);
      const shown = file.ok ? file.value : undefined;
      if (shown === undefined) return undefined;
      const content = await contentOf(store, shown, name);
      if (!content.ok) return undefined;
      const image = await pictureOf(store, shown, name);
      return { size: shown.size, ...content.value, ...(image !== undefined && { image }) };
    },
    async compare(a, b) {
      const [old, now] = [await recorded.view(a), await recorded.view(b)];
      if (old === undefined || now === undefined) return undefined;
      const found = await differenceOf(old, now);
      return comparisonOf(await comparedRun(old), await comparedRun(now), found);
    },
  };
}

async function comparedRun(view: RecordedView): Promise<ComparedRun> {
  const { record, context } = view;
  const finished = await finishedIn(context.runs, record);
  return {
    line: lineOf(record, context.runs),
    outcomes: new Map(finished.map(({ id, outcome }) => [id, outcome])),
  };
}

function lineOf(record: RunRecord, runs: RunStore): RunLine {
  const { run_id: run, pipeline, startedAt, argv, summary } = record;
  const state = runs.stateOf(record);
  if (summary === undefined) return { run, pipeline, state, startedAt, argv };
  const { ran, hit, failed, skipped, cancelled } = summary;
  const counts = { ran, hit, failed, skipped, cancelled };
  return { run, pipeline, state, startedAt, argv, counts, wallMs: summary.wall_s * 1000 };
}
