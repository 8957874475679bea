import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drawSplit } from '../../../src/ml/data/draw-split.ts';
import { poolRows } from '../../../src/ml/data/split-file.ts';
import type { SplitFile } from '../../../src/ml/data/split-file.ts';
import { TASKS } from '../../rig/glue-tasks.ts';
import { randomScores } from '../../../src/ml/select/random-scores.ts';
import { readScores, writeScores } from '../../../src/ml/select/scores.ts';
import type { Scores } from '../../../src/ml/select/scores.ts';
import { leakCounts } from '../../../src/ml/select/leak-counts.ts';
import { bestFirst, poolSize, selectTop } from '../../../src/ml/select/select.ts';
import { readChosen, readSelection, rowsByTask, writeSelection } from '../../../src/ml/select/selection.ts'; // prettier-ignore
import { useData } from '../../../src/ml/select/use-data.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'select-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Few different values, so that ties are common. */
const value = fc.constantFrom(-1.5, 0, 0.25, 1e-30, 3);
const scores: fc.Arbitrary<Scores> = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...TASKS), fc.array(fc.tuple(value, value))), {
    selector: ([name]) => name,
  })
  .map((blocks) => ({
    primaries: ['rte', 'stsb'],
    tasks: blocks.map(([task, rows]) => ({
      task,
      rows: Uint32Array.from(rows.keys(), (row) => 3 * row),
      values: Float32Array.from(rows.flat()),
    })),
  }));

const taskOrder = (name: string): number => TASKS.indexOf(name);

/** The split of which exactly the scored rows are candidates, in the order of GLUE's tasks. */
function splitOf({ tasks }: Scores): SplitFile {
  const ordered = tasks.toSorted((a, b) => taskOrder(a.task) - taskOrder(b.task));
  return {
    seed: 0,
    tasks: new Map(
      ordered.map(({ task, rows }) => {
        const train = Math.max(-1, ...rows) + 1;
        const all = Uint32Array.from({ length: train }, (_, row) => row);
        return [task, { train, kept: null, td: all.filter((row) => !rows.includes(row)) }];
      }),
    ),
  };
}
const top = (all: Scores, primary: string, n: number) => selectTop(all, splitOf(all), primary, n);

const size = ({ tasks }: Scores, without: string): number =>
  tasks.reduce((sum, { task, rows }) => sum + (task === without ? 0 : rows.length), 0);

test('a selection has exactly N different rows of the other tasks, best first, ties in order', () => {
  fc.assert(
    fc.property(scores, fc.double({ min: 0, max: 1, noNaN: true }), (all, share) => {
      const n = Math.floor(share * size(all, 'rte'));
      const chosen = top(all, 'rte', n);
      expect(chosen).toHaveLength(n);
      expect(new Set(chosen.map(({ task, row }) => `${task} ${row}`)).size).toBe(n);
      for (const [i, { task, row, score, rank }] of chosen.entries()) {
        expect([task === 'rte', rank]).toEqual([false, i + 1]);
        const before = chosen[i - 1];
        if (before === undefined) continue;
        const tie = before.score === score;
        expect(before.score >= score).toBe(true);
        const ordered = taskOrder(before.task) - taskOrder(task) || before.row - row;
        if (tie) expect(ordered).toBeLessThan(0);
      }
    }),
  );
});

test('a larger selection begins with the smaller one, and leaves out no better row', () => {
  fc.assert(
    fc.property(scores, fc.nat(), (all, seed) => {
      const pool = size(all, 'stsb');
      const n = pool === 0 ? 0 : seed % pool;
      const everything = top(all, 'stsb', pool);
      expect(top(all, 'stsb', n)).toEqual(everything.slice(0, n));
    }),
  );
});

const tiny: Scores = {
  primaries: ['rte'],
  tasks: [
    { task: 'mnli', rows: Uint32Array.of(1, 4), values: Float32Array.of(0.5, 0.1) },
    { task: 'rte', rows: Uint32Array.of(0), values: Float32Array.of(9) },
    { task: 'cola', rows: Uint32Array.of(2), values: Float32Array.of(0.5) },
  ],
};

test('rows that are dropped are not chosen, and exactly N others are', () => {
  const dropped = new Map([['mnli', new Set([1])]]);
  const split = splitOf(tiny);
  expect(selectTop(tiny, split, 'rte', 2, dropped).map(({ task, row }) => [task, row])).toEqual([
    ['cola', 2],
    ['mnli', 4],
  ]);
  expect([poolSize(split, 'rte'), poolSize(split, 'rte', dropped)]).toEqual([3, 2]);
  expect(() => selectTop(tiny, split, 'rte', 3, dropped)).toThrow(
    'less those that train the TD-MTDNN and those that repeat evaluation rows',
  );
});

