// The figure of the experiments: dev score against the number of auxiliary rows.
import type { NumAxis } from './axes.ts';
import { labels } from './labels.ts';
import { leakNote } from './leak-note.ts';
import { errorBars, gap, lines, meanPoints, rules, seedPoints } from './marks.ts';
import { aboutOf, type Origin, subtitleLines, titleHeight } from './origin.ts';
import type { FigureSpec } from './render.ts';
import { CONTROL } from './runs.ts';
import type { Runs } from './runs.ts';
import { HEIGHT, scene, WIDTH } from './scene.ts';
import type { Summary } from './summary.ts';
import { RULE_COLOUR, THEME } from './theme.ts';
import { scoreWord, seedWords } from './words.ts';

/** N is not the complete cost of a selection, and the figure must not suggest that it is. */
const COST_NOTE =
  'N counts the rows chosen. Training the task discriminator and scoring the pool cost extra.';

export function scoreSpec(runs: Runs, summary: Summary, origin: Origin): FigureSpec {
  const about = aboutOf(origin, summary.primary);
  const view = scene(runs, summary, about);
  const names = labels(view, summary);
  const word = scoreWord(about);
  const subtitle = subtitleLines(origin, intervals(summary));
  const title = `${about.title}: dev ${word} against auxiliary rows`;
  const leaks = leakNote(runs, about.title);
  const notes = [
    ...(view.strategies.some((strategy) => strategy !== CONTROL) ? [COST_NOTE] : []),
    ...(leaks === undefined ? [] : [leaks]),
  ];
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: title,
    width: WIDTH,
    height: HEIGHT,
    // The layout does not depend on measured text, which differs between machines with other fonts.
    autosize: { type: 'none' },
    padding: {
      left: left(view.y.ticks),
      top: titleHeight(subtitle),
      right: names.width,
      bottom: bottom(view.x, notes.length),
    },
    title: { text: title, subtitle: [...subtitle] },
    config: THEME,
    layer: [
      ...rules(view, summary),
      ...gap(view),
      lines(view, summary),
      seedPoints(view, runs),
      errorBars(view, summary),
      meanPoints(view, summary),
      ...names.layers,
      ...notes.map((text, i) => footnote(text, view.x, i)),
    ],
    encoding: { x: xChannel(view.x), y: yChannel(view.y, word) },
  } as FigureSpec;
}

function xChannel(x: NumAxis) {
  const isLog = x.scale === 'log';
  return {
    field: 'x',
    type: 'quantitative',
    scale: { type: x.scale, domain: [...x.domain], nice: false, ...(!isLog && { zero: false }) },
    axis: {
      title: `auxiliary rows selected, N${isLog ? ' (logarithmic)' : ''}${hasShares(x) ? ', and their share of the pool' : ''}`,
      values: x.ticks.map(({ at }) => at),
      labelExpr: tickLabels(x),
      labelOverlap: 'greedy',
      grid: false,
    },
  };
}

function yChannel(y: ReturnType<typeof scene>['y'], word: string) {
  return {
    field: 'y',
    type: 'quantitative',
    scale: { domain: [...y.domain], nice: false, zero: false },
    axis: {
      title: `dev ${word} ${word === 'accuracy' ? '(%)' : '(× 100)'}`,
      values: [...y.ticks],
    },
  };
}

/** The width that vega assumes for a letter if it has no canvas, in font sizes. */
const LETTER = 0.8;

/** Pixels for the title, which vega places left of the widest label by its own estimate. */
function left(ticks: readonly number[]): number {
  const digits = Math.max(...ticks.map((tick) => String(tick).split('.')[1]?.length ?? 0));
  const letters = Math.max(2, ...ticks.map((tick) => tick.toFixed(digits).length));
  return Math.ceil(52 + LETTER * THEME.axis.labelFontSize * (letters - 2));
}

/** A second line below the ticks. */
const SHARE_LINE = 14;

const hasShares = ({ ticks }: NumAxis): boolean => ticks.some(({ share }) => share !== undefined);

const NOTE_LINE = 13;

function bottom(x: NumAxis, notes: number): number {
  const room = notes === 0 ? 46 : 64 + NOTE_LINE * (notes - 1);
  return room + (hasShares(x) ? SHARE_LINE : 0);
}

function footnote(text: string, x: NumAxis, line: number) {
  return {
    data: { values: [{}] },
    mark: { type: 'text', text, align: 'left', fontSize: 9.5, color: RULE_COLOUR },
    encoding: {
      x: { value: 0 },
      y: { value: HEIGHT + 52 + (hasShares(x) ? SHARE_LINE : 0) + NOTE_LINE * line },
    },
  };
}

/** `mean and 95 % t interval over 3 seeds`. */
function intervals(summary: Summary): string {
  const kinds = new Set(summary.cells.map(({ interval, n }) => (n === 1 ? 'one' : interval)));
  const seeds = seedWords(summary.cells.map(({ n }) => n));
  return `${barWords(kinds)}${seeds}`;
}

function barWords(kinds: ReadonlySet<string>): string {
  if (kinds.has('t95') && kinds.size === 1) return 'mean and 95 % t interval over ';
  if (kinds.has('t95')) return 'mean and 95 % t interval (range below three seeds) over ';
  return kinds.has('range') ? 'mean and range over ' : '';
}

/** A vega expression that gives the label of a tick by its place. */
function tickLabels({ ticks }: NumAxis): string {
  const names = JSON.stringify(
    ticks.map(({ label, share }) => (share === undefined ? label : [label, share])),
  );
  const places = JSON.stringify(ticks.map(({ at }) => at));
  return `${names}[indexof(${places}, datum.value)]`;
}
