import { axesOf } from '../../core/names.ts';
import type { Failure, Outcome, RunEvent } from '../../core/events.ts';
import type { InstanceId } from '../../core/ids.ts';

// The model of a run that the live view and the plain lines draw. It gets the time from the events
// and from its caller; it reads no clock.

export interface Progress {
  pipeline: string;
  startedAt: number;
  /** In the order of the run's instances. */
  readonly stages: Map<string, StageProgress>;
  readonly instances: Map<InstanceId, InstanceProgress>;
  readonly counts: Record<Outcome, number>;
  interrupted: string | undefined;
  /** Milliseconds since the epoch; undefined while the run continues. */
  endedAt: number | undefined;
  /** Seconds in earlier runs, and the sizes of the pools; empty until the event arrives. */
  expected: Readonly<Record<InstanceId, number>>;
  pools: Readonly<Record<string, number>>;
}

export interface StageProgress {
  readonly name: string;
  total: number;
  readonly counts: Record<Outcome, number>;
  running: number;
  storing: number;
  /** Milliseconds of its instances in this run. */
  wallMs: number;
  readonly instances: InstanceProgress[];
  /** See `labelOf`. */
  labels: ReadonlyMap<InstanceId, string> | undefined;
}

export interface InstanceProgress {
  readonly id: InstanceId;
  readonly stage: string;
  state: 'pending' | 'queued' | 'waiting' | 'running' | 'storing' | 'retrying' | Outcome;
  /** The start of its attempt; while flow stores it, of the storing. */
  startedAt: number;
  /** Milliseconds of this run, after it has ended. */
  wallMs: number;
  attempt: number;
  holder: string | undefined;
  work: Work | undefined;
  note: string | undefined;
  /** The latest value of its first metric. */
  metric: { name: string; value: number } | undefined;
  failure: Failure | undefined;
  /** A hit of a stage with `freeze: true`. */
  frozen?: true;
}

/** The progress that a stage reports by events. */
export interface Work {
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  /**
   * Items per second; undefined until there are two events of this attempt with some time between
   * them.
   */
  readonly rate: number | undefined;
  readonly at: number;
  /** The start of the next measurement of the rate: a resumed stage does not begin at 0. */
  readonly since: { readonly done: number; readonly at: number };
}

export function emptyProgress(): Progress {
  return {
    pipeline: '',
    startedAt: 0,
    stages: new Map(),
    instances: new Map(),
    counts: { hit: 0, ran: 0, failed: 0, skipped: 0, cancelled: 0 },
    interrupted: undefined,
    endedAt: undefined,
    expected: {},
    pools: {},
  };
}

/** Adds one event. Ignores events that change no number. */
export function applyEvent(progress: Progress, event: RunEvent): void {
  if (event.type === 'run-started') {
    begin(progress, event);
    return;
  }
  if (event.type === 'interrupted') {
    progress.interrupted = event.signal;
    return;
  }
  if (event.type === 'run-finished') {
    progress.endedAt = event.at;
    return;
  }
  if (event.type === 'expected') {
    progress.expected = event.seconds;
    progress.pools = event.pools;
    return;
  }
  const instance = 'id' in event && event.id ? progress.instances.get(event.id) : undefined;
  const stage = instance && progress.stages.get(instance.stage);
  if (!instance || !stage) return;
  switch (event.type) {
    case 'queued':
      leave(progress, instance, stage);
      instance.state = 'queued';
      break;
    case 'waiting':
      instance.state = 'waiting';
      instance.holder = event.holder;
      break;
    case 'started':
      leave(progress, instance, stage);
      stage.running += 1;
      Object.assign(instance, { state: 'running', startedAt: event.at, attempt: event.attempt });
      Object.assign(instance, { work: undefined, note: undefined, metric: undefined });
      break;
    case 'computed':
      leave(progress, instance, stage);
      stage.storing += 1;
      Object.assign(instance, { state: 'storing', startedAt: event.at });
      break;
    case 'progress':
      instance.work = nextWork(instance.work, event);
      break;
    case 'metric':
      if (instance.metric === undefined || instance.metric.name === event.name) {
        instance.metric = { name: event.name, value: event.value };
      }
      break;
    case 'note':
      instance.note = event.text;
      break;
    case 'retrying':
      leave(progress, instance, stage);
      instance.state = 'retrying';
      instance.failure = event.failure;
      break;
    case 'finished':
      leave(progress, instance, stage);
      instance.state = event.outcome;
      instance.wallMs = event.wallMs;
      instance.failure = event.failure;
      if (event.frozen) instance.frozen = true;
      stage.counts[event.outcome] += 1;
      progress.counts[event.outcome] += 1;
      if (event.outcome !== 'hit') stage.wallMs += event.wallMs;
      break;
    default:
      break;
  }
}

