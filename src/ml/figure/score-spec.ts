// The figure of the experiments: dev score against the number of auxiliary rows.
import { numAxis, scoreAxis, spread } from './axes.ts';
import type { NumAxis, ScoreAxis } from './axes.ts';
import { textWidth } from './font.ts';
import { looks } from './palette.ts';
import type { Look } from './palette.ts';
import type { FigureSpec } from './render.ts';
import type { Runs } from './runs.ts';
import type { Summary } from './summary.ts';
import { THEME } from './theme.ts';
import {
  baselineTitle,
  dataTitle,
  scoreWord,
  seedWords,
  strategyTitle,
  taskTitle,
} from './words.ts';

const WIDTH = 400;
const HEIGHT = 280;
const LABEL_SIZE = 11;
const LABEL_GAP = 15;
/** From the plot's right edge to the labels: room for the leaders. */
const LABEL_LEFT = 14;
/** Pixels between the strategies' error bars, which would cover each other. */
const DODGE = 5;
const RULE_COLOUR = '#595959';

interface Scene {
  readonly x: NumAxis;
  readonly y: ScoreAxis;
  readonly strategies: readonly string[];
  readonly look: ReadonlyMap<string, Look>;
}

/** Scores are drawn as per cent (correlations: times 100), as GLUE's tables print them. */
export function scoreSpec(runs: Runs, summary: Summary, data: string): FigureSpec {
  const strategies = [...new Set(summary.cells.map(({ strategy }) => strategy))];
  const shown = [...summary.cells, ...summary.baselines].flatMap(({ low, high }) => [low, high]);
  const values = [...shown, ...runs.cells.map(({ score }) => score)];
  const scene: Scene = {
    x: numAxis(summary.cells.map(({ num }) => num)),
    y: scoreAxis(values.map((value) => value * 100)),
    strategies,
    look: looks(strategies),
  };
  const labels = placeLabels(scene, summary);
  const right = LABEL_LEFT + Math.max(...labels.map((label) => textWidth(label.text, LABEL_SIZE)));
  const word = scoreWord(summary.primary);
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    width: WIDTH,
    height: HEIGHT,
    autosize: { type: 'none' },
    padding: { left: 52, top: 54, right: Math.ceil(right * 1.06) + 10, bottom: 46 },
    title: {
      text: `${taskTitle(summary.primary)}: dev ${word} against auxiliary rows`,
      subtitle: subtitle(summary, data),
    },
    config: THEME,
    layer: [
      ...rules(scene, summary),
      ...gap(scene),
      lines(scene, summary),
      seedPoints(scene, runs),
      errorBars(scene, summary),
      meanPoints(scene, summary),
      ...labelLayers(labels),
    ],
    encoding: {
      x: {
        field: 'x',
        type: 'quantitative',
        scale: {
          type: scene.x.scale,
          domain: [...scene.x.domain],
          nice: false,
          ...(scene.x.scale === 'linear' && { zero: false }),
        },
        axis: {
          title: `auxiliary rows selected, N${scene.x.scale === 'log' ? ' (logarithmic)' : ''}`,
          values: scene.x.ticks.map(({ at }) => at),
          labelExpr: tickLabels(scene.x),
          labelOverlap: 'greedy',
          grid: false,
        },
      },
      y: {
        field: 'y',
        type: 'quantitative',
        scale: { domain: [...scene.y.domain], nice: false, zero: false },
        axis: {
          title: `dev ${word} ${word === 'accuracy' ? '(%)' : '(× 100)'}`,
          values: [...scene.y.ticks],
        },
      },
    },
  } as FigureSpec;
}

function subtitle(summary: Summary, data: string): string {
  const kinds = new Set(summary.cells.map(({ interval, n }) => (n === 1 ? 'one' : interval)));
  const bars =
    kinds.has('t95') && kinds.size === 1
      ? 'mean and 95 % t interval'
      : kinds.has('t95')
        ? 'mean and 95 % t interval (range below three seeds)'
        : kinds.has('range')
          ? 'mean and range'
          : '';
  const seeds = seedWords(summary.cells.map(({ n }) => n));
  return [dataTitle(data), bars === '' ? seeds : `${bars} over ${seeds}`].join(' · ');
}

/** An expression of vega that finds the label of a tick by its place. */
function tickLabels(x: NumAxis): string {
  const labels = x.ticks.map(({ label }) => label);
  const places = x.ticks.map(({ at }) => at);
  return `${JSON.stringify(labels)}[indexof(${JSON.stringify(places)}, datum.value)]`;
}

/** The place of a num for one of the strategies: beside those of the others. */
function dodged(scene: Scene, num: number, strategy: string): number {
  const { x, strategies } = scene;
  const pixels = (strategies.indexOf(strategy) - (strategies.length - 1) / 2) * DODGE;
  const [left, right] = x.domain;
  const at = x.place(num);
  return x.scale === 'log'
    ? at * (right / left) ** (pixels / WIDTH)
    : at + ((right - left) * pixels) / WIDTH;
}

