// The map of pooled features: one point per row, with the colour and the shape of its task.
import { textWidth } from './font.ts';
import { type Origin, subtitleLines, titleHeight } from './origin.ts';
import { areaLook } from './palette.ts';
import type { FigureSpec } from './render.ts';
import { THEME } from './theme.ts';
import { taskTitle } from './words.ts';

const SIZE = 360;
const LEGEND_LEFT = 16;
const LEGEND_STEP = 18;
const LABEL_SIZE = 11;

export interface Scatter {
  readonly title: string;
  readonly origin: Origin;
  /** In the order of the legend. */
  readonly tasks: readonly string[];
  /** Tasks whose points are dev rows. */
  readonly held: ReadonlySet<string>;
  /** The task of each point. */
  readonly of: readonly string[];
  /** x and y in 0..1 of each point, alternating. */
  readonly places: Float64Array;
}

export function scatterSpec({ title, origin, tasks, held, of, places }: Scatter): FigureSpec {
  const values = of.map((task, i) => ({
    task,
    x: round(places[2 * i] as number),
    y: round(places[2 * i + 1] as number),
  }));
  // This order mixes the tasks; otherwise the last task would cover the others.
  values.sort((a, b) => a.x - b.x || a.y - b.y);
  const counts = tasks.map((task) => of.filter((other) => other === task).length);
  const labels = tasks.map(
    (task, i) => `${taskTitle(task, origin.tasks)} (${counts[i]}${held.has(task) ? ' dev' : ''})`,
  );
  const right = LEGEND_LEFT + 14 + Math.max(...labels.map((text) => textWidth(text, LABEL_SIZE)));
  const subtitle = subtitleLines(origin, `t-SNE of ${of.length} pooled vectors`);
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    width: SIZE,
    height: SIZE,
    autosize: { type: 'none' },
    padding: { left: 16, top: titleHeight(subtitle), right: Math.ceil(right) + 12, bottom: 16 },
    title: { text: title, subtitle: [...subtitle] },
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
            scale: { domain: [...tasks], range: tasks.map((_, i) => areaLook(i).colour) },
            legend: null,
          },
          shape: {
            field: 'task',
            type: 'nominal',
            scale: { domain: [...tasks], range: tasks.map((_, i) => areaLook(i).shape) },
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
  const { colour, shape } = areaLook(i);
  return [
    {
      data: { values: [{}] },
      mark: { type: 'point', filled: true, size: 60, color: colour, shape, opacity: 1 },
      encoding: { x: { value: SIZE + LEGEND_LEFT }, y },
    },
    {
      data: { values: [{}] },
      mark: { type: 'text', text, align: 'left', baseline: 'middle', fontSize: LABEL_SIZE },
      encoding: { x: { value: SIZE + LEGEND_LEFT + 10 }, y },
    },
  ];
}

/** In square pixels: the more points, the smaller they are. */
function pointSize(points: number): number {
  return Math.max(4, Math.min(28, 24_000 / points));
}

function round(value: number): number {
  return Number(value.toFixed(4));
}
