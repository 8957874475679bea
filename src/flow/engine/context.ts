import type { Digest } from '../core/ids.ts';
import type { CodeResolver } from '../key/code-resolver.ts';
import type { Dag } from '../pipeline/dag.ts';
import type { RunStore } from '../store/records/runs.ts';
import type { Store } from '../store/store.ts';

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
}
