import type { Digest } from './ids.ts';
import type { InstanceSummary, RunSummary } from './events.ts';
import type { Json } from './json.ts';

/** `cache/runs/<id>/run.json`: written at the start with state `running`, rewritten (rename) at the end. */
export interface RunRecord {
  readonly version: 1;
  readonly run_id: string;
  readonly pipeline: string;
  /**
   * The root of the project, an absolute path on the machine of the run. Several projects can share
   * a cache.
   */
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
  /**
   * The commit of the project at the start of the run. Missing without git, and if the run computed
   * nothing.
   */
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

/** The commit of the project. It is never in a key; the code of a stage is. */
export interface Commit {
  readonly id: string;
  /** Whether the project's tracked files were unchanged since the commit. */
  readonly clean: boolean;
}

/**
 * The machine of the driver. It is never in a key; use a probe if a result depends on the machine.
 */
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
