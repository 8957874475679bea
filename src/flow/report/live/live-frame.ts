import type { InstanceProgress, Progress, StageProgress, Work } from './progress.ts';
import { doneCount, endedCount, labelOf } from './progress.ts';
import { formatClock, plural } from '../format.ts';
import type { RunShape } from './run-shape.ts';
import type { RunTimeLeft } from './run-time-left.ts';
import type { Style } from '../style.ts';
import { padEnd, padStart, textWidth, truncate, truncateMiddle } from '../text-width.ts';
import { briefWork } from './work-text.ts';

// One picture of a run: one line per stage, which includes all instances of its matrix, and one
// line per running instance. Pure, so that tests can draw any size and any moment.

export interface FrameSize {
  readonly columns: number;
  readonly rows: number;
}

/** Facts that the events do not contain. */
export interface RunKnowledge {
  /** Stage -> the stages that it reads. */
  readonly stages: RunShape['stages'];
  readonly left?: RunTimeLeft | undefined;
}

const nothing: RunKnowledge = { stages: new Map() };

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** At most `rows - 1` lines of at most `columns - 1` cells. */
export function liveFrame(
  p: Progress,
  now: number,
  size: FrameSize,
  style: Style,
  known: RunKnowledge = nothing,
): string[] {
  const width = Math.max(20, size.columns) - 1;
  const room = Math.max(3, size.rows - 1);
  const stages = [...p.stages.values()];
  const ended = stages.filter(hasEnded);
  const active = stages.filter((s) => !hasEnded(s) && isActive(s));
  const pending = stages.filter((s) => !hasEnded(s) && !isActive(s));
  const nameWidth = Math.min(24, Math.max(...stages.map((s) => textWidth(s.name)), 4));

  const draw = (s: StageProgress): string =>
    stageLine(s, now, width, nameWidth, style, waitsFor(s, p, known));
  const instances = active.flatMap((s) => runningOf(s, now).map((i) => [s, i] as const));
  const count = instances.filter(([stage]) => stage.total > 1).length;

  // Folds the least important lines first: finished stages, then pending stages, then running
  // instances.
  let spare = room - 1 - active.length;
  const failed = ended.filter((s) => s.counts.failed > 0);
  const done = ended.filter((s) => doneCount(s.counts) === s.total).length;
  const endedFold = ended.length + pending.length + count > spare;
  const endedLines = endedFold
    ? [
        ...failed.map(draw),
        ...foldLine(done, style.green('✔'), 'done', width, style),
        ...foldLine(
          ended.length - failed.length - done,
          style.yellow('↓'),
          'not done',
          width,
          style,
        ),
      ]
    : ended.map(draw);
  spare -= endedLines.length;
  const pendingLines =
    pending.length + count > spare
      ? foldLine(pending.length, style.dim('·'), 'pending', width, style)
      : pending.map(draw);
  spare -= pendingLines.length;

  const lines = [headLine(p, now, width, style, known), ...endedLines];
  let shown = Math.max(0, count > spare ? spare - 1 : count);
  const hidden = count - shown;
  for (const stage of active) {
    lines.push(draw(stage));
    if (stage.total === 1) continue;
    const running = runningOf(stage, now).slice(0, shown);
    shown -= running.length;
    const labels = running.map((i) => labelOf(stage, i));
    const widest = Math.max(...labels.map((label) => textWidth(label)), 0);
    const labelWidth = Math.min(widest, Math.floor(width / 2));
    const named = running.map((i, at) => {
      const label = padEnd(truncateMiddle(labels[at] ?? i.id, labelWidth), labelWidth);
      return `    ${label}  ${instanceDetail(i, now, width - labelWidth - 6, style)}`;
    });
    lines.push(...named);
  }
  if (hidden > 0) lines.push(style.dim(truncate(`      … and ${hidden} more running`, width)));
  return [...lines, ...pendingLines].slice(0, room);
}

function headLine(
  p: Progress,
  now: number,
  width: number,
  style: Style,
  { left }: RunKnowledge,
): string {
  const total = p.instances.size;
  const { failed, skipped, cancelled } = p.counts;
  const parts = [`${doneCount(p.counts)}/${total} done`];
  if (p.counts.hit > 0) parts.push(`${p.counts.hit} hit`);
  if (failed > 0) parts.push(`${failed} failed`);
  if (skipped > 0) parts.push(`${skipped} skipped`);
  if (cancelled > 0) parts.push(`${cancelled} cancelled`);
  parts.push(formatClock((p.endedAt ?? now) - p.startedAt));
  if (left && p.interrupted === undefined && p.endedAt === undefined)
    parts.push(`${left.whole ? 'about' : 'over'} ${formatClock(left.ms)} left`);
  if (p.interrupted !== undefined) {
    const isOver = p.endedAt !== undefined;
    parts.push(isOver ? `stopped by ${p.interrupted}` : `stopping after ${p.interrupted} …`);
  }
  const rest = `  ${parts.join('  ')}`;
  const name = truncate(p.pipeline, Math.max(4, width - textWidth(rest)));
  return style.bold(name) + truncate(rest, width - textWidth(name));
}

