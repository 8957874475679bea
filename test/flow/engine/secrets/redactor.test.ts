import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Redactor } from '../../../../src/flow/engine/secrets/redactor.ts';

/** What comes out when the text arrives in these pieces. */
function through(secrets: readonly string[], pieces: readonly Uint8Array[]): string {
  const redactor = new Redactor(secrets);
  return Buffer.concat([...pieces.map((piece) => redactor.push(piece)), redactor.end()]).toString();
}

function pieces(text: string, cuts: readonly number[]): readonly Uint8Array[] {
  const bytes = Buffer.from(text);
  const at = [
    0,
    ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b),
    bytes.length,
  ];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

describe('a secret', () => {
  test.each<[string, readonly string[], string, string]>([
    ['as it stands', ['s3cret'], 'a s3cret b s3cret', 'a *** b ***'],
    ['that begins another', ['abc', 'abcdef'], 'abc abcdef abcde', '*** *** ***de'],
    ['that another holds', ['xabcy', 'abc'], 'xabcy xabc', '*** x***'],
    ['that repeats itself', ['abab'], 'abababab ab', '****** ab'],
    ['in JSON', ['a"b\\c'], '{"k":"a\\"b\\\\c"}', '{"k":"***"}'],
    ['in a URL', ['a/b c'], '?k=a%2Fb%20c', '?k=***'],
    ['of several lines, line by line', ['BEGIN 12345\nMIIEvQIBA\nend'], 'x MIIEvQIBA', 'x ***'],
    ['without the end of its line', ['tk-1a2\n'], 'a tk-1a2.', 'a ***.'],
    ['in one line, as a note tells it', ['a b\tc1\r\nd2'], 'note a b c1 d2', 'note ***'],
    ['in other letters', ['größe'], 'die größe', 'die ***'],
    ['that means something to a pattern', ['.*+?$(x)'], 'a .*+?$(x) .x', 'a *** .x'],
  ])('%s is masked, however the stream is cut', (_what, secrets, text, masked) => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { maxLength: 12 }), (cuts) => {
        expect(through(secrets, pieces(text, cuts))).toBe(masked);
      }),
      { numRuns: 300 },
    );
    expect(new Redactor(secrets).text(text)).toBe(masked);
  });

  test('never comes out of any stream, and nothing else is lost', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 4 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 30 });
    fc.assert(
      fc.property(
        fc.array(letters, { minLength: 1, maxLength: 3 }),
        text,
        fc.array(fc.nat(100), { maxLength: 10 }),
        (secrets, whole, cuts) => {
          const out = through(secrets, pieces(whole, cuts));
          expect(out).toBe(new Redactor(secrets).text(whole));
          for (const secret of secrets) expect(out).not.toContain(secret);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('that nothing suggests holds nothing back', () => {
    const redactor = new Redactor(['s3cret']);
    expect(redactor.push(Buffer.from('a line\n')).toString()).toBe('a line\n');
    expect(redactor.push(Buffer.from('less')).toString()).toBe('les');
  });
});
