// The layers of the score figure, from back to front.
import type { Runs } from './runs.ts';
import { xPixels, offsetX, HEIGHT, inPlot, SCALE } from './scene.ts';
import type { Scene } from './scene.ts';
import type { Summary } from './summary.ts';
import { RULE_COLOUR } from './theme.ts';

function cellValues(scene: Scene, summary: Summary) {
  return summary.cells.map(({ strategy, num, mean, low, high }) => ({
    strategy,
    x: offsetX(scene, num, strategy),
    y: mean * SCALE,
    low: inPlot(scene, low),
    high: inPlot(scene, high),
  }));
}

function colour(scene: Scene) {
  const range = scene.strategies.map((name) => scene.look.get(name)?.colour);
  return {
    field: 'strategy',
    type: 'nominal',
    scale: { domain: [...scene.strategies], range },
    legend: null,
  };
}

function shape(scene: Scene) {
  const range = scene.strategies.map((name) => scene.look.get(name)?.shape);
  return { ...colour(scene), scale: { domain: [...scene.strategies], range } };
}

export function lines(scene: Scene, summary: Summary) {
  return {
    data: { values: cellValues(scene, summary) },
    mark: { type: 'line', strokeWidth: 1.8 },
    encoding: { color: colour(scene) },
  };
}

/** One faint point per run. */
export function seedPoints(scene: Scene, runs: Runs) {
  const values = runs.cells.map(({ strategy, num, score }) => ({
    strategy,
    x: offsetX(scene, num, strategy),
    y: score * SCALE,
  }));
  return {
    data: { values },
    mark: { type: 'point', filled: true, size: 12, opacity: 0.3 },
    encoding: { color: colour(scene), shape: shape(scene) },
  };
}

export function errorBars(scene: Scene, summary: Summary) {
  const values = cellValues(scene, summary).filter(({ low, high }) => high > low);
  return {
    data: { values },
    encoding: { color: colour(scene) },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 1.2 },
        encoding: { y: { field: 'low' }, y2: { field: 'high' } },
      },
      ...(['low', 'high'] as const).map((end, i) => ({
        // A bar without a tick at its end continues beyond the plot.
        data: { values: values.filter((value) => value[end] !== scene.y.domain[i]) },
        mark: { type: 'tick', orient: 'horizontal', size: 7, thickness: 1.2, opacity: 1 },
        encoding: { y: { field: end } },
      })),
    ],
  };
}

export function meanPoints(scene: Scene, summary: Summary) {
  return {
    data: { values: cellValues(scene, summary) },
    mark: { type: 'point', filled: true, size: 55, opacity: 1, stroke: 'white', strokeWidth: 0.8 },
    encoding: { color: colour(scene), shape: shape(scene) },
  };
}

/** The baselines: a rule at the mean, and its interval as a pale band. */
export function rules(scene: Scene, summary: Summary) {
  const [left, right] = scene.x.domain;
  return summary.baselines.flatMap(({ name, mean, low, high }) => [
    {
      data: { values: [{ x: left, right, y: inPlot(scene, low), high: inPlot(scene, high) }] },
      mark: { type: 'rect', color: RULE_COLOUR, opacity: 0.09 },
      encoding: { x2: { field: 'right' }, y2: { field: 'high' } },
    },
    {
      data: { values: [{ x: left, right, y: mean * SCALE }] },
      mark: {
        type: 'rule',
        color: RULE_COLOUR,
        strokeWidth: 1.2,
        strokeDash: name === 'st' ? [2, 3] : [7, 3],
      },
      encoding: { x2: { field: 'right' } },
    },
  ]);
}

/** Two strokes where the axis is broken, and white between them. */
export function gap(scene: Scene) {
  if (scene.x.gap === null) return [];
  const middle = xPixels(scene, scene.x.gap);
  return [
    {
      data: { values: [{}] },
      mark: { type: 'rule', color: 'white', strokeWidth: 3 },
      encoding: {
        x: { value: middle - 2 },
        x2: { value: middle + 2 },
        y: { value: HEIGHT + 0.5 },
        y2: { value: HEIGHT + 0.5 },
      },
    },
    stroke(middle - 2),
    stroke(middle + 2),
  ];
}

function stroke(left: number) {
  return {
    data: { values: [{}] },
    mark: { type: 'rule', color: RULE_COLOUR },
    encoding: {
      x: { value: left - 2 },
      x2: { value: left + 2 },
      y: { value: HEIGHT + 5 },
      y2: { value: HEIGHT - 5 },
    },
  };
}
