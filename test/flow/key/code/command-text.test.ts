import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { symbolicText } from '../../../../src/flow/key/code/command-text.ts';
import type { Part, Word } from '../../../../src/flow/pipeline/dag.ts';

describe('the symbolic text of a word', () => {
  test.each<[Word, string]>([
    ['--lr=0.1', '--lr=0.1'],
    [[{ input: 'rows' }], '${inputs.rows}'],
    [['--out=', { output: 'model' }], '--out=${outputs.model}'],
    ['${inputs.rows}', '$${inputs.rows}'],
    ['echo $HOME $$', 'echo $HOME $$'],
    [['$', { input: 'a' }], '$$${inputs.a}'],
    [['$', '{inputs.a}'], '$${inputs.a}'],
  ])('of %j is %s', (word, text) => {
    expect(symbolicText(word)).toBe(text);
  });

  test('names a project file by its place in the project, where it is a word of its own', () => {
    const places = { '/p/x.py': 'x.py' };
    expect(symbolicText('/p/x.py', places)).toBe('${root}/x.py');
    expect(symbolicText("cat '/p/x.py' --a=/p/x.py; a/p/x.py /p/x.pyc $/p/x.py", places)).toBe(
      "cat '${root}/x.py' --a=${root}/x.py; a/p/x.py /p/x.pyc $/p/x.py",
    );
    expect(symbolicText('${root}/x.py', places)).toBe('$${root}/x.py');
  });

  const part = fc.oneof<fc.Arbitrary<Part>[]>(
    fc.string({ unit: fc.constantFrom('$', '{', '}', 'inputs.a', 'outputs.a', 'x') }),
    fc.constantFrom('a', 'b').map((input) => ({ input })),
    fc.constantFrom('a', 'b').map((output) => ({ output })),
  );
  const word = fc.array(part, { maxLength: 5 });

  test('is injective: references and text that looks like one never meet', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        const same = JSON.stringify(join(a)) === JSON.stringify(join(b));
        expect(symbolicText(a) === symbolicText(b)).toBe(same);
      }),
      { numRuns: 2000 },
    );
  });
});

/** Neighbouring text as one, empty text gone: how the parts were cut does not matter. */
function join(parts: readonly Part[]): readonly Part[] {
  const joined: Part[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (typeof part === 'string' && typeof last === 'string')
      joined[joined.length - 1] = last + part;
    else if (part !== '') joined.push(part);
  }
  return joined;
}
