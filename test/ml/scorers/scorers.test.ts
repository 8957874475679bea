import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { poolRows } from '../../../src/ml/data/split-file.ts';
import type { SplitFile } from '../../../src/ml/data/split-file.ts';
import { randomScores } from '../../../src/ml/select/random-scores.ts';
import { selectTop } from '../../../src/ml/select/select.ts';
import { useData } from '../../../src/ml/select/use-data.ts';
import { bagger } from '../../../src/ml/scorers/bags.ts';
import { centroid } from '../../../src/ml/scorers/centroid.ts';
import { dsir, length } from '../../../src/ml/scorers/dsir.ts';
import { intaskScores } from '../../../src/ml/scorers/intask.ts';
import { knn } from '../../../src/ml/scorers/knn.ts';
import { scoreWords, wordsOf } from '../../../src/ml/scorers/word-rows.ts';
import type { Fit } from '../../../src/ml/scorers/word-rows.ts';

const rows = (...texts: readonly string[]) => texts.map((text) => wordsOf([text]));
const pool = rows('a cat sat', 'a dog ran', 'stocks fell', 'stocks rose a lot');
const target = rows('the cat slept', 'a cat ran');
const scoresOf = (fit: Fit, ...texts: readonly string[]) =>
  rows(...texts).map(fit(pool, target, 'rte'));

/** The dense vectors that the scorers' definitions name, word by word. */
function dense(of: readonly string[]) {
  const all = ['a cat sat', 'a dog ran', 'stocks fell', 'stocks rose a lot'];
  const words = [...new Set([...all, 'the cat slept', 'a cat ran', ...of].flatMap((text) => text.split(' ')))]; // prettier-ignore
  const idf = (word: string) =>
    Math.log(5 / (1 + all.filter((text) => text.split(' ').includes(word)).length)) + 1;
  const unit = (text: string) => {
    const vector = words.map((word) => text.split(' ').filter((one) => one === word).length * idf(word)); // prettier-ignore
    const norm = Math.hypot(...vector);
    return vector.map((value) => value / norm);
  };
  return { unit, all };
}
const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
const meanOf = (vectors: readonly (readonly number[])[]) =>
  (vectors[0] ?? []).map((_, i) => vectors.reduce((sum, v) => sum + (v[i] ?? 0), 0) / vectors.length); // prettier-ignore

test('words are those of all texts, without case and punctuation', () => {
  expect(wordsOf(['The cat,', 'sat.'])).toEqual(wordsOf(['the CAT sat']));
  expect(wordsOf(['?'])).toHaveLength(0);
});

test('a bag has length 1, and frequent words weigh less', () => {
  const bag = bagger(pool)(wordsOf(['a cat']));
  expect(Math.hypot(...bag.values)).toBeCloseTo(1, 12);
  expect(Math.max(...bag.values) / Math.min(...bag.values)).toBeCloseTo((Math.log(5 / 2) + 1) / (Math.log(5 / 4) + 1), 12); // prettier-ignore
});

test('the centroid is the cosine of its definition', () => {
  const texts = ['a cat ran', 'stocks fell', 'the dog slept'];
  const { unit, all } = dense(texts);
  const middle = meanOf(all.map(unit));
  const off = (vector: readonly number[]) => vector.map((value, i) => value - (middle[i] ?? 0));
  const direction = off(meanOf(['the cat slept', 'a cat ran'].map(unit)));
  const expected = texts.map((text) => {
    const vector = off(unit(text));
    return dot(vector, direction) / (Math.hypot(...vector) * Math.hypot(...direction));
  });
  for (const [i, score] of scoresOf(centroid, ...texts).entries()) {
    expect(score).toBeCloseTo(expected[i] ?? NaN, 10);
  }
  expect(scoresOf(centroid, '')[0]).not.toBeNaN();
});

test('the neighbours are the highest cosines to rows of the primary', () => {
  const texts = ['a cat', 'stocks fell'];
  const { unit } = dense(texts);
  const expected = texts.map(
    (text) => (dot(unit(text), unit('the cat slept')) + dot(unit(text), unit('a cat ran'))) / 2,
  );
  for (const [i, score] of scoresOf(knn, ...texts).entries()) {
    expect(score).toBeCloseTo(expected[i] ?? NaN, 10);
  }
  const many = Array.from({ length: 30 }, (_, i) => wordsOf([i < 10 ? 'a cat' : 'stocks']));
  expect(knn(pool, many, 'rte')(wordsOf(['a cat']))).toBeCloseTo(1, 10);
});

