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
    ['that JavaScript has encoded for a URL', ["a!'()*b c"], "?k=a!'()*b%20c", '?k=***'],
    ['that a form has encoded', ["a!'()*b c"], 'k=a%21%27%28%29*b+c', 'k=***'],
    ['that Python has quoted', ['a/b ä'], 'k=a/b%20%C3%A4 a%2Fb+%C3%A4', 'k=*** ***'],
    ['with digits in lower case', ['a/b ä'], 'a%2fb%20%c3%a4', '***'],
    ['in JSON of ASCII alone', ['größe'], '"gr\\u00f6\\u00dfe" "gr\\u00F6\\u00DFe"', '"***" "***"'],
    ['in JSON of PHP and Go', ['a/<b>&'], '"a\\/\\u003cb\\u003e\\u0026"', '"***"'],
    [
      'beyond the basic plane',
      ['k😀'],
      '"k\\ud83d\\ude00" k\\U0001f600 k&#128512;',
      '"***" *** ***',
    ],
    ['in HTML', [`a&b<"'>`], `a&amp;b&lt;&quot;&#x27;&gt; a&amp;b&lt;&#34;&#039;&gt;`, '*** ***'],
    ['in HTML of numbers', ['größe/'], 'gr&#246;&#xdf;e&#x2F; gr&#xF6;&#223;e/', '*** ***'],
    [
      'that a shell has quoted',
      [`it's a`],
      `+ echo 'it'\\''s a' it\\'s\\ a 'it'"'"'s a'`,
      `+ echo '***' *** '***'`,
    ],
    ['that Python has shown', [`'"\n`], `'\\'"\\n'`, `'***'`],
    ['as bytes that Python has shown', ['größe'], `b'gr\\xc3\\xb6\\xc3\\x9fe'`, `b'***'`],
    ['that is a backslash and ends so', ['a\\'], 'a\\ a\\x', '*** ***x'],
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
