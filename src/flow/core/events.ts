import type { ActionKey, Digest, InstanceId, RunId } from './ids.ts';
import type { Json } from './json.ts';

// All events of a run. The engine emits them and report/ consumes them; nothing else passes between
// these two. Times are milliseconds since the epoch.

export type Outcome = 'hit' | 'ran' | 'failed' | 'skipped' | 'cancelled';

export type RunEvent = { readonly at: number } & (
  | {
      readonly type: 'run-started';
      readonly run: RunId;
      readonly pipeline: string;
      readonly instances: readonly { readonly id: InstanceId; readonly stage: string }[];
    }
  /**
   * Durations in earlier runs of instances that may run now. Instances without a duration are
   * missing.
   */
  | {
      readonly type: 'expected';
      readonly seconds: Readonly<Record<InstanceId, number>>;
      /** Capacities by pool. */
      readonly pools: Readonly<Record<string, number>>;
    }
  /** The instance is ready and waits only for a free place in a pool. */
  | { readonly type: 'queued'; readonly id: InstanceId }
  /** Another run computes the same key; this run will reuse the result. */
  | { readonly type: 'waiting'; readonly id: InstanceId; readonly holder: string }
  | {
      readonly type: 'started';
      readonly id: InstanceId;
      readonly log: string;
      readonly attempt: number;
    }
  /**
   * Its processes have ended and its outputs exist. Its pools are free while flow stores the
   * outputs.
   */
  | { readonly type: 'computed'; readonly id: InstanceId }
  | {
      readonly type: 'progress';
      readonly id: InstanceId;
      readonly done: number;
      readonly total: number;
      readonly unit: string;
    }
  | {
      readonly type: 'metric';
      readonly id: InstanceId;
      readonly name: string;
      readonly value: number;
      readonly step: number;
    }
  | { readonly type: 'note'; readonly id: InstanceId; readonly text: string }
  | {
      readonly type: 'retrying';
      readonly id: InstanceId;
      readonly attempt: number;
      readonly afterMs: number;
      readonly failure: Failure;
    }
  | {
      readonly type: 'finished';
      readonly id: InstanceId;
      readonly outcome: Outcome;
      readonly key?: ActionKey;
      /**
       * Milliseconds that this run spent on it. For a hit, `savedMs` is the time of the run that
       * computed it.
       */
      readonly wallMs: number;
      readonly savedMs?: number;
      readonly outputs?: Readonly<Record<string, Digest>>;
      readonly failure?: Failure;
      /** A hit of a stage with `freeze: true`. */
      readonly frozen?: true;
    }
  /**
   * A message for the user that stops nothing: repaired damage, a result that is not deterministic.
   */
  | {
      readonly type: 'warning';
      readonly code: string;
      readonly message: string;
      readonly id?: InstanceId;
    }
  | {
      readonly type: 'exported';
      readonly path: string;
      readonly id: InstanceId;
      readonly changed: boolean;
    }
  | { readonly type: 'export-refused'; readonly path: string; readonly message: string }
  | { readonly type: 'interrupted'; readonly signal: string }
  | { readonly type: 'run-finished'; readonly ok: boolean; readonly wallMs: number }
);

/** One flat type for all failures of an instance. */
export interface Failure {
  readonly reason:
    | 'exit'
    | 'signal'
    | 'timeout'
    | 'spawn'
    | 'missing-output'
    | 'bad-output'
    | 'input-changed'
    | 'input-unreadable'
    | 'code'
    /** Nothing failed: the project is not trusted, so flow starts no program to look at its code. */
    | 'not-looked-at'
    | 'store';
  readonly message: string;
  readonly hint?: string;
  readonly exitCode?: number;
  readonly signal?: string;
  /** Relative to the project root. */
  readonly log?: string;
  /** The folder of the attempt, if it was kept. Relative to the project root. */
  readonly kept?: string;
  /** The last lines of the log, for the user who must act now. */
  readonly tail?: readonly string[];
}

/** A line that a stage appended to FLOW_EVENTS, after parsing. */
export type StageEvent =
  | {
      readonly type: 'progress';
      readonly done: number;
      readonly total: number;
      readonly unit: string;
    }
  | {
      readonly type: 'metric';
      readonly name: string;
      readonly value: number;
      readonly step: number;
    }
  | { readonly type: 'note'; readonly text: string };

export interface RunSummary {
  readonly run_id: RunId;
  readonly ok: boolean;
  readonly ran: number;
  readonly hit: number;
  readonly failed: number;
  readonly skipped: number;
  readonly cancelled: number;
  readonly wall_s: number;
  readonly instances: readonly InstanceSummary[];
}

export interface InstanceSummary {
  readonly id: InstanceId;
  readonly stage: string;
  readonly axes: Readonly<Record<string, Json>>;
  readonly outcome: Outcome;
  readonly key?: ActionKey;
  readonly outputs: Readonly<Record<string, Digest>>;
  readonly wall_s: number;
  /** A hit of a stage with `freeze: true`. */
  readonly frozen?: true;
}
