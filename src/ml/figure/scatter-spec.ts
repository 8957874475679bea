// The map of pooled features: one point per row, coloured by task.
import { textWidth } from './font.ts';
import { AREA_COLOURS } from './palette.ts';
import type { About } from '../tasks/task.ts';
import type { FigureSpec } from './render.ts';
import { THEME } from './theme.ts';
import { dataTitle, taskTitle } from './words.ts';

const SIZE = 360;
const LEGEND_LEFT = 16;
const LEGEND_STEP = 18;
const LABEL_SIZE = 11;

export interface Scatter {
  readonly title: string;
  readonly data: string;
  readonly abouts: readonly About[];
  /** In the order of the legend. */
  readonly tasks: readonly string[];
  /** Tasks whose points are dev rows. */
  readonly held: ReadonlySet<string>;
  /** The task of each point. */
  readonly of: readonly string[];
  /** x and y in 0..1 of each point, alternating. */
  readonly places: Float64Array;
}

export function scatterSpec({ title, data, abouts, tasks, held, of, places }: Scatter): FigureSpec {
  const values = of.map((task, i) => ({
    task,
    x: round(places[2 * i] as number),
    y: round(places[2 * i + 1] as number),
  }));
  // This order mixes the tasks; otherwise the last task would cover the others.
  values.sort((a, b) => a.x - b.x || a.y - b.y);
  const counts = tasks.map((task) => of.filter((other) => other === task).length);
  const labels = tasks.map(
    (task, i) => `${taskTitle(task, abouts)} (${counts[i]}${held.has(task) ? ' dev' : ''})`,
  );
  const right = LEGEND_LEFT + 14 + Math.max(...labels.map((text) => textWidth(text, LABEL_SIZE)));
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    width: SIZE,
    height: SIZE,
    autosize: { type: 'none' },
    padding: { left: 16, top: 54, right: Math.ceil(right) + 12, bottom: 16 },
    title: {
      text: title,
      subtitle: `${dataTitle(data, abouts)} · t-SNE of ${of.length} pooled vectors`,
    },
    config: { ...THEME, view: { stroke: '#b3b3b3' } },
    layer: [
      {
        data: { values },
        mark: { type: 'point', filled: true, size: pointSize(of.length), opacity: 0.65 },
        encoding: {
          x: { field: 'x', type: 'quantitative', scale: { domain: [-0.03, 1.03] }, axis: null },
          y: { field: 'y', type: 'quantitative', scale: { domain: [-0.03, 1.03] }, axis: null },
          color: {
            field: 'task',
            type: 'nominal',
            scale: { domain: [...tasks], range: tasks.map((_, i) => colour(i)) },
            legend: null,
          },
        },
      },
      ...labels.flatMap((text, i) => legendEntry(text, i)),
    ],
  } as FigureSpec;
}

function legendEntry(text: string, i: number) {
  const y = { value: 8 + i * LEGEND_STEP };
  return [
    {
      data: { values: [{}] },
      mark: { type: 'point', filled: true, size: 60, color: colour(i), opacity: 1 },
      encoding: { x: { value: SIZE + LEGEND_LEFT }, y },
    },
    {
      data: { values: [{}] },
      mark: { type: 'text', text, align: 'left', baseline: 'middle', fontSize: LABEL_SIZE },
      encoding: { x: { value: SIZE + LEGEND_LEFT + 10 }, y },
    },
  ];
}

function colour(i: number): string {
  return AREA_COLOURS[i % AREA_COLOURS.length] as string;
}

/** In square pixels: the more points, the smaller they are. */
function pointSize(points: number): number {
  return Math.max(4, Math.min(28, 24_000 / points));
}

function round(value: number): number {
  return Number(value.toFixed(4));
}
