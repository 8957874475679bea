import type { Digest } from './ids.ts';
import type { InstanceSummary, RunSummary } from './events.ts';
import type { Json } from './json.ts';

/** `cache/runs/<id>/run.json`: written at the start with state `running`, rewritten (rename) at the end. */
export interface RunRecord {
  readonly version: 1;
  readonly run_id: string;
  readonly pipeline: string;
  /** Of the project: several may share a cache. Absolute, on the run's host. */
  readonly root?: string;
  /** Path of the pipeline file, relative to the project root. */
  readonly file: string;
  readonly params: Readonly<Record<string, Json>>;
  readonly argv: readonly string[];
  readonly state: 'running' | 'ok' | 'failed' | 'interrupted';
  readonly startedAt: string;
  readonly host: string;
  readonly pid: number;
  readonly machine?: Machine;
  /** Of the project when the run began; absent without git, and of a run that computed nothing. */
  readonly commit?: Commit;
  readonly summary?: RunSummary;
  /** Digest of the Dag's JSON in the CAS, so that later commands resolve instances of this run. */
  readonly dag: Digest;
  /** Digests of the pipeline's texts in the CAS, by path relative to the root. */
  readonly files?: Readonly<Record<string, Digest>>;
  readonly exports?: readonly {
    readonly path: string;
    readonly digest: Digest;
    readonly instance: string;
  }[];
}

/** `died`: the record says running, but its process is gone. */
export type RunState = RunRecord['state'] | 'died';

/** What was checked out. Never in a key: a stage's code is. */
export interface Commit {
  readonly id: string;
  /** The project's tracked files were as committed. */
  readonly clean: boolean;
}

/** What the driver ran on. Never in a key: what a result depends on comes through a probe. */
export interface Machine {
  readonly os: string;
  readonly release: string;
  readonly arch: string;
  readonly cpuModel: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly node: string;
  readonly flow: string;
}

export type { InstanceSummary };
