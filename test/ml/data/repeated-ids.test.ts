import { expect, test } from 'vitest';
import { RepeatedIds } from '../../../src/ml/data/repeated-ids.ts';

const rows = (...ids: readonly string[]) =>
  ids.map((id) => ({ id, label: 0, texts: ['a'] as const }));

test('ids that several rows of one split have are told with their number', () => {
  const repeated = new RepeatedIds();
  repeated.add('train', rows('1', '2', '3', '2'));
  repeated.add('train', rows('1', '2'));
  repeated.add('dev', rows('1', '2'));
  expect(repeated.notes('topic')).toEqual([
    "topic: 3 rows of train repeat the id of an earlier row, as '2'; name another column as 'id', or none",
  ]);
});