test('random rows keep their order when others are dropped', () => {
  const scores = randomScores(split, ['rte'], 5);
  const all = selectTop(scores, split, 'rte', 300);
  const gone = new Set(all.slice(0, 20).flatMap(({ task, row }) => (task === 'mnli' ? [row] : [])));
  const left = selectTop(scores, split, 'rte', 200, new Map([['mnli', gone]]));
  const kept = all.filter(({ task, row }) => task !== 'mnli' || !gone.has(row)).slice(0, 200);
  expect(left.map(({ task, row }) => `${task} ${row}`)).toEqual(kept.map(({ task, row }) => `${task} ${row}`)); // prettier-ignore
});

const leak = (task: string, row: number, side: string) => ({
  task,
  row,
  split: side,
  of: '0',
  similarity: 1,
});

test('leaks are counted for dev and test in the selection, the pool, the own rows and the TD rows', () => {
  const leaks = [leak('mnli', 1, 'dev'), leak('mnli', 0, 'dev'), leak('cola', 2, 'test'), leak('rte', 0, 'test')];
  const split = splitOf(tiny);
  const chosen = selectTop(tiny, split, 'rte', 1);
  // Row 0 of mnli is no candidate: it trains the TD-MTDNN.
  expect(leakCounts(leaks, split, 'rte', chosen)).toEqual({
    leak_dev: 1, leak_pool_dev: 1, leak_own_dev: 0, leak_td_dev: 1,
    leak_test: 0, leak_pool_test: 1, leak_own_test: 1, leak_td_test: 0,
  });
}); // prettier-ignore

test('more rows than the pool has fail with both numbers', () => {
  expect(() => top(tiny, 'rte', 4)).toThrow('4 rows are asked for, but the pool for rte has 3');
});

test('a primary that nothing was scored for fails by name', () => {
  expect(() => top(tiny, 'mrpc', 1)).toThrow('nothing is scored for mrpc');
});

test('a selection is written with its ranks and read by task, rows ascending', () => {
  const file = path.join(folder, 'selection.tsv');
  const chosen = top(tiny, 'rte', 3);
  writeSelection(file, chosen);
  expect(readFileSync(file, 'utf8')).toBe(
    'task\trow\tscore\trank\nmnli\t1\t0.5\t1\ncola\t2\t0.5\t2\nmnli\t4\t0.10000000149011612\t3\n',
  );
  expect(readChosen(file)).toEqual(chosen);
  expect([...readSelection(file)]).toEqual([
    ['mnli', Uint32Array.of(1, 4)],
    ['cola', Uint32Array.of(2)],
  ]);
  expect(useData(chosen, ['mnli', 'rte', 'cola'])).toEqual({ mnli: 2, rte: 0, cola: 1 });
  writeSelection(file, []);
  expect(readSelection(file).size).toBe(0);
});

test('scores of any float32 read back as they were', () => {
  const file = path.join(folder, 'scores.tsv');
  const float = fc.float({ noNaN: true }).map((x) => x + 0); // -0 is written 0
  fc.assert(
    fc.property(fc.array(fc.tuple(float, float)), (rows) => {
      const all: Scores = {
        primaries: ['mrpc', 'stsb'],
        tasks: rows.length === 0 ? [] : [
          { task: 'qqp', rows: Uint32Array.from(rows.keys()), values: Float32Array.from(rows.flat()) },
        ], // prettier-ignore
      };
      writeScores(file, all);
      expect(readScores(file)).toEqual(all);
    }),
    { numRuns: 50 },
  );
});

test('a scorer may write its rows in any order, and more rows than the candidates', () => {
  const split = splitOf(tiny);
  const turned = {
    primaries: ['rte'],
    tasks: [
      { task: 'cola', rows: Uint32Array.of(2, 0), values: Float32Array.of(0.5, 7) },
      { task: 'mnli', rows: Uint32Array.of(4, 1), values: Float32Array.of(0.1, 0.5) },
    ],
  };
  expect(selectTop(turned, split, 'rte', 3)).toEqual(selectTop(tiny, split, 'rte', 3));
});

test.each([
  ['leaves out a candidate', [['mnli', [1]], ['cola', [2]]], 'row 4 of mnli has no score: a scorer scores every candidate, 2 rows of mnli'],
  ['leaves out a task', [['mnli', [1, 4]]], 'row 2 of cola has no score'],
  ['scores a row twice', [['mnli', [1, 4, 1]], ['cola', [2]]], 'row 1 of mnli is scored twice'],
  ['scores a row that the task lacks', [['mnli', [1, 4, 5]], ['cola', [2]]], 'row 5 of mnli is scored, which has rows 0 to 4'],
  ['scores a task that is none', [['mnli', [1, 4]], ['cola', [2]], ['xnli', [0]]], "rows of 'xnli' are scored, which is not among the tasks: mnli, rte, cola"],
] as readonly [string, readonly (readonly [string, readonly number[]])[], string][])('a scorer that %s is refused', (_, blocks, message) => {
  const tasks = blocks.map(([task, rows]) => ({ task, rows: Uint32Array.from(rows), values: new Float32Array(rows.length) }));
  expect(() => selectTop({ primaries: ['rte'], tasks }, splitOf(tiny), 'rte', 1)).toThrow(message);
}); // prettier-ignore

