import type { RunEvent } from '../../core/events.ts';
import type { InstanceId } from '../../core/ids.ts';
import { formatClock, formatDuration, plural } from '../format.ts';
import type { InstanceProgress, Progress } from './progress.ts';
import { doneCount } from './progress.ts';
import type { Style } from '../style.ts';
import { padEnd, padStart } from '../text-width.ts';
import { describeWork } from './work-text.ts';

export interface PlainOptions {
  readonly style: Style;
  /** Also prints hits, metrics, and skipped and cancelled instances. */
  readonly verbose: boolean;
}

/** The minimum time between two progress lines of an instance, and the maximum without any line. */
const PROGRESS_EVERY_MS = 30_000;

export interface PlainLines {
  /** `[ 3/48] ran    train-td@disc=bce,seed=0  12.3 s`. The progress already includes the event. */
  readonly of: (event: RunEvent) => string | undefined;
  /** What is under way, if nothing was told for a while: a log must not look like a run that hangs. */
  readonly atSilence: (now: number) => string | undefined;
}

/** One line per event, for logs and simple terminals. */
export function plainLines(progress: Progress, options: PlainOptions): PlainLines {
  const lastProgress = new Map<InstanceId, number>();
  const { style, verbose } = options;

  const line = (word: string, paint: (text: string) => string, rest: string): string => {
    const total = String(progress.instances.size);
    const done = padStart(String(doneCount(progress.counts)), total.length);
    return `${style.dim(`[${done}/${total}]`)} ${paint(padEnd(word, 6))} ${rest}`;
  };
  const lineOf = (event: RunEvent): string | undefined => {
    switch (event.type) {
      case 'started':
        lastProgress.set(event.id, event.at);
        return line('start', neutral, attempt(event.id, event.attempt));
      case 'waiting':
        return line('wait', neutral, `${event.id}  for ${event.holder}`);
      case 'progress': {
        const work = progress.instances.get(event.id)?.work;
        if (!work || event.at - (lastProgress.get(event.id) ?? 0) < PROGRESS_EVERY_MS) return;
        lastProgress.set(event.id, event.at);
        return line('runs', neutral, `${event.id}  ${describeWork(work, event.at)}`);
      }
      case 'note':
        return line('note', neutral, `${event.id}: ${event.text}`);
      case 'metric':
        if (!verbose) return;
        return line(
          'metric',
          neutral,
          `${event.id}  ${event.name} ${Number(event.value.toPrecision(6))} at ${event.step}`,
        );
      case 'retrying': {
        const wait = formatDuration(event.afterMs);
        const rest = `${event.id}  ${event.failure.message}; retry in ${wait}`;
        return line('retry', style.yellow, rest);
      }
      case 'finished': {
        const took = `${event.id}  ${formatDuration(event.wallMs)}`;
        if (event.outcome === 'hit') {
          const frozen = event.frozen ? '  frozen' : '';
          return verbose ? line('hit', style.dim, `${event.id}${frozen}`) : undefined;
        }
        if (event.outcome === 'ran') return line('ran', style.green, took);
        // One failure can skip hundreds of instances. The summary counts them, `flow status` lists
        // them.
        if (event.outcome === 'skipped') {
          return verbose ? line('skip', style.dim, event.id) : undefined;
        }
        if (event.outcome === 'cancelled') {
          return verbose ? line('cancel', style.yellow, event.id) : undefined;
        }
        return line('failed', style.red, `${event.id}  ${event.failure?.message ?? ''}`.trimEnd());
      }
      case 'warning':
        return warningLine(event, style);
      case 'interrupted':
        return `${style.yellow('interrupted')} by ${event.signal}: stopping the running instances`;
      default:
        return undefined;
    }
  };

  let toldAt: number | undefined;
  return {
    of: (event) => {
      const text = lineOf(event);
      if (text !== undefined) toldAt = event.at;
      return text;
    },
    atSilence: (now) => {
      if (toldAt === undefined || now - toldAt < PROGRESS_EVERY_MS) return undefined;
      const active = [...progress.instances.values()].flatMap((one) => activity(one, now) ?? []);
      if (active.length === 0) return undefined;
      toldAt = now;
      const others = active.length - MAX_NAMED;
      const rest = others > 0 ? [`and ${plural(others, 'other')}`] : [];
      return line('runs', neutral, [...active.slice(0, MAX_NAMED), ...rest].join(', '));
    },
  };
}

/** The instances that a line of silence names; it counts the others. */
const MAX_NAMED = 3;

function activity(instance: InstanceProgress, now: number): string | undefined {
  const { id, state, startedAt, attempt: number, holder } = instance;
  switch (state) {
    case 'running':
      return `${id} for ${formatClock(now - startedAt)}`;
    case 'storing':
      return `${id} is being stored for ${formatClock(now - startedAt)}`;
    case 'waiting':
      return `${id} waits for ${holder ?? 'another run'}`;
    case 'retrying':
      return `${id} waits for attempt ${number + 1}`;
    default:
      return undefined;
  }
}

const neutral = (text: string): string => text;

export function warningLine(event: RunEvent & { type: 'warning' }, style: Style): string {
  const where = event.id ? `${event.id}: ` : '';
  return `${style.yellow('warning')}: ${where}${event.message} ${style.dim(`[${event.code}]`)}`;
}

function attempt(id: string, number: number): string {
  return number > 1 ? `${id}  attempt ${number}` : id;
}
