// What all layers of the score figure share: size, axes, and the strategies' looks.
import type { About } from '../tasks/task.ts';
import { numAxis, scoreAxis } from './axes.ts';
import type { NumAxis, ScoreAxis } from './axes.ts';
import { looks } from './palette.ts';
import type { Look } from './palette.ts';
import type { Runs } from './runs.ts';
import type { Summary } from './summary.ts';
import { scoreLimits } from './words.ts';

/** Of the plot without titles and labels, in pixels. */
export const WIDTH = 400;
export const HEIGHT = 280;
/** Pixels between the strategies' error bars, which would cover each other. */
const STRATEGY_GAP = 5;
/** The maximum width of the strategies' points of one N: as a share of the way to the next N, and in pixels. */
const [GROUP_SHARE, MAX_GROUP] = [0.6, 22];

export interface Scene {
  readonly x: NumAxis;
  readonly y: ScoreAxis;
  readonly strategies: readonly string[];
  readonly look: ReadonlyMap<string, Look>;
}

/** Scores are drawn as per cent (correlations: times 100), as GLUE's tables print them. */
export const SCALE = 100;

/** @param about the primary */
export function scene(runs: Runs, summary: Summary, about: About): Scene {
  const strategies = [...new Set(summary.cells.map(({ strategy }) => strategy))];
  const ends = [...summary.cells, ...summary.baselines].flatMap(({ low, high }) => [low, high]);
  const shown = [...ends, ...runs.cells.map(({ score }) => score)];
  return {
    x: numAxis(
      summary.cells.map(({ num }) => num),
      poolOf(runs),
    ),
    y: scoreAxis(
      shown.map((value) => value * SCALE),
      scoreLimits(about).map((limit) => limit * SCALE) as [number, number],
    ),
    strategies,
    look: looks(strategies),
  };
}

/** The size of the candidate pool; null if the selections were made from pools of different sizes. */
function poolOf(runs: Runs): number | null {
  const sizes = new Set(runs.cells.map(({ pool }) => pool));
  const [only = null] = sizes;
  return sizes.size === 1 ? only : null;
}

/** The place of a strategy's num on the axis, moved aside so that strategies do not cover each other. */
export function offsetX({ x, strategies }: Scene, num: number, strategy: string): number {
  const [left, right] = x.domain;
  const at = x.place(num);
  const room = Math.min(MAX_GROUP, GROUP_SHARE * spacing(x, at));
  const step = Math.min(STRATEGY_GAP, room / Math.max(1, strategies.length - 1));
  const pixels = (strategies.indexOf(strategy) - (strategies.length - 1) / 2) * step;
  return x.scale === 'log'
    ? at * (right / left) ** (pixels / WIDTH)
    : at + ((right - left) * pixels) / WIDTH;
}

/** Pixels from a place on the axis to the next N. */
function spacing(x: NumAxis, at: number): number {
  const others = x.ticks.filter((tick) => tick.at !== at);
  return Math.min(...others.map((tick) => Math.abs(xPixels({ x }, tick.at) - xPixels({ x }, at))));
}

/** Pixels from the plot's left edge to a place on the axis. */
export function xPixels({ x }: Pick<Scene, 'x'>, at: number): number {
  const [left, right] = x.domain;
  const share =
    x.scale === 'log' ? Math.log(at / left) / Math.log(right / left) : (at - left) / (right - left);
  return WIDTH * share;
}

/** A score on the axis, cut at the plot's edge: an interval may end beyond the possible scores. */
export function inPlot({ y }: Scene, score: number): number {
  const [low, high] = y.domain;
  return Math.min(high, Math.max(low, score * SCALE));
}

/** Pixels from the plot's top to a score. */
export function yPixels({ y }: Scene, score: number): number {
  const [low, high] = y.domain;
  return (HEIGHT * (high - score * SCALE)) / (high - low);
}
