import { describe, expect, test } from 'vitest';
import { gatherRuns, gatherSelections } from '../../../src/ml/figure/runs.ts';
import { summarise } from '../../../src/ml/figure/summary.ts';
import { dataCsv, statisticsJson, useCsv } from '../../../src/ml/figure/tables.ts';
import { collections, mini, runs, scoreOf } from './runs.ts';

describe('gathered runs', () => {
  test('stand in the order control, other strategies by name, num and seed as numbers', () => {
    const { cells } = runs({ nums: [1000, 250], seeds: [10, 9] });
    expect(cells.map(({ strategy, num, seed }) => `${strategy} ${num} ${seed}`)).toEqual([
      'random 250 9', 'random 250 10', 'random 1000 9', 'random 1000 10',
      'bce 250 9', 'bce 250 10', 'bce 1000 9', 'bce 1000 10',
      'ce 250 9', 'ce 250 10', 'ce 1000 9', 'ce 1000 10',
    ]); // prettier-ignore
  });

  test('do not depend on the order in which they were collected', () => {
    const there = collections();
    const back = { ...there, scores: there.scores.toReversed(), use: there.use.toReversed() };
    expect(gatherRuns('rte', back)).toEqual(gatherRuns('rte', there));
  });

  test('keep each selection beside its score', () => {
    const cell = runs().cells.find(({ strategy, num }) => strategy === 'bce' && num === 1000);
    expect(cell?.use).toEqual({ mnli: 999, rte: 0, qqp: 1 });
  });

  test('are refused without a score, without an axis, and twice', () => {
    const { scores, use } = collections({ nums: [250], seeds: [0], strategies: ['ce'] });
    const [score] = scores as [(typeof scores)[number]];
    const none = { scores: [{ ...score, value: { score: null } }], use, baselines: {} };
    expect(() => gatherRuns('rte', none)).toThrow(
      "strategy=ce,num=250,seed=0 hold no finite 'score'",
    );
    const axes = { strategy: 'ce', num: 250 };
    expect(() => gatherRuns('rte', { scores: [{ ...score, axes }], use, baselines: {} })).toThrow("'seed'"); // prettier-ignore
    expect(() => gatherRuns('rte', { scores: [...scores, ...scores], use, baselines: {} })).toThrow('two scores'); // prettier-ignore
  });
});

describe('the summary', () => {
  test('has for each cell the mean over its seeds', () => {
    const { cells, seeds } = summarise(runs({ seeds: [0, 1, 2, 3] }));
    const cell = cells.find(({ strategy, num }) => strategy === 'ce' && num === 1000);
    const mean = [0, 1, 2, 3].reduce((sum, seed) => sum + scoreOf(0, 1000, seed), 0) / 4;
    expect(cell?.mean).toBeCloseTo(mean, 12);
    expect(cell).toMatchObject({ n: 4, interval: 't95' });
    expect(seeds).toEqual([0, 1, 2, 3]);
  });

  test('compares with random and with the baselines at the seeds that both have', () => {
    const all = runs();
    const cells = all.cells.filter(({ strategy, seed }) => strategy !== 'random' || seed > 0);
    const { comparisons } = summarise({ ...all, cells });
    const find = (against: string) =>
      comparisons.find((c) => c.strategy === 'ce' && c.num === 250 && c.against === against);
    expect(find('random')?.n).toBe(2);
    expect(find('st')?.n).toBe(3);
    expect(find('random')?.difference).toBeCloseTo(
      ([1, 2].map((s) => scoreOf(0, 250, s) - scoreOf(2, 250, s)) as [number, number]).reduce((a, b) => a + b) / 2,
      12,
    ); // prettier-ignore
    expect(comparisons.some((c) => c.strategy === 'random' && c.against === 'random')).toBe(false);
  });

  test('corrects each family of comparisons by itself', () => {
    const { comparisons } = summarise(runs());
    const family = comparisons.filter(({ against, p }) => against === 'random' && p !== null);
    expect(family.length).toBeGreaterThan(2);
    const least = family.reduce((a, b) => ((a.p as number) <= (b.p as number) ? a : b));
    expect(least.pHolm).toBeCloseTo(Math.min(1, (least.p as number) * family.length), 12);
  });
});

describe('the tables', () => {
  test('of data have one row a cell and seed, and one a baseline and seed', () => {
    const [header, ...rows] = dataCsv(runs({ nums: [250], seeds: [0, 1] }))
      .trimEnd()
      .split('\n');
    expect(header).toBe(
      'primary,strategy,num,seed,score,epoch,passes,rows_mnli,rows_rte,rows_qqp,pool',
    );
    expect(rows).toHaveLength(3 * 2 + 2 * 2);
    expect(rows[0]).toBe(`rte,random,250,0,${scoreOf(2, 250, 0)},3,1000,249,0,1,20000`);
    expect(rows.at(-1)).toBe('rte,mt,,1,0.81,2,,,,,');
  });

  test('of use have one row a selection', () => {
    const selections = gatherSelections(collections({ nums: [0, 250], seeds: [0] }).use);
    expect(useCsv('rte', selections).split('\n').slice(0, 3)).toEqual([
      'primary,strategy,num,seed,mnli,rte,qqp,pool',
      'rte,random,0,0,-1,0,1,20000',
      'rte,random,250,0,249,0,1,20000',
    ]);
  });

  test('of statistics say what data they are of, and have no more digits than mean anything', () => {
    const document = JSON.parse(statisticsJson(summarise(runs()), mini)) as Record<string, unknown>;
    expect(document).toMatchObject({ data: 'mini', metric: 'accuracy', primary: 'rte' });
    const text = statisticsJson(summarise(runs()), mini);
    for (const [number] of text.matchAll(/\d+\.\d+/g)) expect(number.length).toBeLessThan(16);
  });
});
