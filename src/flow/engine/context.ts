import type { RunEvent, RunSummary } from '../core/events.ts';
import type { Digest, InstanceId } from '../core/ids.ts';
import type { CodeResolver } from '../key/code-resolver.ts';
import type { Dag } from '../pipeline/dag.ts';
import type { DiskStore } from '../store/disk-store.ts';
import type { RunStore } from '../store/records/runs.ts';
import type { Sandbox } from './sandbox/bubblewrap.ts';

/** Where a Dag is known from: its JSON is in the store, and what is learnt of it is kept under a name. */
export interface RememberedDag {
  readonly digest: Digest;
  /** What memos about it are called. */
  readonly name: string;
}

/** What a plan, a run and an explanation work on. */
export interface EngineContext {
  readonly dag: Dag;
  readonly remembered?: RememberedDag;
  /** Absolute path of the project root. */
  readonly root: string;
  readonly store: DiskStore;
  readonly code: CodeResolver;
  readonly runs: RunStore;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly env: NodeJS.ProcessEnv;
  /** Relative to the root. */
  readonly pipelineFile: string;
  readonly argv: readonly string[];
  readonly flowVersion: string;
}

export interface RunOptions {
  /** Capacity of the pool `cpu`. */
  readonly jobs: number;
  /** After a failure: start nothing new, go on with all that does not need it, or kill what runs. */
  readonly failure: 'no-new' | 'continue' | 'kill';
  /** Capacities of other pools; memory in bytes. */
  readonly pools: Readonly<Record<string, number>>;
  readonly emit: (event: RunEvent) => void;
  readonly interrupts?: Interrupts;
  /** Overwrite files that flow did not write. */
  readonly forceExports: boolean;
  /** Instances that run even if they are hits. */
  readonly force?: readonly InstanceId[];
  /** Stages see only what they declared; absent: what flow sees. */
  readonly sandbox?: Sandbox;
  /** false: leave the work tree alone. */
  readonly exports?: boolean;
}

export type InterruptSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

export interface Interrupts {
  /** `count` is 1 for the first interrupt of any kind. Returns what ends the listening. */
  on(listener: (signal: InterruptSignal, count: number) => void): () => void;
}

export interface RunOutcome {
  readonly summary: RunSummary;
  readonly exitCode: 0 | 1 | 3 | 129 | 130 | 143;
}
