import type { RunState } from '../../core/run-record.ts';

/** What `flow runs --state` takes. */
export const STATES = [
  'running',
  'ok',
  'failed',
  'interrupted',
  'died',
] as const satisfies readonly RunState[];
