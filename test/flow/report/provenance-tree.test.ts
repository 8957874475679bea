import { expect, test } from 'vitest';
import type { InputOrigin, Provenance } from '../../../src/flow/key/manifest.ts';
import { originText } from '../../../src/flow/key/origins.ts';
import { provenanceLines, provenanceTree } from '../../../src/flow/report/provenance-tree.ts';

function made(inputs: Readonly<Record<string, InputOrigin | readonly InputOrigin[]>>): Provenance {
  return { instance: '', stage: '', codeFiles: {}, inputs };
}

const from = (instance: string, output: string): InputOrigin => {
  return { instance, output, key: `key of ${instance}` };
};

const results = new Map([
  ['key of rows@a=1', made({ raw: { source: './raw.csv' } })],
  ['key of rows@a=2', made({ raw: { source: './raw.csv' } })],
  ['key of train@s=0', made({ rows: [from('rows@a=1', 'rows'), from('rows@a=2', 'rows')] })],
]);

test('an artifact is traced back to the sources; equal branches are drawn once', () => {
  const score = made({
    model: from('train@s=0', 'model'),
    rows: [from('rows@a=1', 'rows'), from('rows@a=2', 'rows')],
    lost: from('gone', 'x'),
  });
  const lines = provenanceLines(provenanceTree(score, (key) => results.get(key), originText));
  expect(lines).toEqual([
    'train.model@s=0',
    '  rows.rows@a=1 and 1 more',
    '    ./raw.csv',
    'gone.x',
    'and from above: rows.rows@a=1 and 1 more',
  ]);
});
