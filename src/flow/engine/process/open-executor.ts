import type { Executor } from './executor.ts';
import { LocalExecutor } from './local-executor.ts';

/** Which executor runs a run's jobs, and what it has to know. */
export interface ExecutorConfig {
  readonly kind: 'local';
}

/** Jobs are processes of this machine. */
export const LOCAL: ExecutorConfig = { kind: 'local' };

/** The one place where an executor is chosen. */
export function openExecutor(config: ExecutorConfig): Executor {
  switch (config.kind) {
    case 'local':
      return new LocalExecutor();
  }
}
