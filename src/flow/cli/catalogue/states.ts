import type { RunState } from '../../core/run-record.ts';

/** The values of `flow runs --state`. */
export const STATES = [
  'running',
  'ok',
  'failed',
  'interrupted',
  'died',
] as const satisfies readonly RunState[];
