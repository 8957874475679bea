import { formatDuration } from '../../report/format.ts';
import type { InstancePage, RunPage } from '../model/page.ts';
import { timeTicks } from '../model/ticks.ts';
import { countStates, StateBadge, states } from './states.tsx';

const WIDTH = 1000;
const ROW = 18;
const AXIS = 22;
/** The width of a tick's text. */
const LABEL = 60;

/** The timeline: one row per worker, coloured by outcome. @param now for a running run */
export function Timeline({ page, now }: { readonly page: RunPage; readonly now?: number }) {
  const ran = page.instances.filter(({ startedAt }) => startedAt !== undefined);
  if (ran.length === 0) return null;
  const end =
    page.endedAt ?? Math.max(now ?? 0, ...ran.map((one) => one.endedAt ?? one.startedAt ?? 0));
  const span = Math.max(end - page.startedAt, 1);
  const at = (time: number): number => ((time - page.startedAt) / span) * WIDTH;
  const lanes = 1 + Math.max(...ran.map(({ lane }) => lane ?? 0));
  const height = lanes * ROW + AXIS;
  return (
    <section id="timeline" aria-labelledby="timeline-title">
      <h2 id="timeline-title">Timeline</h2>
      <div class="scroll" tabIndex={0}>
        <svg
          class="timeline"
          viewBox={`0 0 ${WIDTH} ${height}`}
          role="img"
          aria-label={`${ran.length} instances on ${lanes} workers in ${formatDuration(span)}; the table below has their times`}
        >
          {timeTicks(span).map((tick) => {
            const x = at(page.startedAt + tick.at);
            const last = x > WIDTH - LABEL;
            return (
              <g key={tick.at}>
                <line class="grid" x1={x} x2={x} y1={0} y2={lanes * ROW} />
                <text
                  class="tick"
                  x={last ? x - 3 : x + 3}
                  y={height - 6}
                  text-anchor={last ? 'end' : 'start'}
                >
                  {tick.text}
                </text>
              </g>
            );
          })}
          {ran.map((one) => {
            const from = one.startedAt ?? page.startedAt;
            const to = one.endedAt ?? end;
            return (
              <rect
                key={one.id}
                class={`bar state-${one.state}`}
                x={at(from)}
                y={(one.lane ?? 0) * ROW + 2}
                width={Math.max(at(to) - at(from), 1)}
                height={ROW - 4}
              >
                <title>{`${one.id}: ${one.state}, ${formatDuration(to - from)}`}</title>
              </rect>
            );
          })}
        </svg>
      </div>
      <Legend instances={ran} />
    </section>
  );
}

/** The outcome that each colour stands for. */
function Legend({ instances }: { readonly instances: readonly InstancePage[] }) {
  const counts = countStates(instances);
  return (
    <ul class="legend" aria-label="Colours of the timeline">
      {states
        .filter((state) => counts.has(state))
        .map((state) => (
          <li key={state}>
            <svg viewBox="0 0 18 10" aria-hidden="true">
              <rect class={`bar state-${state}`} x="1" y="1" width="16" height="8" />
            </svg>
            <StateBadge state={state} /> {counts.get(state)}
          </li>
        ))}
    </ul>
  );
}
