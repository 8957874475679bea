import type { InstancePage, InstanceState } from '../model/page.ts';

/** In the order in which bars and filters show them. */
export const states: readonly InstanceState[] = [
  'ran',
  'hit',
  'running',
  'storing',
  'retrying',
  'waiting',
  'queued',
  'pending',
  'failed',
  'skipped',
  'cancelled',
];

/** A word with a mark, because colour must not be the only sign. */
export function StateBadge({ state }: { readonly state: string }) {
  return (
    <span class={`state state-${state}`}>
      <span aria-hidden="true">{marks[state] ?? '·'}</span> {state}
    </span>
  );
}

const marks: Readonly<Record<string, string>> = {
  ok: '✔',
  ran: '✔',
  hit: '↺',
  running: '▶',
  storing: '▶',
  retrying: '⟳',
  waiting: '…',
  queued: '…',
  failed: '✖',
  died: '✖',
  skipped: '⤼',
  cancelled: '⊘',
  interrupted: '⊘',
};

export function countStates(
  instances: readonly InstancePage[],
): ReadonlyMap<InstanceState, number> {
  const counts = new Map<InstanceState, number>();
  for (const { state } of instances) counts.set(state, (counts.get(state) ?? 0) + 1);
  return counts;
}