function stageLine(
  s: StageProgress,
  now: number,
  width: number,
  nameWidth: number,
  style: Style,
  waits: readonly string[],
): string {
  const name = padEnd(truncateMiddle(s.name, nameWidth), nameWidth);
  const count = padStart(`${doneCount(s.counts)}/${s.total}`, 7);
  const head = `${stageIcon(s, now, style)} ${name} ${count}  `;
  const left = width - nameWidth - 12;
  const only = s.total === 1 ? runningOf(s, now)[0] : undefined;
  if (only) return head + instanceDetail(only, now, left, style);
  const detail = stageDetail(s, waits);
  return detail === '' ? head.trimEnd() : head + style.dim(truncate(detail, left));
}

function stageIcon(s: StageProgress, now: number, style: Style): string {
  if (s.counts.failed > 0) return style.red('✖');
  if (isBusy(s)) return style.yellow(SPINNER[Math.floor(now / 100) % SPINNER.length] ?? '');
  if (!hasEnded(s)) return style.dim('·');
  return doneCount(s.counts) === s.total ? style.green('✔') : style.yellow('↓');
}

function stageDetail(s: StageProgress, waits: readonly string[]): string {
  const parts: string[] = [];
  if (s.running > 0) parts.push(`${s.running} running`);
  if (s.storing > 0) parts.push(`${s.storing} storing`);
  const queued = s.instances.filter((i) => i.state === 'queued').length;
  if (queued > 0) parts.push(`${queued} queued`);
  for (const outcome of ['hit', 'failed', 'skipped', 'cancelled'] as const) {
    if (s.counts[outcome] > 0) parts.push(`${s.counts[outcome]} ${outcome}`);
  }
  if (hasEnded(s) && s.counts.ran > 0) parts.push(formatClock(s.wallMs));
  else if (waits.length > 0) parts.push(`waits for ${waits.join(', ')}`);
  return parts.join('  ');
}

/** The unfinished stages that it reads; none for a running stage. */
function waitsFor(s: StageProgress, p: Progress, { stages }: RunKnowledge): readonly string[] {
  if (isBusy(s) || hasEnded(s)) return [];
  return (stages.get(s.name) ?? []).filter((name) => {
    const read = p.stages.get(name);
    return read !== undefined && !hasEnded(read);
  });
}

/**
 * Bar, percentage, rate and remaining time if the stage reports progress; else the elapsed time.
 */
function instanceDetail(i: InstanceProgress, now: number, width: number, style: Style): string {
  if (i.state === 'waiting') return truncate(`waits for ${i.holder ?? 'another run'}`, width);
  if (i.state === 'retrying') return truncate(`failed, retrying (attempt ${i.attempt})`, width);
  const elapsed = formatClock(now - i.startedAt);
  if (i.state === 'storing') return style.dim(truncate(`${elapsed}  storing its outputs`, width));
  if (!i.work) return style.dim(truncate(i.note ? `${elapsed}  ${i.note}` : elapsed, width));
  const metric = i.metric ? `${i.metric.name} ${formatValue(i.metric.value)}` : '';
  for (const { most, least, unit, tail } of LAYOUTS) {
    const text = briefWork(i.work, now, unit);
    const end = tail && metric !== '' ? `  ${metric}` : '';
    const room = Math.min(most, width - textWidth(text) - textWidth(end) - 1);
    if (room < least || (tail && metric === '')) continue;
    return `${bar(i.work, room, style)} ${text}${style.dim(end)}`;
  }
  return truncate(briefWork(i.work, now, false), width);
}

/** What to shorten first on a narrow terminal: the bar, the unit, then the metric. */
const LAYOUTS = [
  { most: 20, least: 10, unit: true, tail: true },
  { most: 10, least: 5, unit: false, tail: true },
  { most: 20, least: 5, unit: true, tail: false },
  { most: 20, least: 5, unit: false, tail: false },
] as const;

/** Three digits are enough to see a change. */
function formatValue(value: number): string {
  return Math.abs(value) >= 1000 ? String(Math.round(value)) : value.toPrecision(3);
}

function bar(work: Work, width: number, style: Style): string {
  const share = work.total > 0 ? Math.min(1, Math.max(0, work.done / work.total)) : 0;
  const full = Math.floor(share * width);
  return style.cyan('━'.repeat(full)) + style.dim('╌'.repeat(width - full));
}

function foldLine(
  count: number,
  icon: string,
  what: string,
  width: number,
  style: Style,
): string[] {
  if (count === 0) return [];
  return [`${icon} ${style.dim(truncate(`${plural(count, 'stage')} ${what}`, width - 2))}`];
}

function hasEnded({ counts, total }: StageProgress): boolean {
  return endedCount(counts) === total;
}

function isBusy({ running, storing }: StageProgress): boolean {
  return running > 0 || storing > 0;
}

function isActive(s: StageProgress): boolean {
  return isBusy(s) || s.counts.failed > 0 || endedCount(s.counts) > s.counts.hit;
}

/** After this many milliseconds, the picture shows that outputs are being stored. */
const LONG_TO_STORE = 1_000;

function runningOf(stage: StageProgress, now: number): InstanceProgress[] {
  return stage.instances.filter(
    ({ state, startedAt }) =>
      state === 'running' ||
      state === 'waiting' ||
      state === 'retrying' ||
      (state === 'storing' && now - startedAt > LONG_TO_STORE),
  );
}
