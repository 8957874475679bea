import { formatDuration } from '../../report/format.ts';
import type { RunPage } from '../model/page.ts';

const WIDTH = 1000;
const ROW = 18;
const AXIS = 22;

/** The timeline: one row per worker. @param now for a running run */
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
      <svg
        class="timeline"
        viewBox={`0 0 ${WIDTH} ${height}`}
        role="img"
        aria-label={`${ran.length} instances on ${lanes} workers in ${formatDuration(span)}; the table below has their times`}
      >
        {ticks(span).map((ms) => (
          <g key={ms}>
            <line
              class="grid"
              x1={at(page.startedAt + ms)}
              x2={at(page.startedAt + ms)}
              y1={0}
              y2={lanes * ROW}
            />
            <text class="tick" x={at(page.startedAt + ms) + 3} y={height - 7}>
              {formatDuration(ms)}
            </text>
          </g>
        ))}
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
    </section>
  );
}

/** At most eight round marks, in milliseconds from the start. */
function ticks(span: number): readonly number[] {
  const step =
    [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400]
      .map((seconds) => seconds * 1000)
      .find((ms) => span / ms <= 8) ?? span / 8;
  return Array.from({ length: Math.floor(span / step) }, (_, i) => i * step);
}
