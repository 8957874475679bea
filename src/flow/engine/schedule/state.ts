/**
 *                  ┌───────────── reopened ─────────────┐
 *                  ▼                                    │
 *   pending ──► ready ──► queued ──► running ──► done (hit | ran)
 *      │          │         ▲  └─ postponed ─┘ └──► failed
 *      │          └─────────┴──► done (hit)
 *      └──► skipped (something it needs failed) | cancelled (the run stopped first)
 */
export type State =
  /** Something it needs is not done. */
  | 'pending'
  /** All it needs is done; its key is not known yet. */
  | 'ready'
  /** A miss that lacks a pool slot, or is held (another run has its lock, a retry waits). */
  | 'queued'
  | 'running'
  | 'done'
  | 'failed'
  | 'skipped'
  | 'cancelled';

/** The drawing above, as a table. */
const allowed: Readonly<Record<State, readonly State[]>> = {
  pending: ['ready', 'failed', 'skipped', 'cancelled'],
  ready: ['pending', 'queued', 'done', 'failed', 'skipped', 'cancelled'],
  queued: ['pending', 'running', 'done', 'failed', 'skipped', 'cancelled'],
  running: ['pending', 'queued', 'done', 'failed', 'cancelled'],
  done: ['pending'],
  failed: [],
  skipped: [],
  cancelled: [],
};

/** Throws on a transition that is not in the drawing: a bug of the caller. */
export function checkTransition(task: number, from: State, to: State): void {
  if (allowed[from].includes(to)) return;
  throw new Error(`Internal error: task ${task} cannot go from ${from} to ${to}`);
}
