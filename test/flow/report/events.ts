import type { Failure, Outcome, RunEvent } from '../../../src/flow/core/events.ts';
import type { InstanceId, RunId } from '../../../src/flow/core/ids.ts';

/** Short ways to write the events of a run. Times in seconds after its start. */

export const runId = '20261124-040000-abcdef' as RunId;
export const id = (text: string): InstanceId => text as InstanceId;
export const at = (seconds: number): number => 1_000_000_000_000 + seconds * 1000;

export function runStarted(...instances: readonly string[]): RunEvent {
  const named = instances.map((text) => ({ id: id(text), stage: text.split('@')[0] ?? '' }));
  return { at: at(0), type: 'run-started', run: runId, pipeline: 'toy', instances: named };
}

export function started(seconds: number, text: string, attempt = 1): RunEvent {
  const log = `cache/runs/${runId}/logs/${text}.${attempt}.log`;
  return { at: at(seconds), type: 'started', id: id(text), log, attempt };
}

export function progress(seconds: number, text: string, done: number, total: number): RunEvent {
  return { at: at(seconds), type: 'progress', id: id(text), done, total, unit: 'rows' };
}

export function finished(
  seconds: number,
  text: string,
  outcome: Outcome,
  failure?: Failure,
): RunEvent {
  const wallMs = outcome === 'hit' ? 0 : 1500;
  const base = { at: at(seconds), type: 'finished', id: id(text), outcome, wallMs } as const;
  return failure ? { ...base, failure } : base;
}

export function queued(seconds: number, text: string): RunEvent {
  return { at: at(seconds), type: 'queued', id: id(text) };
}

export function metric(seconds: number, text: string, name: string, value: number): RunEvent {
  return { at: at(seconds), type: 'metric', id: id(text), name, value, step: 1 };
}
