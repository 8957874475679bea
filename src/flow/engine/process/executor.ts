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
  /** argv runs the stage's command as its child: it is not asked to end itself. */
  readonly wrapper?: Wrapper;
}

export type Wrapper =
  | { readonly by: 'bubblewrap' }
  /** Absolute path of what it writes, which is empty until the command runs. */
  | { readonly by: 'strace'; readonly trace: string };

export type Ending =
  | { readonly kind: 'exit'; readonly code: number }
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
  /** It has ended, and nothing that it has started can run any more: not only is nothing known of it. */
  alone(): boolean;
  /** Asks it to end, and makes it after a grace period; a second call makes it at once. */
  cancel(): void;
}

/** Where jobs run. */
export interface Executor {
  /** Jobs are likely to come, so many. */
  prepare(count: number): void;
  submit(job: Job, receive: (event: StageEvent) => void): Submitted;
  /** No job is left. Returns how many processes jobs had left, which are ended now. */
  close(): Promise<number>;
}
