import type { Collected, Skipped } from '../store/gc/collect.ts';
import type { GcPlan, PlannedRun } from '../store/gc/plan.ts';
import type { PlannedResult } from '../store/gc/judge-results.ts';
import type { GcPolicy } from '../store/gc/policy.ts';
import { formatBytes, formatDuration, plural, shortDigest } from './format.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

export interface GcReport {
  readonly plan: GcPlan;
  readonly policy: GcPolicy;
  /** Missing in a preview. */
  readonly collected?: Collected;
  readonly skipped?: readonly Skipped[];
  /** Lists also every result that stays. */
  readonly all: boolean;
}

/** What `flow gc` removes and keeps, with names that users know. */
export function gcLines(report: GcReport, style: Style): string[] {
  const { plan, collected, all } = report;
  const preview = collected === undefined;
  const runs = plan.runs.filter(({ verdict }) => preview || all || verdict.goes);
  const results = plan.results.filter(({ goes }) => all || (goes && preview));
  const lines = [...runTable(runs, report, style), ...resultTable(results, report, style)];
  return [...lines, ...endLines(report), ...skippedLines(report.skipped ?? [])];
}

const MAX_SKIPPED = 10;

function skippedLines(skipped: readonly Skipped[]): string[] {
  if (skipped.length === 0) return [];
  const what = plural(skipped.length, 'file or folder', 'files or folders');
  const more = skipped.length - MAX_SKIPPED;
  return [
    `could not remove ${what}, and skipped ${skipped.length === 1 ? 'it' : 'them'}:`,
    ...skipped.slice(0, MAX_SKIPPED).map(({ path, message }) => `  ${path}: ${message}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

function runTable(runs: readonly PlannedRun[], report: GcReport, style: Style): string[] {
  if (runs.length === 0) return [];
  const titles = [
    { title: 'RUN' },
    { title: 'PIPELINE' },
    { title: 'STARTED' },
    { title: 'STATE' },
    { title: '' },
    { title: 'WHY' },
  ];
  const rows = runs.map((each) => {
    const { id, pipeline, startedAt, live } = each.run;
    const state = each.run.state === 'running' && !live ? 'died' : each.run.state;
    const fate = each.verdict.goes ? 'goes' : 'stays';
    return [id, pipeline, minute(startedAt), state, fate, whyRun(each, report.policy)];
  });
  return [...table(titles, rows, style.dim), ''];
}

function resultTable(results: readonly PlannedResult[], report: GcReport, style: Style): string[] {
  if (results.length === 0) return [];
  const titles = [
    { title: 'RESULT' },
    { title: 'OUTPUT' },
    { title: 'SIZE', right: true },
    { title: 'KEY' },
    { title: 'LAST USED' },
    { title: '' },
    { title: 'WHY' },
  ];
  const rows = [...results].sort(byFateAndSize).flatMap((each) => {
    const { instance, outputs, key } = each.result;
    const fate = each.goes ? 'goes' : 'stays';
    const about = [shortDigest(key), minute(each.usedAt), fate, whyResult(each, report.policy)];
    const named = Object.entries(outputs).map(([name, { size }]) => [name, formatBytes(size)]);
    const [first = ['', ''], ...more] = named;
    return [[instance, ...first, ...about], ...more.map((cells) => ['', ...cells])];
  });
  return [...table(titles, rows, style.dim), ''];
}

function endLines({ plan, policy, collected }: GcReport): string[] {
  const goes = plan.runs.filter(({ verdict }) => verdict.goes).length;
  const results = plan.results.filter((each) => each.goes).length;
  const counted = collected ?? {
    runs: goes,
    results,
    blobs: plan.blobs.length,
    checkpoints: plan.checkpoints.length,
    memos: plan.memos.length,
    kept: plan.kept.length,
    abandoned: plan.abandoned.length,
  };
  const parts = [
    ...(counted.runs > 0 ? [plural(counted.runs, 'run')] : []),
    ...(counted.results > 0 ? [plural(counted.results, 'result')] : []),
    ...(counted.blobs > 0 ? [plural(counted.blobs, 'blob')] : []),
    ...(counted.checkpoints > 0 ? [plural(counted.checkpoints, 'checkpoint')] : []),
    ...(counted.memos > 0 ? [plural(counted.memos, 'memo')] : []),
    ...(counted.kept > 0 ? [`the kept attempts of ${plural(counted.kept, 'run')}`] : []),
    ...(counted.abandoned > 0
      ? [
          plural(
            counted.abandoned,
            'scratch folder of a dead process',
            'scratch folders of dead processes',
          ),
        ]
      : []),
  ];
  const freed = collected?.bytes ?? plan.bytesBefore - plan.bytesAfter;
  const verb = collected === undefined ? 'would remove' : 'removed';
  const lines = [
    parts.length === 0
      ? `nothing to remove; the cache has ${formatBytes(plan.bytesBefore)}`
      : `${verb} ${parts.join(', ')}: ${formatBytes(freed)} of ${formatBytes(plan.bytesBefore)}`,
    `${formatBytes(plan.bytesBefore - freed)} stay${stayText(plan)}`,
  ];
  const { results: newResults, blobs: newBlobs } = plan.young;
  if (newResults + newBlobs > 0) {
    const young = [plural(newResults, 'result'), plural(newBlobs, 'blob')].join(' and ');
    const grace = formatDuration(policy.youngMs);
    lines.push(`kept ${young} that nothing needs: newer than ${grace}, or of active runs`);
  }
  if (!plan.fits) {
    const limit = formatBytes(policy.maxBytes ?? 0);
    lines.push(
      `that is more than ${limit}: everything that stays is pinned, in use, new or in the newest run`,
    );
  }
  return lines;
}

/** `: 3 runs (1 pinned, 1 running), 120 results`. */
function stayText({ runs, results }: GcPlan): string {
  const staying = runs.filter(({ verdict }) => !verdict.goes);
  if (staying.length === 0) return '';
  const count = (why: string): number =>
    staying.filter(({ verdict }) => verdict.why === why).length;
  const special = [
    ...(count('pinned') > 0 ? [`${count('pinned')} pinned`] : []),
    ...(count('live') > 0 ? [`${count('live')} running`] : []),
  ];
  const kept = results.filter((each) => !each.goes).length;
  const of = special.length > 0 ? ` (${special.join(', ')})` : '';
  return `: ${plural(staying.length, 'run')}${of}, ${plural(kept, 'result')}`;
}

function whyRun({ run, verdict }: PlannedRun, policy: GcPolicy): string {
  switch (verdict.why) {
    case 'live':
      return 'it is active';
    case 'pinned':
      return 'pinned';
    case 'newest':
      return policy.keepRuns === undefined
        ? 'the newest run'
        : `among the newest ${policy.keepRuns} of ${run.pipeline}`;
    case 'succeeded':
      return `the newest successful run of ${run.pipeline}`;
    case 'no-limit':
      return policy.olderThanMs === undefined ? 'there is no limit for runs' : 'recent';
    case 'fits':
      return 'fits';
    case 'more-than-kept':
      return `not among the newest ${policy.keepRuns ?? 0} of ${run.pipeline}`;
    case 'old':
      return `older than ${days(policy.olderThanMs ?? 0)}`;
    case 'unreadable':
      return 'a crash left it without a record';
    case 'size':
      return `the cache is larger than ${formatBytes(policy.maxBytes ?? 0)}`;
  }
}

function whyResult({ why, runs }: PlannedResult, policy: GcPolicy): string {
  switch (why) {
    case 'run':
      return runs.length === 1 ? `in run ${runs[0]}` : `in ${runs.length} runs, last ${runs[0]}`;
    case 'frozen':
      return 'frozen: its stage has freeze: true';
    case 'leased':
      return 'a process uses it';
    case 'young':
      return 'new';
    case 'recent':
      return `used within ${days(policy.olderThanMs ?? 0)}`;
    case 'unused':
      return 'no run lists it';
    case 'runs-go':
      return 'only removed runs list it';
    case 'old':
      return `not used for ${days(policy.olderThanMs ?? 0)}`;
    case 'size':
      return `the cache is larger than ${formatBytes(policy.maxBytes ?? 0)}`;
  }
}

const DAY_MS = 24 * 60 * 60 * 1000;

const days = (ms: number): string =>
  ms >= DAY_MS && ms % DAY_MS === 0 ? plural(ms / DAY_MS, 'day') : formatDuration(ms);

const minute = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ');

/** The removed results, the largest first. */
function byFateAndSize(a: PlannedResult, b: PlannedResult): number {
  if (a.goes !== b.goes) return a.goes ? -1 : 1;
  return sizeOf(b) - sizeOf(a) || (a.result.instance < b.result.instance ? -1 : 1);
}

const sizeOf = ({ result }: PlannedResult): number =>
  Object.values(result.outputs).reduce((total, { size }) => total + size, 0);

/** The same for `--json`. */
export function gcJson({ plan, collected, skipped = [] }: GcReport): unknown {
  return {
    dry_run: collected === undefined,
    runs: plan.runs.map(({ run, verdict }) => ({
      run_id: run.id,
      pipeline: run.pipeline,
      started_at: new Date(run.startedAt).toISOString(),
      state: run.state,
      goes: verdict.goes,
      why: verdict.why,
    })),
    results: plan.results.map((each) => ({
      id: each.result.instance,
      key: each.result.key,
      outputs: Object.fromEntries(
        Object.entries(each.result.outputs).map(([name, { size }]) => [name, size]),
      ),
      last_used: new Date(each.usedAt).toISOString(),
      goes: each.goes,
      why: each.why,
      runs: each.runs,
    })),
    blobs: plan.blobs.length,
    checkpoints: plan.checkpoints.map(({ name, bytes }) => ({
      key: `sha256:${name}`,
      size: bytes,
    })),
    memos: plan.memos.length,
    kept_attempts: plan.kept.map(({ name: run, bytes }) => ({ run, size: bytes })),
    scratch_folders: plan.abandoned.length,
    ...(collected !== undefined && { removed: removedJson(collected) }),
    ...(skipped.length > 0 && { skipped }),
    size_before: plan.bytesBefore,
    size_after: plan.bytesAfter,
    fits: plan.fits,
  };
}

function removedJson({ kept, abandoned, ...others }: Collected): unknown {
  return { ...others, kept_attempts: kept, scratch_folders: abandoned };
}
