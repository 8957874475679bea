import type { Digest } from '../core/ids.ts';
import type { CodeResolver } from '../key/code/code-resolver.ts';
import type { Dag } from '../pipeline/dag.ts';
import type { RunStore } from '../store/records/runs.ts';
import type { Store } from '../store/store.ts';

/** A stored Dag: its JSON is in the store, and memos about it have a common name. */
export interface RememberedDag {
  readonly digest: Digest;
  /** The name of memos about it. */
  readonly name: string;
}

/** The common facts for a plan, a run and an explanation. */
export interface EngineContext {
  readonly dag: Dag;
  readonly remembered?: RememberedDag;
  /** Absolute path of the project root. */
  readonly root: string;
  /** The user has not run this project, so flow starts no program of it only to look. */
  readonly untrusted?: true;
  readonly store: Store;
  readonly code: CodeResolver;
  readonly runs: RunStore;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly env: NodeJS.ProcessEnv;
  /** Relative to the root. */
  readonly pipelineFile: string;
  readonly argv: readonly string[];
  readonly flowVersion: string;
  /** The id of the run; missing where nothing runs. */
  readonly run?: string;
}