test('DSIR prefers words and pairs of the primary, with noise from the seed', () => {
  const mean = (text: string) => {
    const draws = Array.from({ length: 300 }, (_, seed) => scoresOf(dsir(seed), text)[0] ?? NaN);
    return draws.reduce((sum, value) => sum + value, 0) / draws.length;
  };
  expect(mean('the cat slept')).toBeGreaterThan(mean('stocks fell') + 1);
  expect(scoresOf(dsir(3), 'a cat')).toEqual(scoresOf(dsir(3), 'a cat'));
  expect(scoresOf(dsir(4), 'a cat')).not.toEqual(scoresOf(dsir(3), 'a cat'));
  // The mean of Gumbel noise is Euler's constant.
  expect(mean('')).toBeCloseTo(0.577, 0);
  expect(scoresOf(length, 'a b c', '')).toEqual([3, 0]);
});

const split: SplitFile = {
  seed: 0,
  tasks: new Map([
    ['mnli', { train: 60, kept: null, td: Uint32Array.of(1, 5) }],
    ['rte', { train: 4, kept: Uint32Array.of(0, 2, 3), td: Uint32Array.of(2) }],
    ['cola', { train: 30, kept: null, td: Uint32Array.of() }],
  ]),
};

test('every candidate is scored, by the kept rows of the primary and the pool of the others', () => {
  const words = new Map([...split.tasks].map(([task, { train }]) => [task, Array.from({ length: train }, (_, i) => wordsOf([`${task} ${i}`]))] as const)); // prettier-ignore
  const seen: number[][] = [];
  const fit: Fit = (others, own) => {
    seen.push([others.length, own.length]);
    return (row) => row.length;
  };
  const scores = scoreWords(words, split, ['rte', 'cola'], fit);
  expect(seen).toEqual([[88, 3], [60, 30]]); // prettier-ignore
  for (const { task, rows: scored, values } of scores.tasks) {
    expect(scored).toEqual(poolRows(split, task));
    expect([...values]).toEqual(Array.from({ length: 2 * scored.length }, () => 2));
  }
});

describe('in-task random rows', () => {
  const scores = randomScores(split, ['rte'], 7);
  const of = (dropped = new Map<string, ReadonlySet<number>>()) =>
    ({ scores, primary: 'rte', num: 25, dropped }) as const;
  const chosen = (seed: number, counted = of()) =>
    selectTop(intaskScores(split, counted, seed), split, 'rte', 25, counted.dropped);

  test('are as many of each task as the other selection has, and other rows', () => {
    const other = selectTop(scores, split, 'rte', 25);
    expect(useData(chosen(0), split.tasks.keys())).toEqual(useData(other, split.tasks.keys()));
    const names = (rows: ReturnType<typeof chosen>) => new Set(rows.map(({ task, row }) => `${task} ${row}`)); // prettier-ignore
    expect(names(chosen(0))).not.toEqual(names(other));
    expect(names(chosen(1))).not.toEqual(names(chosen(0)));
  });

  test('have no dropped rows', () => {
    const dropped = new Map([['mnli', new Set(Array.from({ length: 30 }, (_, i) => i))]]);
    const rows = chosen(0, of(dropped));
    expect(rows).toHaveLength(25);
    expect(rows.filter(({ task, row }) => task === 'mnli' && row < 30)).toEqual([]);
  });
});

test('no scorer of the pipelines reads dev or test rows', () => {
  const file = new URL('../../../pipelines/fastmtl.yaml', import.meta.url);
  const { stages } = parse(readFileSync(file, 'utf8')) as {
    readonly stages: Readonly<Record<string, { readonly inputs: unknown }>>;
  };
  const scorers = Object.entries(stages).filter(([name]) => name.startsWith('score-'));
  expect(scorers.length).toBeGreaterThan(8);
  for (const [name, { inputs }] of scorers) {
    expect([name, JSON.stringify(inputs)]).toEqual([name, expect.not.stringMatching(/prepare\.(dev|others|eval_texts)/)]); // prettier-ignore
  }
});
