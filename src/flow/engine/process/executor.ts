import type { StageEvent } from '../../core/events.ts';
import type { ResourceUse } from './resource-use.ts';

/** One attempt at an instance, ready to start. */
export interface Job {
  readonly argv: readonly string[];
  /** Absolute path of the scratch folder: the working directory, unless `cwd` names another. */
  readonly scratch: string;
  readonly cwd?: string;
  /** The whole environment of the process. */
  readonly env: Readonly<Record<string, string>>;
  /** Absolute; appended to. */
  readonly log: string;
  /** A probe's: the file that its standard output is written to, instead of the log. */
  readonly stdout?: string;
  readonly timeoutMs?: number;
  /** Values in its environment that its log must not hold. */
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
  /** It could not be started. */
  | { readonly kind: 'spawn'; readonly code: string | undefined; readonly message: string };

export interface Submitted {
  /** Resolves when nothing of the job runs any more; rejects only if its log cannot be opened. */
  readonly ended: Promise<Ending>;
  /** What it used; known once it has ended, where the executor can tell. */
  use(): ResourceUse | undefined;
  /** Once it has ended: resolves when no process is left that it has started and that can be found. */
  quiet(): Promise<void>;
  /** Asks it to end, and makes it after a grace period; a second call makes it at once. */
  cancel(): void;
}

/** Where jobs run. */
export interface Executor {
  /** Resolves, with the reason in words, when it has failed: it can run no job any more. */
  readonly lost: Promise<string>;
  /** Jobs will come. */
  prepare(): void;
  submit(job: Job, receive: (event: StageEvent) => void): Submitted;
  /** No job is left. Resolves when nothing is left of any that can be found. */
  close(): Promise<void>;
}
