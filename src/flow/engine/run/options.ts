import type { RunEvent, RunSummary } from '../../core/events.ts';
import type { InstanceId } from '../../core/ids.ts';
import type { Interrupts } from '../interrupts.ts';
import type { ExportOptions } from '../exports/place-exports.ts';
import type { ExecutorConfig } from '../process/open-executor.ts';
import type { Sandbox } from '../sandbox/bubblewrap.ts';

export interface RunOptions extends ExportOptions {
  /** Size of the pool `cpu`. */
  readonly jobs: number;
  /**
   * After a failure: start nothing new, run everything that does not need it, or kill the running
   * instances.
   */
  readonly failure: 'no-new' | 'continue' | 'kill';
  /** Sizes of other pools; memory in bytes. */
  readonly pools: Readonly<Record<string, number>>;
  readonly emit: (event: RunEvent) => void;
  readonly interrupts?: Interrupts;
  /** Instances that run even if they are hits. Their results replace the stored ones. */
  readonly force?: readonly InstanceId[];
  /** Keeps the folders of failed attempts. */
  readonly keepFailed?: boolean;
  /** Stages see only declared files; missing: all files that flow sees. */
  readonly sandbox?: Sandbox;
  /** Absent: this machine. */
  readonly executor?: ExecutorConfig;
  /** false: leave the work tree alone. */
  readonly exports?: boolean;
}

export interface RunOutcome {
  readonly summary: RunSummary;
  /** 2: there is no room for its sources. */
  readonly exitCode: 0 | 1 | 2 | 3 | 129 | 130 | 143;
}
