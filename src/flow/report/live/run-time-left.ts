import type { InstanceId } from '../../core/ids.ts';
import { type InstanceProgress, isFinished, type Progress, timeLeft } from './progress.ts';
import type { RunShape } from './run-shape.ts';

export interface RunTimeLeft {
  /** Milliseconds. */
  readonly ms: number;
  /** False if some instances have no known duration; then this is the minimum. */
  readonly whole: boolean;
}

/**
 * The remaining time of a run, by simulating the rest with its pools. An instance takes its earlier
 * time, multiplied by the ratio by which its stage is slower or faster today (other params, another
 * machine). An instance without an earlier time takes the average of its stage today. Undefined if
 * too little is known.
 */
export function runTimeLeft(p: Progress, shape: RunShape, now: number): RunTimeLeft | undefined {
  const left = shape.instances.filter(({ id }) => !isFinished(stateOf(p, id)));
  if (left.length === 0 || Object.keys(p.pools).length === 0) return undefined;
  const pace = paceByStage(p, now);
  const durations = new Map<InstanceId, number>();
  let unknown = 0;
  for (const { id, stage } of left) {
    const instance = p.instances.get(id);
    const known = instance && remaining(p, instance, pace.get(stage), now);
    if (known === undefined) unknown += 1;
    durations.set(id, known ?? 0);
  }
  if (unknown * 2 > left.length) return undefined;
  return { ms: playThrough(left, durations, p), whole: unknown === 0 };
}

/** Simulated once per second, although a picture is drawn ten times per second. */
const ANEW_MS = 1000;

export function steadyTimeLeft(
  measure: (now: number) => RunTimeLeft | undefined,
): (now: number) => RunTimeLeft | undefined {
  let at = -Infinity;
  let last: RunTimeLeft | undefined;
  return (now) => {
    if (now - at >= ANEW_MS) [at, last] = [now, measure(now)];
    return last && { ...last, ms: Math.max(0, last.ms - (now - at)) };
  };
}

interface Pace {
  /** Milliseconds of instances with an earlier time, and their earlier times. */
  measured: number;
  past: number;
  /** For all instances with a time today. */
  total: number;
  count: number;
}

function paceByStage(p: Progress, now: number): ReadonlyMap<string, Pace> {
  const paces = new Map<string, Pace>();
  for (const instance of p.instances.values()) {
    const took = timed(instance, now);
    if (took === undefined) continue;
    const pace = paces.get(instance.stage) ?? { measured: 0, past: 0, total: 0, count: 0 };
    const past = p.expected[instance.id];
    if (past !== undefined && past > 0) {
      pace.measured += took;
      pace.past += past * 1000;
    }
    pace.total += took;
    pace.count += 1;
    paces.set(instance.stage, pace);
  }
  return paces;
}

/** The time that it took today, or will take at its present rate. */
function timed(instance: InstanceProgress, now: number): number | undefined {
  if (instance.state === 'ran') return instance.wallMs;
  if (instance.state !== 'running' || !instance.work) return undefined;
  const left = timeLeft(instance.work, now);
  return left === undefined ? undefined : now - instance.startedAt + left;
}

function remaining(
  p: Progress,
  instance: InstanceProgress,
  pace: Pace | undefined,
  now: number,
): number | undefined {
  if (instance.state === 'storing') return 0;
  const running = instance.state === 'running';
  const byRate = running && instance.work ? timeLeft(instance.work, now) : undefined;
  if (byRate !== undefined) return byRate;
  const past = p.expected[instance.id];
  const factor = pace && pace.past > 0 ? pace.measured / pace.past : 1;
  const mean = pace && pace.count > 0 ? pace.total / pace.count : undefined;
  const whole = past === undefined ? mean : past * 1000 * factor;
  if (whole === undefined || !running) return whole;
  return Math.max(0, whole - (now - instance.startedAt));
}

/**
 * Milliseconds until all have ended, if each starts as soon as its inputs exist and its pools allow
 * it.
 */
function playThrough(
  left: RunShape['instances'],
  durations: ReadonlyMap<InstanceId, number>,
  p: Progress,
): number {
  const free = new Map(Object.entries(p.pools));
  const open = new Map<InstanceId, Set<InstanceId>>();
  const readers = new Map<InstanceId, InstanceId[]>();
  const byId = new Map(left.map((task) => [task.id, task]));
  for (const { id, needs } of left) {
    const unmet = new Set(needs.filter((need) => byId.has(need)));
    open.set(id, unmet);
    for (const need of unmet) {
      const known = readers.get(need);
      if (known === undefined) readers.set(need, [id]);
      else known.push(id);
    }
  }
  const amounts = (id: InstanceId): [string, number][] =>
    Object.entries(byId.get(id)?.pool ?? {}).map(([pool, amount]) => [
      pool,
      Math.min(amount, p.pools[pool] ?? amount),
    ]);
  const fits = (id: InstanceId): boolean =>
    amounts(id).every(([pool, amount]) => amount <= (free.get(pool) ?? amount));
  const use = (id: InstanceId, sign: 1 | -1): void => {
    for (const [pool, amount] of amounts(id)) free.set(pool, (free.get(pool) ?? 0) - sign * amount);
  };

  let now = 0;
  const running: { id: InstanceId; end: number }[] = [];
  const start = (id: InstanceId): void => {
    use(id, 1);
    running.push({ id, end: now + (durations.get(id) ?? 0) });
  };
  const begun = left.filter(({ id }) => stateOf(p, id) === 'running');
  for (const { id } of begun) start(id);
  let ready = left.map(({ id }) => id).filter((id) => open.get(id)?.size === 0);
  ready = ready.filter((id) => stateOf(p, id) !== 'running');
  for (;;) {
    const waiting: InstanceId[] = [];
    for (const [i, id] of ready.entries()) {
      // Most instances take only cpu: if none is free, none of the others can start.
      if ((free.get('cpu') ?? 1) <= 0) {
        waiting.push(...ready.slice(i));
        break;
      }
      if (fits(id)) start(id);
      else waiting.push(id);
    }
    ready = waiting;
    if (running.length === 0) return now;
    const next = running.reduce((first, one) => (one.end < first.end ? one : first));
    running.splice(running.indexOf(next), 1);
    now = next.end;
    use(next.id, -1);
    for (const reader of readers.get(next.id) ?? []) {
      const unmet = open.get(reader);
      if (unmet?.delete(next.id) === true && unmet.size === 0) ready.push(reader);
    }
  }
}

function stateOf(p: Progress, id: InstanceId): InstanceProgress['state'] {
  return p.instances.get(id)?.state ?? 'pending';
}
