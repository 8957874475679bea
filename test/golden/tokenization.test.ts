import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { encodeRow } from '../../src/ml/text/row.ts';
import { composeTokenizer } from '../../src/ml/text/tokenizer-json.ts';
import { openTokenizer } from '../../src/ml/text/tokenizer-folder.ts';
import { createTokenizer } from '../../src/ml/text/tokenizer.ts';
import { readJson } from './padded.ts';
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

const SETTINGS = ['uncased_128', 'uncased_32', 'cased_128', 'cased_32'];

/** A set may have other lengths; those above where there is none to look into. */
function settingsOf(file: string): readonly (readonly [string, number])[] {
  const found = existsSync(file) ? readJson<Reference>(file).cases[0]?.expect : undefined;
  return Object.keys(found ?? Object.fromEntries(SETTINGS.map((name) => [name, name]))).map(
    (name) => {
      const [vocab, length] = name.split('_') as [string, string];
      return [vocab, Number(length)] as const;
    },
  );
}

for (const name of ['synthetic', 'glue']) {
  const file = golden(`tokenization/${name}.json`);
  for (const [vocab, maxLength] of settingsOf(file)) {
    const vocabFile = models(`bert-base-${vocab}/vocab.txt`);
    test.skipIf(lacks(file, vocabFile))(
      `every ${name} text gives the fast tokenizer's ids with the ${vocab} vocabulary at ${maxLength}`,
      () => {
        const { cases } = readJson<Reference>(file);
        expect(cases.length).toBeGreaterThan(0);
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
        // The ids of the cases, not their texts, which may be GLUE's.
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
    const { cases } = readJson<Reference>(synthetic);
    const tokenizer = openTokenizer(miniLm);
    const uncased = settingsOf(synthetic).filter(([vocab]) => vocab === 'uncased');
    for (const [vocab, length] of uncased) {
      for (const { id, text_a: a, text_b: b, expect: expected } of cases) {
        const { ids } = encodeRow(tokenizer, b === null ? [a] : [a, b], length);
        expect({ id, ids }).toEqual({ id, ids: expected[`${vocab}_${length}`]?.fast.input_ids });
      }
    }
  },
);
