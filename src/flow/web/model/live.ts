import type { RunEvent } from '../../core/events.ts';
import type { Curve, InstancePage, RunPage } from './page.ts';

/** The page after one more event. Returns the same page if the event changes nothing. */
export function applyEvent(page: RunPage, event: RunEvent): RunPage {
  switch (event.type) {
    case 'warning':
      return { ...page, warnings: [...page.warnings, event.message] };
    case 'export-refused':
      return { ...page, warnings: [...page.warnings, `${event.path}: ${event.message}`] };
    case 'run-finished':
      // An interrupted run also has this event; only its record says that it was interrupted.
      if (page.state !== 'running') return page;
      return { ...page, state: event.ok ? 'ok' : 'failed', endedAt: event.at };
    case 'run-started':
    case 'expected':
    case 'exported':
    case 'interrupted':
      return page;
    case 'queued':
    case 'waiting':
    case 'started':
    case 'computed':
    case 'progress':
    case 'metric':
    case 'note':
    case 'retrying':
    case 'finished':
      return withInstance(page, event);
  }
}

type OfInstance = Exclude<
  Extract<RunEvent, { readonly id: unknown }>,
  { readonly type: 'exported' }
>;

const places = new WeakMap<readonly InstancePage[], ReadonlyMap<string, number>>();

function placeOf(page: RunPage, id: string): number | undefined {
  let known = places.get(page.instances);
  if (known === undefined) {
    known = new Map(page.instances.map((instance, at) => [instance.id, at]));
    places.set(page.instances, known);
  }
  return known.get(id);
}

function withInstance(page: RunPage, event: OfInstance): RunPage {
  const at = placeOf(page, event.id);
  const old = at === undefined ? undefined : page.instances[at];
  if (at === undefined || old === undefined) return page;
  const instances = page.instances.with(at, moved(old, event, page));
  places.set(instances, places.get(page.instances) ?? new Map());
  return { ...page, instances };
}

function moved(old: InstancePage, event: OfInstance, page: RunPage): InstancePage {
  switch (event.type) {
    case 'queued':
      return { ...old, state: 'queued' };
    case 'waiting':
      return { ...old, state: 'waiting', holder: event.holder };
    case 'started': {
      const { endedAt: _, progress: __, note: ___, ...kept } = old;
      const lane = old.lane ?? freeLane(page, event.at);
      const { attempt, at: startedAt } = event;
      return { ...kept, state: 'running', attempt, startedAt, lane, curves: [] };
    }
    case 'computed':
      return { ...old, state: 'storing', endedAt: event.at };
    case 'progress': {
      const { done, total, unit } = event;
      return { ...old, progress: { done, total, unit } };
    }
    case 'metric':
      return { ...old, curves: withPoint(old.curves, event.name, event.step, event.value) };
    case 'note':
      return { ...old, note: event.text };
    case 'retrying':
      return { ...old, state: 'retrying', endedAt: event.at, failure: event.failure };
    case 'finished': {
      const { outcome, key, savedMs, failure, outputs } = event;
      return {
        ...old,
        state: outcome,
        ...(old.startedAt !== undefined && { endedAt: old.endedAt ?? event.at }),
        ...(key !== undefined && { key }),
        ...(savedMs !== undefined && { savedMs }),
        ...(failure !== undefined && { failure }),
        outputs: old.outputs.map((output) => {
          const digest = outputs?.[output.name];
          return digest === undefined ? output : { ...output, digest };
        }),
      };
    }
  }
}

/** The first row of the timeline where nothing runs. */
function freeLane(page: RunPage, at: number): number {
  const taken = new Set<number>();
  for (const { lane, endedAt } of page.instances) {
    if (lane === undefined) continue;
    if (endedAt === undefined || endedAt > at) taken.add(lane);
  }
  for (let lane = 0; ; lane++) if (!taken.has(lane)) return lane;
}

function withPoint(
  curves: readonly Curve[],
  name: string,
  step: number,
  value: number,
): readonly Curve[] {
  const at = curves.findIndex((curve) => curve.name === name);
  const point = [step, value] as const;
  if (at === -1) return [...curves, { name, points: [point] }];
  const old = curves[at]?.points ?? [];
  return curves.with(at, { name, points: [...old, point] });
}
