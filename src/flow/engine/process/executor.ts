import type { StageEvent } from '../../core/events.ts';
import type { ResourceUse } from './resource-use.ts';

/** One attempt at an instance, ready to start. */
export interface Job {
  readonly argv: readonly string[];
  /** Absolute path of the scratch folder: the working directory, unless `cwd` names another. */
  readonly scratch: string;
  readonly cwd?: string;
  /** The whole environment of the process. TMPDIR lies in the scratch folder, by any path. */
  readonly env: Readonly<Record<string, string>>;
  /** Absolute; appended to. */
  readonly log: string;
  /** Only for a probe: the file for its standard output, instead of the log. */
  readonly stdout?: string;
  readonly timeoutMs?: number;
  /** Secrets in its environment, which its log must not contain. */
  readonly secrets?: readonly string[];

  /** argv is a program that runs the stage's command as its child, under a shell (exit-status.ts). */
  readonly wrapper?: Wrapper;
}

export type Wrapper =
  | { readonly by: 'bubblewrap' }
  /** Absolute path of what it writes, which is empty until the command runs. */
  | { readonly by: 'strace'; readonly trace: string };

export type Ending =
  /** `orSignal`: unless this signal (`SIGKILL`, `40`) ended it, which the code tells of in the same way. */
  | { readonly kind: 'exit'; readonly code: number; readonly orSignal?: string }
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'cancelled' }
  /** The process could not be started. */
  | { readonly kind: 'spawn'; readonly code: string | undefined; readonly message: string };

export interface Submitted {
  /**
   * Resolves when all processes of the job have ended. Rejects only if its log cannot be opened.
   */
  readonly ended: Promise<Ending>;
  /** Its resource use, after it has ended, if the executor knows it. */
  use(): ResourceUse | undefined;
  /** After its end: resolves when no leftover process that can be found is left. */
  quiet(): Promise<void>;
  /** Sends TERM, and KILL after a grace period; a second call sends KILL at once. */
  cancel(): void;
}

/** Runs jobs. */
export interface Executor {
  /**
   * Resolves with the reason, as a message, when the executor has failed and can run no more jobs.
   */
  readonly lost: Promise<string>;
  /** Prepares for jobs. */
  prepare(): void;
  submit(job: Job, receive: (event: StageEvent) => void): Submitted;
  /** There are no more jobs. Resolves when no leftover process that can be found is left. */
  close(): Promise<void>;
}
