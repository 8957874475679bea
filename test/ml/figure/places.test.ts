// Where things stand in a drawn figure, and in which colour: read from the SVG, by its own axes.
import { beforeAll, describe, expect, test } from 'vitest';
import { renderSvg } from '../../../src/ml/figure/render.ts';
import { scatterSpec } from '../../../src/ml/figure/scatter-spec.ts';
import { scoreSpec } from '../../../src/ml/figure/score-spec.ts';
import { summarise } from '../../../src/ml/figure/summary.ts';
import type { Summary } from '../../../src/ml/figure/summary.ts';
import { gatherRuns } from '../../../src/ml/figure/runs.ts';
import { offsetX, scene, xPixels } from '../../../src/ml/figure/scene.ts';
import { entry } from '../../rig/glue-tasks.ts';
import { mini, runs } from './runs.ts';

interface Mark {
  readonly x: number;
  readonly y: number;
  /** To the mark's other end. */
  readonly dy: number;
  readonly fill: string;
  readonly stroke: string;
  /** What it stands for, as the drawing says it to a screen reader. */
  readonly of: Readonly<Record<string, string>>;
  readonly text: string;
  readonly width: number;
}

/** All marks of a role, by what vega calls them, with their places in the plot. */
function marks(svg: string, tag: 'path' | 'line' | 'text', role: RegExp): readonly Mark[] {
  const element =
    tag === 'text' ? /<text ([^>]*)>([^]*?)<\/text>/g : new RegExp(`<${tag} ([^>]*)>()`, 'g');
  return [...svg.matchAll(element)].flatMap(([, written = '', content = '']) => {
      if (!role.test(written + content)) return [];
      const attribute = (key: string) => new RegExp(`(?:^| )${key}="([^"]*)"`).exec(written)?.[1] ?? '';
      const [, x, y] = /translate\(([-\d.]+),([-\d.]+)\)/.exec(attribute('transform')) ?? [];
      const of = attribute('aria-label').split('; ').map((pair) => pair.split(': '));
      return [{
        x: Number(x), y: Number(y), dy: Number(attribute('y2') || 0),
        fill: attribute('fill'), stroke: attribute('stroke'),
        of: Object.fromEntries(of) as Readonly<Record<string, string>>,
        text: content.replace(/<\/?tspan[^>]*>/g, '|').split('|').find((part) => part !== '') ?? '',
        width: Number(attribute('stroke-width')),
      }];
    },
  ); // prettier-ignore
}

const order = (of: readonly (readonly [string, number])[]) =>
  of.toSorted((a, b) => a[1] - b[1]).map(([text]) => text);

describe('in the score figure', () => {
  let svg: string;
  let summary: Summary;
  /** Pixels from the top at which the axis has a score in per cent. */
  let down: (score: number) => number;
  /** Pixels from the left at which the axis has an N. */
  let across: ReadonlyMap<number, number>;

  beforeAll(async () => {
    const of = runs();
    summary = summarise(of);
    svg = await renderSvg(scoreSpec(of, summary, mini));
    const ticks = marks(svg, 'text', /text-anchor="end"/).map(({ y, text }) => ({
      // The text's baseline stands a third of its size below its tick.
      y: y - 3.6,
      score: Number(text),
    }));
    const [first, last] = [ticks[0], ticks.at(-1)] as [{ y: number; score: number }, { y: number; score: number }]; // prettier-ignore
    const each = (last.y - first.y) / (last.score - first.score);
    down = (score) => first.y + (score - first.score) * each;
    across = new Map(
      marks(svg, 'text', /<tspan/).map(({ x, text }) => [Number(text.replace(',', '')), x]),
    );
  });

  test('more is further up, and more rows are further right', () => {
    expect(down(80)).toBeLessThan(down(70));
    expect([...across.keys()]).toEqual([250, 1000, 3000]);
    expect([...across.values()].toSorted((a, b) => a - b)).toEqual([...across.values()]);
    expect(across.get(250)).toBeLessThan(across.get(3000) ?? 0);
  });

  test('each mean stands at its N and its score, in the colour of its strategy', () => {
    const means = marks(svg, 'path', /aria-roledescription="point".*stroke="white"/);
    expect(means).toHaveLength(9);
    const colours = { random: '#000000', bce: '#0072B2', ce: '#D55E00' };
    for (const { strategy, num, mean } of summary.cells) {
      const at = down(100 * mean);
      const found = means.filter(({ of, x, y }) => {
        const beside = Math.abs(x - (across.get(num) ?? 0)) < 8;
        return of['strategy'] === strategy && beside && Math.abs(y - at) < 1;
      });
      expect([strategy, num, found.length]).toEqual([strategy, num, 1]);
      expect(found[0]?.fill).toBe(colours[strategy as keyof typeof colours]);
    }
  });

  test('each error bar reaches from the lower to the upper end of its interval', () => {
    const bars = marks(svg, 'line', /low: .*high: .*strategy/);
    expect(bars).toHaveLength(9);
    for (const { strategy, num, low, high } of summary.cells) {
      const found = bars.filter(({ of, x, y, dy }) => {
        const beside = Math.abs(x - (across.get(num) ?? 0)) < 8;
        const ends = Math.abs(y - down(100 * low)) < 1 && Math.abs(y + dy - down(100 * high)) < 1;
        return of['strategy'] === strategy && beside && ends;
      });
      expect([strategy, num, found.length]).toEqual([strategy, num, 1]);
    }
  });

  test('each baseline is a rule at its mean in the band of its interval', () => {
    const rules = marks(svg, 'line', /stroke-dasharray/);
    const bands = marks(svg, 'path', /rect mark.*opacity="0\.09"/);
    const sides = [...svg.matchAll(/d="M0,([\d.]+)h400v([\d.]+)h-400Z" fill/g)].map(
      ([, top, height]) => [Number(top), Number(top) + Number(height)] as const,
    );
    expect([rules.length, bands.length, sides.length]).toEqual([2, 2, 2]);
    for (const [i, { mean, low, high }] of summary.baselines.entries()) {
      expect(Math.abs((rules[i]?.y ?? 0) - down(100 * mean))).toBeLessThan(1);
      const [top = 0, bottom = 0] = sides[i] ?? [];
      expect(Math.abs(top - down(100 * high))).toBeLessThan(1);
      expect(Math.abs(bottom - down(100 * low))).toBeLessThan(1);
    }
  });

  test('each name stands beside what it names, in its colour', () => {
    const names = marks(svg, 'text', /font-size="11px" font-weight/);
    const ends = new Map(
      summary.cells.filter(({ num }) => num === 3000).map(({ strategy, mean }) => [strategy, mean]),
    );
    const named = [
      ['random rows', ends.get('random'), '#000000'],
      ['by similarity, BCE', ends.get('bce'), '#0072B2'],
      ['by similarity, CE', ends.get('ce'), '#D55E00'],
      ...summary.baselines.map(({ name, mean }) => {
        return [name === 'st' ? 'single task' : 'full MT-DNN', mean, '#595959'] as const;
      }),
    ] as const;
    expect(names).toHaveLength(named.length);
    for (const [text, mean = 0, colour] of named) {
      const found = names.find((each) => each.text === text);
      expect([text, found?.fill]).toEqual([text, colour]);
      // Names that would touch make way for each other.
      expect(Math.abs((found?.y ?? 0) - 3 - down(100 * mean))).toBeLessThan(15);
    }
    expect(order(names.map(({ text, y }) => [text, y]))).toEqual(
      order(named.map(([text, mean = 0]) => [text, down(100 * mean)])),
    );
  });
});

