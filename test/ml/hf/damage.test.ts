// A folder in which something is damaged or missing is used as it is, or refused by name: never half.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { initialWeights } from '../../../src/ml/encoder/init.ts';
import { checkEncoder } from '../../../src/ml/experiment/encoder.ts';
import { writeHfFolder } from '../../../src/ml/hf/folder.ts';
import { openTokenizer, writeTokenizer } from '../../../src/ml/text/tokenizer-folder.ts';
import { SMALL } from '../backend/batches.ts';

const BYTE_LEVEL = fileURLToPath(new URL('../../fixtures/byte-level', import.meta.url));
const WORDS = ['[PAD]', '[CLS]', '[SEP]', '[UNK]', 'a', 'b', '##c'];

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'damage-'));
  const roberta = { ...SMALL, family: 'roberta', padding: 1, segments: 1, vocabSize: 420, layers: 1 } as const; // prettier-ignore
  writeTokenizer(path.join(root, 'words'), WORDS, true);
  for (const [name, config, tokenizer] of [
    ['bert', { ...SMALL, layers: 1 }, path.join(root, 'words')],
    ['roberta', roberta, BYTE_LEVEL],
  ] as const) {
    const weights = initialWeights(config, { heads: [], discriminator: 0 }, 1);
    writeHfFolder(path.join(root, name), { config, dropout: 0, dtype: 'float32', weights, tokenizer }); // prettier-ignore
  }
});
afterAll(() => rmSync(root, { recursive: true }));

/** What goes wrong with a file: bytes are changed, or it ends early. */
const damage = fc.record({
  file: fc.nat(),
  place: fc.nat(),
  byte: fc.option(fc.constantFrom(...Buffer.from('0129-"{}[],:. nefx\u0000')), { nil: undefined }),
  /** Headers lie at a file's begin: half of the damage goes there. */
  head: fc.boolean(),
});

/** Errors that a reader of the message cannot act on. */
const BUGS = [TypeError, RangeError, ReferenceError];

function use(folder: string): void {
  checkEncoder(folder);
  openTokenizer(folder).ids('a bc, it’s');
}

test.each(['bert', 'roberta'])(
  'a damaged folder of a %s is used, or refused by name',
  (name) => {
    const whole = path.join(root, name);
    use(whole);
    const files = readdirSync(whole).sort();
    let refused = 0;
    fc.assert(
      fc.property(damage, ({ file, place, byte, head }) => {
        const folder = path.join(root, 'damaged');
        rmSync(folder, { recursive: true, force: true });
        cpSync(whole, folder, { recursive: true });
        const target = path.join(folder, files[file % files.length] as string);
        const bytes = readFileSync(target);
        const at = place % (head ? Math.min(bytes.length, 2000) : bytes.length);
        if (byte === undefined) writeFileSync(target, bytes.subarray(0, at));
        else {
          bytes[at] = byte;
          writeFileSync(target, bytes);
        }
        try {
          use(folder);
        } catch (error) {
          refused += 1;
          const { message, cause } = error as Error;
          expect(message).toContain(folder);
          // With the message, so that a failure shows it.
          const bug = BUGS.some((Bug) => error instanceof Bug || cause instanceof Bug);
          expect({ message, bug }).toEqual({ message, bug: false });
        }
      }),
      { numRuns: 150 },
    );
    expect(refused).toBeGreaterThan(15);
  },
  240_000,
);
