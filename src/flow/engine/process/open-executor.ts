import type { Executor } from './executor.ts';
import { LocalExecutor } from './local-executor.ts';

/** The executor for the jobs of a run, and its settings. */
export interface ExecutorConfig {
  readonly kind: 'local';
}

/** Jobs are processes of this machine. */
export const LOCAL: ExecutorConfig = { kind: 'local' };

/** The only place that chooses an executor. */
export function openExecutor(config: ExecutorConfig): Executor {
  switch (config.kind) {
    case 'local':
      return new LocalExecutor();
  }
}
