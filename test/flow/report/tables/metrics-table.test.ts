import { expect, test } from 'vitest';
import {
  csvLines,
  metricsTable,
  type TableEntry,
} from '../../../../src/flow/report/tables/metrics-table.ts';

function entry(num: number, seed: number, params: TableEntry['params'], score: number): TableEntry {
  return { axes: { num, seed }, params, values: [{ score, num }], about: { run: 'r' } };
}

test('axes come first, then the params that differ, then what was measured; sorted by axes', () => {
  const table = metricsTable([
    entry(1000, 0, { lr: 0.1, epochs: 3 }, 0.8),
    entry(250, 1, { lr: 0.1, epochs: 3 }, 0.7),
    entry(250, 0, { lr: 0.1, epochs: 5 }, 0.6),
  ]);
  expect(csvLines(table)).toEqual([
    'num,seed,epochs,score,run',
    '250,0,5,0.6,r',
    '250,1,3,0.7,r',
    '1000,0,3,0.8,r',
  ]);
});

test('a list that all results have alike is no column, one that differs is', () => {
  const [tasks, ids] = [
    ['rte', 'mrpc'],
    [1, 2],
  ];
  const alike = [entry(250, 0, { tasks, ids }, 0.6), entry(250, 1, { tasks, ids }, 0.7)];
  expect(csvLines(metricsTable(alike))[0]).toBe('num,seed,score,run');
  const other = [...alike, entry(250, 2, { tasks, ids: [1] }, 0.8)];
  expect(csvLines(metricsTable(other))).toEqual([
    'num,seed,ids,score,run',
    '250,0,"[1,2]",0.6,r',
    '250,1,"[1,2]",0.7,r',
    '250,2,[1],0.8,r',
  ]);
});

test('null is a value of a param as others are', () => {
  const entries = [entry(250, 0, { rows: null }, 0.6), entry(250, 1, { rows: 90 }, 0.7)];
  expect(csvLines(metricsTable(entries))).toEqual([
    'num,seed,rows,score,run',
    '250,0,,0.6,r',
    '250,1,90,0.7,r',
  ]);
});

test('a param that some results do not have is no difference; a measure of its name stands beside it', () => {
  const one = { axes: { a: 'x' }, params: { lr: 1 }, values: [{ lr: 9 }], about: {} };
  const other = { axes: { a: 'y' }, params: {}, values: [{ lr: 8, text: 'a,b' }], about: {} };
  expect(csvLines(metricsTable([one, other]))).toEqual(['a,lr,text', 'x,9,', 'y,8,"a,b"']);
  const third = { ...other, params: { lr: 2 } };
  expect(csvLines(metricsTable([one, third]))[0]).toBe('a,lr,lr.measured,text');
});
