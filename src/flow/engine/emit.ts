import type { RunEvent } from '../core/events.ts';

/** An event without its time. */
export type Untimed = RunEvent extends infer E
  ? E extends RunEvent
    ? Omit<E, 'at'>
    : never
  : never;

export type Emit = (event: Untimed) => void;
