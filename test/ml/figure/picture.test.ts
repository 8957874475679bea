import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { fonts } from '../../../src/ml/figure/font.ts';
import { renderPng } from '../../../src/ml/figure/png.ts';
import { renderSvg } from '../../../src/ml/figure/render.ts';
import { originTitle } from '../../../src/ml/figure/origin.ts';
import { scatterSpec } from '../../../src/ml/figure/scatter-spec.ts';
import { scoreSpec } from '../../../src/ml/figure/score-spec.ts';
import { summarise } from '../../../src/ml/figure/summary.ts';
import { gatherRuns } from '../../../src/ml/figure/runs.ts';
import { entry } from '../../rig/glue-tasks.ts';
import { mini, runs } from './runs.ts';
import type { Shape } from './runs.ts';

const glue = { ...mini, data: 'glue' };

const draw = (shape: Shape = {}, origin = mini): Promise<string> => {
  const of = runs(shape);
  return renderSvg(scoreSpec(of, summarise(of), origin));
};

/** The words of an SVG. */
const words = (svg: string): readonly string[] =>
  [...svg.matchAll(/<(?:text|tspan)[^>]*>([^<]+)</g)].map(([, text]) => text as string);

describe('the figure', () => {
  test('says what it shows, of what data, over how many seeds', async () => {
    const text = words(await draw());
    expect(text).toContain('RTE: dev accuracy against auxiliary rows');
    expect(text).toContain('mini: synthetic data · mean and 95 % t interval over 3 seeds');
    expect(text).toContain('dev accuracy (%)');
    expect(text).toContain('auxiliary rows selected, N (logarithmic), and their share of the pool');
    expect(text).toContain('5 %');
    expect(text).toEqual(expect.arrayContaining(['250', '1,000', '3,000']));
  });

  test('names every line and rule beside it', async () => {
    expect(words(await draw())).toEqual(
      expect.arrayContaining(['random rows', 'by similarity, BCE', 'by similarity, CE', 'single task', 'full MT-DNN']), // prettier-ignore
    );
    const bare = words(await draw({ baselines: false }));
    expect(bare).not.toContain('single task');
  });

  test('says that N is not the whole cost, unless only random rows are shown', async () => {
    const note = expect.stringContaining('cost extra') as string;
    expect(words(await draw())).toContainEqual(note);
    expect(words(await draw({ strategies: ['random'] }))).not.toContainEqual(note);
  });

  test.each([
    [[0], 'mini: synthetic data · 1 seed'],
    [[0, 1], 'mini: synthetic data · mean and range over 2 seeds'],
    [[0, 1, 2, 3], 'mini: synthetic data · mean and 95 % t interval over 4 seeds'],
  ])('over the seeds %j has the subtitle %s', async (seeds, subtitle) => {
    expect(words(await draw({ seeds, primary: 'mrpc' }))).toContain(subtitle);
  });

  test.each([
    [
      { ...glue, settings: 'paper', encoder: 'data/bert-base-cased/' },
      'GLUE · profile paper · bert-base-cased',
    ],
    [glue, 'GLUE · no profile · new encoder, 2 × 64'],
    [{ ...mini, settings: 'quick' }, 'mini: synthetic data · profile quick'],
  ])('of other data or settings names profile and encoder: %#', async (origin, line) => {
    expect(words(await draw({ seeds: [0] }, origin))).toEqual(
      expect.arrayContaining([line, '1 seed']),
    );
  });

  test('every profile of the pipelines that reads GLUE names itself', () => {
    const text = readFileSync(new URL('../../../pipelines/fastmtl.yaml', import.meta.url), 'utf8');
    const { profiles } = parse(text) as {
      readonly profiles: Readonly<
        Record<string, { readonly data?: string; readonly settings?: string }>
      >;
    };
    const named = Object.entries(profiles).map(([name, { data, settings }]) => {
      return data !== 'glue' || settings === name || settings?.startsWith(`${name}:`) === true;
    });
    expect(named.length).toBeGreaterThan(1);
    expect(named).not.toContain(false);
  });

  test('gives every text its width, so that no other font clips it', async () => {
    const svg = await draw({ primary: 'stsb' });
    const texts = [...svg.matchAll(/<(?:text|tspan)([^>]*)>([^<]+)</g)];
    expect(texts.length).toBeGreaterThan(15);
    for (const [, attributes, text = ''] of texts) {
      expect([text, attributes]).toEqual([text, expect.stringMatching(/ textLength="[1-9]/)]);
    }
    const [, width] = /width="(\d+)"/.exec(svg) ?? [];
    const [, name] = /textLength="([\d.]+)"[^>]*>by similarity, BCE</.exec(svg) ?? [];
    const [, at] = /translate\(([\d.]+),[^>]*>by similarity, BCE</.exec(svg) ?? [];
    const [, left] = /<g [^>]*transform="translate\(([\d.]+),\d+\)"/.exec(svg) ?? [];
    expect(Number(left) + Number(at) + Number(name)).toBeLessThan(Number(width));
  });

  test('draws a correlation for STS-B', async () => {
    const text = words(await draw({ primary: 'stsb' }));
    expect(text).toContain('STS-B: dev Pearson correlation against auxiliary rows');
    expect(text).toContain('dev Pearson correlation (× 100)');
  });

  test('has a mark a mean, a faint one a run, and a bar an interval', async () => {
    const svg = await draw({ baselines: false });
    const marks = (role: RegExp): number => (svg.match(role) ?? []).length;
    expect(marks(/aria-roledescription="point"/g)).toBe(3 * 3 * 3 + 3 * 3);
    expect(marks(/aria-roledescription="line mark"/g)).toBe(3);
  });

  test('copes with one N, with N = 0 alone, and with N = 0 beside others', async () => {
    for (const nums of [[500], [0], [0, 250, 3000], [0, 100]]) {
      const svg = await draw({ nums });
      expect(svg).not.toMatch(/NaN|Infinity/);
      expect(words(svg)).toContain(String(nums[0]));
    }
  });

  test.each([
    ['stsb', -0.315, 0.001],
    ['rte', 0.99, 0.001],
    ['rte', 0.7, 0.1],
  ])(
    'has room for the title of the scores beside their labels (%s from %d)',
    async (primary, least, step) => {
      const scores = [0, 1, 2].map((seed) => ({ axes: { strategy: 'ce', num: 9, seed }, value: { score: least + step * seed } })); // prettier-ignore
      const of = gatherRuns(primary, { scores, use: [], baselines: {} });
      const svg = await renderSvg(scoreSpec(of, summarise(of), mini));
      const [, left] = /<g [^>]*transform="translate\(([\d.]+),54\)"/.exec(svg) ?? [];
      const [, x] =
        /translate\(([-\d.]+),[\d.]+\) rotate\(-90\) translate\(0,-2\)"[^>]*>dev /.exec(svg) ?? [];
      // Its letters are 9 high, to the left of their base line, which is 2 left of x.
      expect(Number(left) + Number(x)).toBeGreaterThan(11 + 2);
    },
  );

  test('is the same bytes every time', async () => {
    const first = await draw();
    await draw({ primary: 'mrpc' });
    expect(await draw()).toBe(first);
    expect(renderPng(first).equals(renderPng(first))).toBe(true);
  });
});

const cells = (leak: number) => [0, 1].map((seed) => ({ axes: { strategy: 'ce', num: 9, seed }, value: { mnli: 9, pool: 99, leak_dev: seed * leak, leak_test: 2 * seed * leak } })); // prettier-ignore

test('the caption names the largest numbers of chosen rows that repeat evaluation rows', async () => {
  const scores = [0, 1].map((seed) => ({ axes: { strategy: 'ce', num: 9, seed }, value: { score: 0.5 } })); // prettier-ignore
  const svg = async (leak: number) => {
    const of = gatherRuns('mrpc', { scores, use: cells(leak), baselines: {} });
    return words(await renderSvg(scoreSpec(of, summarise(of), mini)));
  };
  expect(await svg(7)).toContain(
    'Chosen rows that repeat rows of MRPC, at most: 7 of dev (by similarity, CE, N = 9), 14 of test (by similarity, CE, N = 9).',
  );
  expect((await svg(0)).join(' ')).not.toContain('repeat');
});

test.each([
  ['mini', ['glue', 'glue'], 'mini: synthetic data'],
  ['glue', ['glue'], 'GLUE · no profile · new encoder, 2 × 64'],
  [
    'mini',
    ['own', 'glue'],
    'own tasks and mini: synthetic data · no profile · new encoder, 2 × 64',
  ],
  ['mini', ['own'], 'own tasks · no profile · new encoder, 2 × 64'],
] as const)('with %s and tasks of %j the data is called %s', (data, origins, title) => {
  const tasks = origins.map((origin) => ({ ...entry('rte').about, origin }));
  expect(originTitle({ ...mini, data, tasks })).toBe(title);
});

describe('the map', () => {
  const tasks = ['mnli', 'rte'];
  const of = ['mnli', 'rte', 'mnli'];
  const places = Float64Array.of(0, 0, 0.5, 0.5, 1, 1);
  const map = {
    title: 'What the task discriminator sees (CE)',
    origin: mini,
    tasks,
    held: new Set(['rte']),
    of,
    places,
  };

  test('has a point a row and a legend of the tasks with their counts', async () => {
    const svg = await renderSvg(scatterSpec(map));
    expect(words(svg)).toEqual([
      'MNLI (2)',
      'RTE (1 dev)',
      'What the task discriminator sees (CE)',
      'mini: synthetic data · t-SNE of 3 pooled vectors',
    ]);
    expect(svg.match(/aria-roledescription="point"/g)).toHaveLength(3);
    const marks = [
      ...svg.matchAll(
        /aria-roledescription="point"[^>]*? d="M[^A-Z]*([A-Z])[^"]*" fill="([^"]*)"/g,
      ),
    ];
    expect(new Set(marks.map(([, shape, colour]) => `${shape} ${colour}`)).size).toBe(2);
    expect(new Set(marks.map(([, shape]) => shape)).size).toBe(2);
  });
});

const word = (text: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20"><text x="5" y="15" font-family="Arimo, Arial, Helvetica, sans-serif">${text}</text></svg>`;

describe('the PNG', () => {
  const packaged = !fonts().system;

  test('has three pixels for each of the SVG', async () => {
    const svg = await draw();
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
    const png = renderPng(svg);
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([3 * Number(width), 3 * Number(height)]); // prettier-ignore
  });

  test.skipIf(!packaged)(
    'has its words on a machine without fonts (needs the font package)',
    () => {
      // The package's files are the only fonts: where they had no letters, both would be blank.
      expect(renderPng(word('RTE')).equals(renderPng(word('')))).toBe(false);
      expect(renderPng(word('RTE')).equals(renderPng(word('CoLA')))).toBe(false);
    },
  );
});