test('points of many strategies at near N stand nearer to their own N than to another', async () => {
  const nums = [500, 600, 700, 800, 8000];
  const strategies = ['random', 'bce', 'ce', 'intask', 'knn', 'dsir', 'loss'];
  const of = runs({ strategies, nums, seeds: [0], baselines: false });
  const view = scene(of, summarise(of), entry('rte').about);
  for (const strategy of strategies) {
    for (const num of nums) {
      const from = (other: number) =>
        Math.abs(xPixels(view, offsetX(view, num, strategy)) - xPixels(view, view.x.place(other)));
      expect(nums.toSorted((a, b) => from(a) - from(b))[0]).toBe(num);
    }
  }
});

test('an interval that goes beyond the best score is cut at the edge, without an end there', async () => {
  const scores = [0.98, 0.9, 1].map((score, seed) => ({ axes: { strategy: 'ce', num: 5, seed }, value: { score } })); // prettier-ignore
  const baselines = { st: [0.85, 0.99, 0.99].map((score, seed) => ({ axes: { seed }, value: { score } })) }; // prettier-ignore
  const of = gatherRuns('rte', { scores, use: [], baselines });
  const summary = summarise(of);
  const [{ high }, { high: best }] = [summary.cells[0], summary.baselines[0]] as [{ high: number }, { high: number }]; // prettier-ignore
  expect([high > 1.01, best > 1.01]).toEqual([true, true]);
  const view = scene(of, summary, entry('rte').about);
  expect(view.y.domain[1]).toBeLessThan(102);
  const svg = await renderSvg(scoreSpec(of, summary, mini));
  const [bar] = marks(svg, 'line', /low: .*high: .*strategy/);
  expect(Math.min(bar?.y ?? NaN, (bar?.y ?? NaN) + (bar?.dy ?? NaN))).toBeCloseTo(0, 6);
  expect(marks(svg, 'path', /aria-roledescription="tick"/)).toHaveLength(1);
  const [band] = [...svg.matchAll(/d="M0,([\d.-]+)h400v([\d.]+)h-400Z" fill/g)];
  expect(Number(band?.[1])).toBeCloseTo(0, 6);
});

test('in the map each row stands at its place, in the colour that the legend gives its task', async () => {
  const tasks = ['mnli', 'rte', 'qqp'];
  const of = ['mnli', 'rte', 'qqp'];
  const places = Float64Array.of(0, 0.1, 0.5, 0.6, 1, 0.9);
  const svg = await renderSvg(
    scatterSpec({ title: 't', origin: mini, tasks, held: new Set(), of, places }),
  );
  const points = marks(svg, 'path', /aria-roledescription="point"/);
  const at = (task: string) => points.find(({ of: its }) => its['task'] === task);
  for (const [i, task] of of.entries()) {
    const [x = 0, y = 0] = places.subarray(2 * i, 2 * i + 2);
    // From -0.03 to 1.03 on both axes, y upwards.
    const scale = 360 / 1.06;
    expect(at(task)?.x).toBeCloseTo((x + 0.03) * scale, 1);
    expect(at(task)?.y).toBeCloseTo(360 - (y + 0.03) * scale, 1);
  }
  const titles = marks(svg, 'text', /\(1\)/);
  const legend = marks(svg, 'path', /fill="#\w+".*opacity="1"/).filter(({ x }) => x > 360);
  expect(titles.map(({ text }) => text)).toEqual(['MNLI (1)', 'RTE (1)', 'QQP (1)']);
  for (const [i, task] of tasks.entries()) {
    const title = titles[i];
    const mark = legend.find(({ y }) => Math.abs(y - ((title?.y ?? 0) - 3)) < 3);
    expect([task, mark?.fill]).toEqual([task, at(task)?.fill]);
  }
});
