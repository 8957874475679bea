import type { RunEvent } from '../../core/events.ts';
import type { Dag } from '../../pipeline/dag.ts';
import { liveFrame } from './live-frame.ts';
import type { LiveView } from './live-view.ts';
import { plainLines, warningLine } from './plain-lines.ts';
import { applyEvent, emptyProgress } from './progress.ts';
import { shapeOf } from './run-shape.ts';
import { runTimeLeft, steadyTimeLeft } from './run-time-left.ts';
import type { Style } from '../style.ts';

export interface RunReportOptions {
  /** The stream for progress: stderr. */
  readonly stream: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  readonly style: Style;
  readonly clock: () => number;
  readonly mode: 'normal' | 'quiet' | 'verbose';
  readonly dag: Dag;
}

/** Shows a run live: redrawn in place on a terminal, else one line per event. */
export interface RunReport {
  readonly emit: (event: RunEvent) => void;
  /** All events so far, except those from stages, for the summary. */
  readonly events: readonly RunEvent[];
  readonly end: () => Promise<void>;
}

export function openRunReport(options: RunReportOptions): RunReport {
  const { stream, style, mode } = options;
  const live = mode === 'normal' && canRedraw(stream, options.env);
  const progress = emptyProgress();
  const plain = plainLines(progress, { style, verbose: mode === 'verbose' });
  const events: RunEvent[] = [];
  let view: Promise<LiveView> | undefined;
  let silence: NodeJS.Timeout | undefined;

  const emit = (event: RunEvent): void => {
    // Stages can write thousands of events; the model keeps the last ones.
    if (!['progress', 'metric', 'note'].includes(event.type)) events.push(event);
    applyEvent(progress, event);
    if (live) {
      // Loads listr2 only when a process starts, so a run of hits does not need it.
      if (takesTime(event)) view ??= openView();
      return;
    }
    const line = plain.of(event);
    const wanted = mode !== 'quiet' || event.type === 'warning';
    if (line !== undefined && wanted) stream.write(`${line}\n`);
    if (mode !== 'quiet' && takesTime(event)) silence ??= setInterval(tellSilence, 1_000);
  };
  const tellSilence = (): void => {
    const line = plain.atSilence(options.clock());
    if (line !== undefined) stream.write(`${line}\n`);
  };

  const openView = async (): Promise<LiveView> => {
    const { openLiveView } = await import('./live-view.ts');
    const shape = shapeOf(options.dag);
    const leftAt = steadyTimeLeft((now) => runTimeLeft(progress, shape, now));
    return openLiveView(stream, () => {
      const size = { columns: stream.columns || 80, rows: stream.rows || 24 };
      const now = options.clock();
      return liveFrame(progress, now, size, style, { stages: shape.stages, left: leftAt(now) });
    });
  };

  const end = async (): Promise<void> => {
    clearInterval(silence);
    await (await view)?.end();
    if (!live) return;
    // Lines that would have broken the picture.
    const warnings = events.filter((event) => event.type === 'warning');
    for (const event of warnings) stream.write(`${warningLine(event, style)}\n`);
  };
  return { emit, events, end };
}

function takesTime({ type }: RunEvent): boolean {
  return type === 'started' || type === 'waiting';
}

/** CI logs and simple terminals show control sequences as text. */
export function canRedraw(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  const ci = env['CI'];
  const inCi = ci !== undefined && ci !== '' && ci !== 'false' && ci !== '0';
  return stream.isTTY === true && env['TERM'] !== 'dumb' && !inCi;
}
