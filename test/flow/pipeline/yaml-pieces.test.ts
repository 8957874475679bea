import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SourceFile, type Span } from '../../../src/flow/pipeline/source-file.ts';
import { cut } from '../../../src/flow/pipeline/yaml-pieces.ts';
import { parseYaml } from '../../../src/flow/pipeline/parse-yaml.ts';

const whole = (text: string): unknown => parsed(text, Infinity);
const inPieces = (text: string): unknown => parsed(text, 1);

/** With places as a person is shown them: a span ends with its first line. */
function parsed(text: string, pieceLength: number): unknown {
  const file = new SourceFile('p.yaml', text);
  const placed = (_: string, value: unknown): unknown => {
    if (value instanceof Map) return [...value];
    if (typeof value !== 'object' || value === null || !('start' in value)) return value;
    return file.at(value as Span);
  };
  return JSON.parse(JSON.stringify(parseYaml(file, pieceLength), placed));
}

// What stands in a file, well written or not: lines and line ends that a cut may fall between.
const name = fc.constantFrom('a', 'b', 'stages', 'sh', 'long-name', 'a');
const scalar = fc.constantFrom(
  'plain',
  '"quoted: text"',
  '"over\n  lines: x\n  more"',
  "'it''s'",
  'plain over\n      lines',
  '12',
  '12345678901234567890',
  '[1, 2,\n  b: 3]',
  '{ a: 1,\n  b: 2 }',
  '{ a: 1',
  '|\n      text: x\n\n      # text\n',
  '>-\n      text\n      more',
  '|\n  shallow: text',
  '&anchor x',
  '*anchor',
  '!tag x',
  '',
  '# comment',
  'x # comment',
  'a: b',
  '- x',
);
const indent = fc.constantFrom('', '  ', '    ', '  ', '   ', '\t', '      ');
const line = fc.oneof(
  { arbitrary: fc.tuple(indent, name, scalar).map((parts) => linesOf(...parts)), weight: 12 },
  {
    arbitrary: fc.constantFrom('', '# c', '  # c', '    # c', '---', '...', '? a', '}', '"', '- x'),
    weight: 1,
  },
);
const end = fc.constantFrom('\n', '\n', '\n', '\r\n');
const file = fc
  .array(fc.tuple(line, end), { minLength: 1, maxLength: 14 })
  .map((lines) => lines.flat().join(''));

function linesOf(spaces: string, key: string, value: string): string {
  return `${spaces}${key}:${value === '' ? '' : ` ${value}`}`;
}

/** Stages as people write them, so that most files are whole. */
const stage = fc
  .record({
    sh: fc.constantFrom(
      'echo x',
      '"echo \\"x\\""',
      '|\n      one\n      two\n',
      '>\n      folded\n',
    ),
    inputs: fc.constantFrom(
      '{ i: ./w.txt }',
      '{}',
      '\n      i: ./w.txt\n      j: a.o',
      '',
      '&x { i: ./w.txt }',
      '*x',
    ),
    gap: fc.constantFrom('', '\n', '  # about the next\n', '\n# at the left\n\n'),
  })
  .map(({ sh, inputs, gap }) => `    sh: ${sh.trimEnd()}\n    inputs: ${inputs}\n${gap}`);
const pipeline = fc
  .tuple(fc.array(stage, { minLength: 1, maxLength: 6 }), fc.boolean(), fc.boolean())
  .map(([stages, header, footer]) => {
    const section = stages.map((text, at) => `  s${at}:\n${text}`).join('');
    const exports = 'exports:\n  a.txt: s0.o\n  b.txt: s0.o\n';
    return `${header ? '# About\nversion: 1\nname: p\n' : ''}stages:\n${section}${footer ? exports : ''}`;
  });

describe('a file that is parsed in pieces', () => {
  test('is the same tree, with the same places, and has the same mistakes', () => {
    fc.assert(
      fc.property(file, (text) => {
        expect(inPieces(text)).toEqual(whole(text));
      }),
      { numRuns: 3000 },
    );
  });

  test('is the same tree where it is a pipeline', () => {
    fc.assert(
      fc.property(pipeline, (text) => {
        expect(inPieces(text)).toEqual(whole(text));
        const sections = cut(text, 1)?.filter(({ kind }) => kind === 'section');
        expect(sections?.[0]).toMatchObject({ key: { start: text.indexOf('stages') } });
      }),
      { numRuns: 1000 },
    );
  });

  test('is cut between the keys of a long section, and nowhere in a short file', () => {
    const text = 'version: 1\nstages:\n  # first\n  a: 1\n  b:\n    c: 1\n  d: 2\ntargets: [a]\n';
    expect(cut(text)).toBeUndefined();
    const pieces = (cut(text, 4) ?? []).flatMap((part) =>
      part.kind === 'entries' ? [part.piece] : part.pieces,
    );
    expect(pieces.map(({ start, end }) => text.slice(start, end))).toEqual([
      'version: 1\n',
      '  # first\n',
      '  a: 1\n',
      '  b:\n    c: 1\n',
      '  d: 2\n',
      'targets: [a]\n',
    ]);
  });
});