function cellValues(scene: Scene, summary: Summary) {
  return summary.cells.map(({ strategy, num, mean, low, high }) => ({
    strategy,
    x: dodged(scene, num, strategy),
    y: mean * 100,
    low: low * 100,
    high: high * 100,
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

function lines(scene: Scene, summary: Summary) {
  return {
    data: { values: cellValues(scene, summary) },
    mark: { type: 'line', strokeWidth: 1.8 },
    encoding: { color: colour(scene) },
  };
}

/** Every single run, faint. */
function seedPoints(scene: Scene, runs: Runs) {
  const values = runs.cells.map(({ strategy, num, score }) => ({
    strategy,
    x: dodged(scene, num, strategy),
    y: score * 100,
  }));
  return {
    data: { values },
    mark: { type: 'point', filled: true, size: 12, opacity: 0.3 },
    encoding: { color: colour(scene), shape: shape(scene) },
  };
}

function errorBars(scene: Scene, summary: Summary) {
  const values = cellValues(scene, summary).filter(({ low, high }) => high > low);
  return {
    data: { values },
    encoding: { color: colour(scene) },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 1.2 },
        encoding: { y: { field: 'low' }, y2: { field: 'high' } },
      },
      ...['low', 'high'].map((end) => ({
        mark: { type: 'tick', orient: 'horizontal', size: 7, thickness: 1.2 },
        encoding: { y: { field: end } },
      })),
    ],
  };
}

function meanPoints(scene: Scene, summary: Summary) {
  return {
    data: { values: cellValues(scene, summary) },
    mark: { type: 'point', filled: true, size: 55, opacity: 1, stroke: 'white', strokeWidth: 0.8 },
    encoding: { color: colour(scene), shape: shape(scene) },
  };
}

/** The baselines: a rule at the mean, and its interval as a pale band. */
function rules(scene: Scene, summary: Summary) {
  const [left, right] = scene.x.domain;
  return summary.baselines.flatMap(({ name, mean, low, high }) => [
    {
      data: { values: [{ x: left, right, y: low * 100, high: high * 100 }] },
      mark: { type: 'rect', color: RULE_COLOUR, opacity: 0.09 },
      encoding: { x2: { field: 'right' }, y2: { field: 'high' } },
    },
    {
      data: { values: [{ x: left, right, y: mean * 100 }] },
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
function gap(scene: Scene) {
  if (scene.x.gap === null) return [];
  const middle = across(scene, scene.x.gap);
  const stroke = (left: number) => ({
    data: { values: [{}] },
    mark: { type: 'rule', color: '#595959' },
    encoding: {
      x: { value: left - 2 },
      x2: { value: left + 2 },
      y: { value: HEIGHT + 5 },
      y2: { value: HEIGHT - 5 },
    },
  });
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

interface Label {
  readonly text: string;
  readonly colour: string;
  readonly bold: boolean;
  /** Pixels from the plot's top: where the label stands, and what it names. */
  readonly at: number;
  readonly of: number;
  /** Pixels from the plot's left at which the leader begins. */
  readonly from: number;
}

/** Labels at the right end of the lines and rules, moved apart where they would touch. */
function placeLabels(scene: Scene, summary: Summary): readonly Label[] {
  const [bottom, top] = scene.y.domain;
  const pixels = (score: number) => (HEIGHT * (top - score * 100)) / (top - bottom);
  const named = [
    ...scene.strategies.flatMap((strategy) => {
      const last = summary.cells.findLast((cell) => cell.strategy === strategy);
      if (last === undefined) return [];
      const colour = scene.look.get(strategy)?.colour ?? 'black';
      const from = across(scene, dodged(scene, last.num, strategy)) + 6;
      return [{ text: strategyTitle(strategy), colour, bold: true, of: pixels(last.mean), from }];
    }),
    ...summary.baselines.map(({ name, mean }) => ({
      text: baselineTitle(name),
      colour: RULE_COLOUR,
      bold: false,
      of: pixels(mean),
      from: WIDTH,
    })),
  ];
  const wanted = named.map((label) => label.of);
  const placed = spread(wanted, LABEL_GAP, LABEL_GAP / 2, HEIGHT - LABEL_GAP / 2);
  return named.map((label, i) => ({ ...label, at: placed[i] ?? label.of }));
}

function across({ x }: Scene, at: number): number {
  const [left, right] = x.domain;
  const share =
    x.scale === 'log' ? Math.log(at / left) / Math.log(right / left) : (at - left) / (right - left);
  return WIDTH * share;
}

function labelLayers(labels: readonly Label[]) {
  return labels.flatMap(({ text, colour, bold, at, of, from }) => [
    {
      data: { values: [{}] },
      mark: { type: 'rule', color: colour, strokeWidth: 0.7, opacity: 0.7, clip: false },
      encoding: {
        x: { value: from },
        x2: { value: WIDTH + LABEL_LEFT - 3 },
        y: { value: of },
        y2: { value: at },
      },
    },
    {
      data: { values: [{}] },
      mark: {
        type: 'text',
        text,
        color: colour,
        align: 'left',
        baseline: 'middle',
        fontSize: LABEL_SIZE,
        fontWeight: bold ? 'bold' : 'normal',
      },
      encoding: { x: { value: WIDTH + LABEL_LEFT }, y: { value: at } },
    },
  ]);
}