test('lines may end as on Windows', () => {
  const [scores, chosen] = [path.join(folder, 'crlf.tsv'), path.join(folder, 'crlf-selection.tsv')];
  writeFileSync(scores, 'task\trow\trte\r\nmnli\t3\t0.5\r\n');
  expect(readScores(scores)).toEqual({
    primaries: ['rte'],
    tasks: [{ task: 'mnli', rows: Uint32Array.of(3), values: Float32Array.of(0.5) }],
  });
  writeFileSync(chosen, 'task\trow\tscore\trank\r\nmnli\t3\t0.5\t1\r\n');
  expect(readChosen(chosen)).toEqual([{ task: 'mnli', row: 3, score: 0.5, rank: 1 }]);
});

test('a score that cannot be ranked is written by no scorer', () => {
  const nan = {
    task: 'qqp',
    rows: Uint32Array.of(7),
    values: Float32Array.of(Number.NaN),
  } as const;
  expect(() =>
    writeScores(path.join(folder, 'nan.tsv'), { primaries: ['rte'], tasks: [nan] }),
  ).toThrow('the score of qqp row 7 is NaN');
});

test.each([
  ['row\ttask\trte\n', /:1: the header begins with task, row/],
  ['task\trow\trte\n\t0\t1\n', /:2: not a task, a row and 1 scores/],
  ['task\trow\trte\nmnli\t0\n', /:2: not a task, a row and 1 scores/],
  ['task\trow\trte\nmnli\t0\tNaN\n', /:2: 'NaN' is not a score/],
])('a file of scores that another tool wrote wrongly is refused: %j', (text, message) => {
  const file = path.join(folder, 'wrong.tsv');
  writeFileSync(file, text);
  expect(() => readScores(file)).toThrow(message);
});

test.each([
  ['', /:1: the header is task, row, score, rank/],
  ['task\trow\tscore\trank\nmnli\t\t0.5\t1\n', /:2: not a task, a row, a score and a rank/],
  ['task\trow\tscore\trank\nmnli\t1.5\t0.5\t1\n', /:2: not a task, a row, a score and a rank/],
  ['task\trow\tscore\trank\nmnli\t-1\t0.5\t1\n', /:2: not a task, a row, a score and a rank/],
  ['task\trow\tscore\trank\nmnli\t1\t0.5\t1\nmnli\t1\t0.5\t2\n', /:3: mnli row 1 occurs twice/],
])('a selection that another tool wrote wrongly is refused: %j', (text, message) => {
  const file = path.join(folder, 'wrong-selection.tsv');
  writeFileSync(file, text);
  expect(() => readChosen(file)).toThrow(message);
});

const split = drawSplit(new Map([['mnli', 300], ['rte', 50], ['cola', 100]]), { seed: 1, tdRows: 20, lowResource: null }); // prettier-ignore

test('the random scorer scores the whole pool, and no two rows alike', () => {
  const random = randomScores(split, ['rte', 'mrpc'], 5);
  for (const { task, rows } of random.tasks) expect(rows).toEqual(poolRows(split, task));
  const values = random.tasks.flatMap((block) => [...block.values].filter((_, i) => i % 2 === 0));
  expect(values.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 390 }, (_, i) => i));
});

const randomRows = (primaries: ('rte' | 'mrpc')[], seed: number, primary: 'rte' | 'mrpc') =>
  rowsByTask(selectTop(randomScores(split, primaries, seed), split, primary, 50));

test('the random scorer follows the seed and the primary, and asks nothing of the other primaries', () => {
  expect(randomRows(['rte', 'mrpc'], 5, 'rte')).toEqual(randomRows(['rte'], 5, 'rte'));
  expect(randomRows(['rte'], 6, 'rte')).not.toEqual(randomRows(['rte'], 5, 'rte'));
  expect(randomRows(['mrpc'], 5, 'mrpc')).not.toEqual(randomRows(['rte'], 5, 'rte'));
});

test('the random scorer takes tasks as often as the pool has them', () => {
  let mnli = 0;
  for (let seed = 0; seed < 400; seed++) {
    const chosen = selectTop(randomScores(split, ['rte'], seed), split, 'rte', 36);
    mnli += useData(chosen, split.tasks.keys())['mnli'] ?? 0;
  }
  // 280 of 360: 28 of 36 a draw; the mean of 400 draws has a standard deviation of about 0.12.
  expect(Math.abs(mnli / 400 - 28)).toBeLessThan(0.6);
});

test('a value that is no number has no rank', () => {
  expect([...bestFirst([1, Infinity, -Infinity, 1])]).toEqual([1, 0, 3, 2]);
  expect(() => bestFirst([1, Number.NaN])).toThrow('value 1 is NaN and cannot be ranked');
});
