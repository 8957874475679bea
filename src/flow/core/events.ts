import type { ActionKey, Digest, InstanceId, RunId } from './ids.ts';
import type { Json } from './json.ts';

// Everything that can happen in a run. The engine emits, report/ consumes; nothing else passes
// between them. Times are milliseconds since the epoch.

export type Outcome = 'hit' | 'ran' | 'failed' | 'skipped' | 'cancelled';

export type RunEvent = { readonly at: number } & (
  | {
      readonly type: 'run-started';
      readonly run: RunId;
      readonly pipeline: string;
      readonly instances: readonly { readonly id: InstanceId; readonly stage: string }[];
    }
  /** What earlier runs took for instances that may run now; none that was never timed. */
  | {
      readonly type: 'expected';
      readonly seconds: Readonly<Record<InstanceId, number>>;
      /** Capacities by pool. */
      readonly pools: Readonly<Record<string, number>>;
    }
  /** It lacked nothing but a free pool slot. */
  | { readonly type: 'queued'; readonly id: InstanceId }
  /** Another run computes the same key; this one adopts its result. */
  | { readonly type: 'waiting'; readonly id: InstanceId; readonly holder: string }
  | {
      readonly type: 'started';
      readonly id: InstanceId;
      readonly log: string;
      readonly attempt: number;
    }
  /** Its processes are gone and its outputs are there: slots are free while they are stored. */
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
      /** Milliseconds this run spent on it; for a hit, `savedMs` is what the original run spent. */
      readonly wallMs: number;
      readonly savedMs?: number;
      readonly outputs?: Readonly<Record<string, Digest>>;
      readonly failure?: Failure;
    }
  /** Something a person should know that stops nothing: damage healed, a non-deterministic result. */
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

/** One flat shape for every way an instance can fail. */
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
    | 'store';
  readonly message: string;
  readonly hint?: string;
  readonly exitCode?: number;
  readonly signal?: string;
  /** Relative to the project root. */
  readonly log?: string;
  /** The log's end, for the person who must act now. */
  readonly tail?: readonly string[];
}

/** What a stage appends to FLOW_EVENTS, as read. */
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
}
