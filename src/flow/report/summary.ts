import type { Failure, RunEvent, RunSummary } from '../core/events.ts';
import { formatDuration, plural } from './format.ts';
import { printable } from './printable.ts';
import type { Style } from './style.ts';

export interface RunEnd {
  readonly pipeline: string;
  readonly summary: RunSummary;
  readonly events: readonly RunEvent[];
  /** A path relative to the root, as a user writes it. */
  readonly shown: (rootRelative: string) => string;
  /** A command of flow for this project and cache. */
  readonly look: (...words: readonly string[]) => string;
  /** The command that repeats this run, for one target or for all its own targets. */
  readonly again: (target?: string) => string;
}

/** The number of failed instances to show completely; the others are listed. */
const WHOLE_FAILURES = 3;

/** The failures, for stderr: each with the end of its log, its path and the next commands. */
export function failureLines(end: RunEnd, style: Style): string[] {
  const lines: string[] = [];
  const failed = end.events.filter((event) => event.type === 'finished').filter(isFailed);
  for (const event of failed.slice(0, WHOLE_FAILURES)) {
    lines.push('', `${style.red('✖')} ${style.bold(event.id)}: ${event.failure.message}`);
    lines.push(...failureDetail(event.failure, end, style));
    if (event.failure.kept !== undefined) {
      lines.push(
        `  kept: ${end.shown(event.failure.kept)}`,
        `  shell: ${end.look('shell', event.id)}`,
      );
    }
    lines.push(`  repeat: ${end.again(event.id)}`);
    lines.push(`  explain: ${end.look('explain', event.id)}`);
  }
  const rest = failed.slice(WHOLE_FAILURES).map((event) => event.id);
  if (rest.length > 0) {
    lines.push('', `${style.red('✖')} ${rest.length} more failed: ${rest.slice(0, 10).join(', ')}`);
    if (rest.length > 10)
      lines.push(`  and ${plural(rest.length - 10, 'other')}: ${end.look('status')}`);
  }
  for (const event of end.events) {
    if (event.type !== 'export-refused') continue;
    lines.push('', `${style.red('✖')} ${style.bold(end.shown(event.path))}: ${event.message}`);
  }
  return lines.length > 0 ? [...lines, ''] : lines;
}

/** The run in one line, then one line per exported file. */
export function summaryLines(end: RunEnd, style: Style): string[] {
  const { summary } = end;
  const parts: string[] = [];
  for (const outcome of ['ran', 'hit', 'failed', 'skipped', 'cancelled'] as const) {
    if (summary[outcome] > 0 || outcome === 'ran' || outcome === 'hit') {
      const frozen = outcome === 'hit' ? frozenText(summary) : '';
      parts.push(`${count(outcome, summary[outcome])}${frozen}`);
    }
  }
  const mark = summary.ok ? style.green('✔') : style.red('✖');
  const took = formatDuration(summary.wall_s * 1000);
  const head = `${mark} ${style.bold(end.pipeline)}: ${parts.join(', ')} in ${took}`;
  const saved = savedText(end.events);
  return [
    `${head}${saved} ${style.dim(`(run ${summary.run_id})`)}`,
    ...goOnLines(end, style),
    ...exportLines(end, style),
  ];
}

/** A shorter time is not shown. */
const MIN_SAVED_MS = 1000;

/** The time that earlier runs spent on the hits. */
function savedText(events: readonly RunEvent[]): string {
  const saved = events.reduce(
    (sum, event) => sum + (event.type === 'finished' ? (event.savedMs ?? 0) : 0),
    0,
  );
  return saved < MIN_SAVED_MS ? '' : `, ${formatDuration(saved)} saved`;
}

/** For an interrupted run: the finished results are kept. */
function goOnLines(end: RunEnd, style: Style): string[] {
  if (!end.events.some((event) => event.type === 'interrupted')) return [];
  return [`  ${style.cyan('continue')}: ${end.again()}`];
}

function exportLines(end: RunEnd, style: Style): string[] {
  return end.events
    .filter((event) => event.type === 'exported')
    .map((event) => {
      const path = end.shown(event.path);
      return event.changed ? `  ${path}` : `  ${path} ${style.dim('(unchanged)')}`;
    });
}

function failureDetail(failure: Failure, end: RunEnd, style: Style): string[] {
  const lines: string[] = [];
  const tail = failure.tail ?? [];
  if (tail.length > 0) lines.push(...tail.map((line) => `  ${style.dim('│')} ${printable(line)}`));
  if (failure.hint !== undefined) lines.push(`  ${style.cyan('hint')}: ${failure.hint}`);
  if (failure.log !== undefined) lines.push(`  log: ${end.shown(failure.log)}`);
  return lines;
}

type FailedEvent = RunEvent & { type: 'finished'; failure: Failure };

function isFailed(event: RunEvent & { type: 'finished' }): event is FailedEvent {
  return event.outcome === 'failed' && event.failure !== undefined;
}

function frozenText({ instances }: Pick<RunSummary, 'instances'>): string {
  const frozen = instances.filter((each) => each.frozen).length;
  return frozen > 0 ? ` (${frozen} frozen)` : '';
}

function count(outcome: string, n: number): string {
  return outcome === 'hit' ? plural(n, 'hit') : `${n} ${outcome}`;
}