/** Remaining milliseconds at the present rate; undefined if unknown. */
export function timeLeft(work: Work, now: number): number | undefined {
  if (work.rate === undefined || work.rate <= 0) return undefined;
  const sinceLast = (now - work.at) / 1000;
  return Math.max(0, ((work.total - work.done) / work.rate - sinceLast) * 1000);
}

export function isFinished(state: InstanceProgress['state']): state is Outcome {
  return FINISHED.has(state);
}

const FINISHED: ReadonlySet<string> = new Set<Outcome>([
  'hit',
  'ran',
  'failed',
  'skipped',
  'cancelled',
]);

/** The instances that have ended, with any outcome. */
export function endedCount(counts: Readonly<Record<Outcome, number>>): number {
  return doneCount(counts) + counts.failed + counts.skipped + counts.cancelled;
}

/** The instances that have a result. */
export function doneCount({ hit, ran }: Readonly<Record<Outcome, number>>): number {
  return hit + ran;
}

function begin(progress: Progress, event: RunEvent & { type: 'run-started' }): void {
  progress.pipeline = event.pipeline;
  progress.startedAt = event.at;
  for (const { id, stage } of event.instances) {
    const instance: InstanceProgress = {
      id,
      stage,
      state: 'pending',
      startedAt: 0,
      wallMs: 0,
      attempt: 0,
      holder: undefined,
      work: undefined,
      note: undefined,
      metric: undefined,
      failure: undefined,
    };
    progress.instances.set(id, instance);
    const of = progress.stages.get(stage) ?? newStage(stage);
    progress.stages.set(stage, of);
    of.instances.push(instance);
    of.total += 1;
  }
}

function newStage(name: string): StageProgress {
  const counts = { hit: 0, ran: 0, failed: 0, skipped: 0, cancelled: 0 };
  return {
    name,
    total: 0,
    counts,
    running: 0,
    storing: 0,
    wallMs: 0,
    instances: [],
    labels: undefined,
  };
}

/**
 * `strategy=bce,num=300` of `train-to@primary=rte,strategy=bce,num=300`, where all of the stage have that
 * primary. Found when a picture first asks: a run of hits draws none.
 */
export function labelOf(stage: StageProgress, { id }: InstanceProgress): string {
  stage.labels ??= labelsOf(stage);
  return stage.labels.get(id) ?? id;
}

function labelsOf({ instances, total }: StageProgress): ReadonlyMap<InstanceId, string> {
  const count = new Map<string, number>();
  for (const { id } of instances) {
    for (const pair of pairsOf(id)) count.set(pair, (count.get(pair) ?? 0) + 1);
  }
  return new Map(
    instances.map(({ id }) => {
      const pairs = pairsOf(id);
      const telling = pairs.filter((pair) => count.get(pair) !== total);
      return [id, (telling.length > 0 ? telling : pairs).join(',') || id];
    }),
  );
}

function pairsOf(id: string): readonly string[] {
  return axesOf(id);
}

function leave({ counts }: Progress, instance: InstanceProgress, stage: StageProgress): void {
  const { state } = instance;
  if (state === 'running') stage.running -= 1;
  if (state === 'storing') stage.storing -= 1;
  if (!isFinished(state)) return;
  // A result turned out to be damaged, so its instance runs again.
  stage.counts[state] -= 1;
  counts[state] -= 1;
}

/**
 * About the time that a change of speed takes to show: the first steps (compiling, caches) are
 * slower.
 */
const RATE_SMOOTHING_MS = 10_000;
/** Two events that are closer than this give no rate. */
const RATE_MIN_MS = 200;

function nextWork(last: Work | undefined, event: RunEvent & { type: 'progress' }): Work {
  const { done, total, unit, at } = event;
  // A new unit, or a smaller number, means a new phase (train, then evaluate).
  if (!last || last.unit !== unit || done < last.done) {
    return { done, total, unit, at, rate: undefined, since: { done, at } };
  }
  const elapsed = at - last.since.at;
  if (elapsed < RATE_MIN_MS) return { ...last, done, total, at };
  const measured = ((done - last.since.done) * 1000) / elapsed;
  const weight = 1 - Math.exp(-elapsed / RATE_SMOOTHING_MS);
  const rate = last.rate === undefined ? measured : last.rate + weight * (measured - last.rate);
  return { done, total, unit, at, rate, since: { done, at } };
}
