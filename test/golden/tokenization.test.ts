import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { encodeRow } from '../../src/ml/text/row.ts';
import { composeTokenizer } from '../../src/ml/text/tokenizer-json.ts';
import { openTokenizer } from '../../src/ml/text/tokenizer-folder.ts';
import { createTokenizer } from '../../src/ml/text/tokenizer.ts';
import { golden, lacks, models } from './reference.ts';

interface Reference {
  readonly cases: readonly {
    readonly id: number;
    readonly text_a: string;
    readonly text_b: string | null;
    readonly expect: Readonly<
      Record<
        string,
        { readonly fast: { readonly input_ids: number[]; readonly token_type_ids: number[] } }
      >
    >;
  }[];
}

const SETTINGS = [
  ['uncased', 128],
  ['uncased', 32],
  ['cased', 128],
  ['cased', 32],
] as const;

for (const name of ['synthetic', 'glue']) {
  const file = golden(`tokenization/${name}.json`);
  for (const [vocab, maxLength] of SETTINGS) {
    const vocabFile = models(`bert-base-${vocab}/vocab.txt`);
    test.skipIf(lacks(file, vocabFile))(
      `every ${name} text gives the fast tokenizer's ids with the ${vocab} vocabulary at ${maxLength}`,
      () => {
        const { cases } = JSON.parse(readFileSync(file, 'utf8')) as Reference;
        const lines = readFileSync(vocabFile, 'utf8').trimEnd().split('\n');
        const tokenizer = createTokenizer(composeTokenizer(lines, vocab === 'uncased'));
        const wrong = cases.filter(({ text_a: a, text_b: b, expect: expected }) => {
          const { fast } = expected[`${vocab}_${maxLength}`] as (typeof expected)[string];
          const found = encodeRow(tokenizer, b === null ? [a] : [a, b], maxLength);
          const types = found.ids.map((_, i) => (i < found.firstLength ? 0 : 1));
          return (
            JSON.stringify([found.ids, types]) !==
            JSON.stringify([fast.input_ids, fast.token_type_ids])
          );
        });
        expect(wrong.map(({ id }) => id)).toEqual([]);
      },
    );
  }
}

const synthetic = golden('tokenization/synthetic.json');
const miniLm = models('all-MiniLM-L6-v2');
test.skipIf(lacks(synthetic, miniLm))(
  "a tokenizer.json of transformers, whose vocabulary is BERT's, gives the same ids",
  () => {
    const { cases } = JSON.parse(readFileSync(synthetic, 'utf8')) as Reference;
    const tokenizer = openTokenizer(miniLm);
    for (const { id, text_a: a, text_b: b, expect: expected } of cases) {
      const { ids } = encodeRow(tokenizer, b === null ? [a] : [a, b], 128);
      expect({ id, ids }).toEqual({ id, ids: expected['uncased_128']?.fast.input_ids });
    }
  },
);
