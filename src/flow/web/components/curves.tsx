import type { Curve, InstancePage } from '../model/page.ts';
import { valueTicks } from '../model/ticks.ts';
import { figure } from './metrics.tsx';

const WIDTH = 320;
const HEIGHT = 170;
const LEFT = 46;
const BOTTOM = 22;
const TOP = 8;
/** Distinguishable for the colour-blind (Okabe and Ito 2008); more groups repeat them, dashed. */
const colors = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#a6761d', '#666666'];

interface Line {
  readonly label: string;
  /** Its value of the axis that colours the chart. */
  readonly group: string;
  readonly points: Curve['points'];
}

/**
 * The metrics that stages reported while they ran: one picture per stage and metric, one line per
 * instance.
 */
export function Curves({ instances }: { readonly instances: readonly InstancePage[] }) {
  const charts = new Map<string, { title: string; drawn: InstancePage[]; name: string }>();
  for (const instance of instances) {
    for (const { name, points } of instance.curves) {
      if (points.length < 2) continue;
      const title = `${instance.stage}: ${name}`;
      const chart = charts.get(title) ?? { title, name, drawn: [] };
      charts.set(title, chart);
      chart.drawn.push(instance);
    }
  }
  if (charts.size === 0) return null;
  return (
    <section id="curves" aria-labelledby="curves-title">
      <h2 id="curves-title">Curves</h2>
      <div class="charts">
        {[...charts.values()].map(({ title, name, drawn }) => (
          <Chart key={title} title={title} lines={linesOf(drawn, name)} />
        ))}
      </div>
    </section>
  );
}

export function linesOf(drawn: readonly InstancePage[], name: string): readonly Line[] {
  const axis = colouringAxis(drawn);
  return drawn.map(({ id, stage, axes, curves }) => ({
    label: id.slice(stage.length + 1) || id,
    group: axis === undefined ? '' : `${axis}=${axes[axis]}`,
    points: curves.find((curve) => curve.name === name)?.points ?? [],
  }));
}

/** The first axis by which the instances differ. */
function colouringAxis(instances: readonly InstancePage[]): string | undefined {
  const first = instances[0]?.axes ?? {};
  return Object.keys(first).find((axis) =>
    instances.some(({ axes }) => axes[axis] !== first[axis]),
  );
}

export function Chart({
  title,
  lines,
}: {
  readonly title: string;
  readonly lines: readonly Line[];
}) {
  const finite = lines.flatMap(({ points }) =>
    points.filter((point) => point.every(Number.isFinite)),
  );
  const groups = [...new Set(lines.map(({ group }) => group))];
  const [steps, values] = [0, 1].map((at) => extent(finite.map((point) => point[at] ?? 0))) as [
    Range,
    Range,
  ];
  const [[left, right], [low, high]] = [steps, values];
  const x = (step: number): number => LEFT + share(step, steps) * (WIDTH - LEFT - 8);
  const y = (value: number): number => TOP + (1 - share(value, values)) * (HEIGHT - TOP - BOTTOM);
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`${title}, ${lines.length} lines from ${figure(low)} to ${figure(high)}`}
      >
        {valueTicks(low, high).map(({ at, text }) => (
          <g key={at}>
            <line class="grid" x1={LEFT} x2={WIDTH - 8} y1={y(at)} y2={y(at)} />
            <text class="tick" x={LEFT - 4} y={y(at) + 3} text-anchor="end">
              {text}
            </text>
          </g>
        ))}
        <text class="tick" x={LEFT} y={HEIGHT - 6}>
          {figure(left)}
        </text>
        <text class="tick" x={WIDTH - 8} y={HEIGHT - 6} text-anchor="end">
          {`step ${figure(right)}`}
        </text>
        {lines.map(({ label, group, points }) => (
          <polyline
            key={label}
            fill="none"
            {...paint(groups.indexOf(group))}
            stroke-width="1.4"
            points={points
              .filter((point) => point.every(Number.isFinite))
              .map(([step, value]) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`)
              .join(' ')}
          >
            <title>{`${label}: ${figure(points.at(-1)?.[1] ?? 0)}`}</title>
          </polyline>
        ))}
      </svg>
      {groups.length > 1 && groups.length <= MAX_LEGEND_ENTRIES && (
        <ul class="legend">
          {groups.map((group, at) => (
            <li key={group}>
              <svg viewBox="0 0 18 6" aria-hidden="true">
                <line x1="0" x2="18" y1="3" y2="3" stroke-width="2" {...paint(at)} />
              </svg>
              {group}
            </li>
          ))}
        </ul>
      )}
    </figure>
  );
}

type Range = readonly [low: number, high: number];

/** Where a value lies in a range, 0 to 1. Computed with halves, because 2e308 is not a number. */
function share(value: number, [low, high]: Range): number {
  return (value / 2 - low / 2) / (high / 2 - low / 2);
}

/** A range that is never empty. */
function extent(values: readonly number[]): Range {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  if (low > high) return [0, 1];
  if (low !== high) return [low, high];
  // A large number plus 0.5 is the same number, and the largest number has no larger one.
  const room = Math.max(0.5, Math.abs(low) * 1e-6);
  const most = Number.MAX_VALUE;
  return [Math.max(low - room, -most), Math.min(high + room, most)];
}

const MAX_LEGEND_ENTRIES = 12;

function paint(at: number): { readonly stroke: string; readonly 'stroke-dasharray': string } {
  return {
    stroke: colors[at % colors.length] ?? '#000',
    'stroke-dasharray': ['', '5 3', '2 2', '7 2 2 2'][Math.floor(at / colors.length) % 4] ?? '',
  };
}
