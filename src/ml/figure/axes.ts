// Domains, ticks and places of the two axes. They are computed here and not by the plotting library,
// because labels are placed in pixels next to the points.

export interface ScoreAxis {
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
}

/**
 * A domain with a margin around the values, and round ticks inside it.
 *
 * @param limits the least and the greatest possible score: no tick lies beyond them, and values beyond
 *   them do not widen the domain
 */
export function scoreAxis(
  values: readonly number[],
  limits: readonly [number, number] = [-Infinity, Infinity],
): ScoreAxis {
  const least = Math.max(limits[0], Math.min(...values));
  const most = Math.min(limits[1], Math.max(...values));
  const room = Math.max((most - least) * 0.07, 0.5);
  const [low, high] = [least - room, most + room];
  const step = roundStep((high - low) / 7);
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  const ticks = Array.from({ length: count }, (_, i) => round((first + i) * step));
  const possible = ticks.filter((tick) => tick >= limits[0] && tick <= limits[1]);
  return { domain: [round(low), round(high)], ticks: possible };
}

/** The least of 1, 2 and 5 times a power of ten that is at least `step`. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= step * (1 - 1e-9)) ?? 10;
  return factor * power;
}

function round(value: number): number {
  return Number(value.toPrecision(12));
}

export interface NumAxis {
  readonly scale: 'linear' | 'log';
  readonly domain: readonly [number, number];
  readonly ticks: readonly NumTick[];
  /** The place of a num on the axis: the num itself, except for 0 on a logarithmic axis. */
  readonly place: (num: number) => number;
  /** Where a logarithmic axis is broken: between 0 and the least other num. */
  readonly gap: number | null;
}

export interface NumTick {
  readonly at: number;
  readonly label: string;
  /** Of the candidate pool, such as `5.3 %`; absent if the pool's size is not known. */
  readonly share?: string;
}

/** If the greatest num is this many times the least above 0, a linear axis would hide the small ones. */
const RATIO_FOR_LOG = 8;

export function numAxis(nums: readonly number[], pool: number | null = null): NumAxis {
  const distinct = [...new Set(nums)].sort((a, b) => a - b);
  const positive = distinct.filter((num) => num > 0);
  const least = positive[0] ?? 1;
  const most = positive.at(-1) ?? 0;
  const log = most / least >= RATIO_FOR_LOG;
  const hasZero = distinct[0] === 0;
  // 0 is one step left of the other nums, which is a sixth of the axis.
  const zero = log ? least / Math.max(2, (most / least) ** (1 / 5)) : 0;
  const place = (num: number) => (num > 0 ? num : zero);
  const left = hasZero ? zero : least;
  const margin = log ? (most / left) ** 0.045 : Math.max((most - left) * 0.045, most * 0.02, 0.5);
  return {
    scale: log ? 'log' : 'linear',
    domain: log ? [left / margin, most * margin] : [left - margin, most + margin],
    ticks: distinct.map((num) => ({
      at: place(num),
      label: label(num, most),
      ...(pool !== null && pool > 0 && { share: share(num, pool) }),
    })),
    place,
    gap: log && hasZero ? Math.sqrt(zero * least) : null,
  };
}

/** Two digits are enough, because N is printed too. */
function share(num: number, pool: number): string {
  return `${Number(((100 * num) / pool).toPrecision(2))} %`;
}

function label(num: number, most: number): string {
  if (most >= 20_000 && num >= 1000) return `${num / 1000}k`;
  return num.toString().replace(/\B(?=(\d{3})+$)/g, ',');
}
