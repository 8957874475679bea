import { expect, test } from 'vitest';
import type { Diagnostic } from '../../../src/flow/core/diagnostic.ts';
import { diagnosticJson, renderDiagnostics } from '../../../src/flow/report/print-diagnostic.ts';
import { ansiColor, noColor } from '../../../src/flow/report/style.ts';

const reference: Diagnostic = {
  code: 'unknown-reference',
  message: "no stage 'trian'",
  hint: "did you mean 'train'?",
  location: {
    file: 'pipelines/a.yaml',
    line: 7,
    column: 12,
    length: 11,
    text: '    model: trian.model',
  },
};

test('a diagnostic shows place, message, the line with a marker, and the hint', () => {
  expect(renderDiagnostics([reference], noColor)).toBe(
    `pipelines/a.yaml:7:12: error: no stage 'trian' [unknown-reference]
  7 |     model: trian.model
    |            ^^^^^^^^^^^
  hint: did you mean 'train'?
`,
  );
});

test('several are separated by an empty line, and other places follow their diagnostic', () => {
  const other = {
    message: 'first written here',
    location: { file: 'b.yaml', line: 10, column: 1, text: 'a: 1' },
  };
  const twice: Diagnostic = { code: 'duplicate-key', message: 'twice', related: [other] };
  expect(renderDiagnostics([twice, { code: 'x', message: 'plain' }], noColor)).toBe(
    `error: twice [duplicate-key]
  b.yaml:10:1: first written here
  10 | a: 1
     | ^

error: plain [x]
`,
  );
});

test('tabs and control characters cannot move the marker or reach the terminal', () => {
  const location = { file: 'a', line: 1, column: 3, length: 2, text: '\t\u001bxy' };
  const shown = renderDiagnostics([{ code: 'c', message: 'm', location }], noColor);
  expect(shown.split('\n').slice(1, 3)).toEqual(['  1 |  \ufffdxy', '    |   ^^']);
});

test('the marker stands under wide letters', () => {
  const location = { file: 'a', line: 1, column: 3, length: 2, text: '日本語x' };
  const shown = renderDiagnostics([{ code: 'c', message: 'm', location }], noColor);
  expect(shown.split('\n')[2]).toBe('    |     ^^^');
});

test('of a very long line the part round the marker is shown', () => {
  const text = `${'a'.repeat(500)}HERE${'b'.repeat(500)}`;
  const location = { file: 'a', line: 1, column: 501, length: 4, text };
  const [, line = '', marker = ''] = renderDiagnostics(
    [{ code: 'c', message: 'm', location }],
    noColor,
  ).split('\n');
  expect(line.length).toBeLessThan(200);
  expect(line.indexOf('HERE')).toBe(marker.indexOf('^^^^'));
});

test('colour is there only where it is wanted', () => {
  expect(renderDiagnostics([reference], ansiColor)).toContain('\u001b[31merror\u001b[39m');
  expect(renderDiagnostics([reference], noColor)).not.toContain('\u001b');
});

test('as JSON a diagnostic is flat', () => {
  expect(diagnosticJson(reference)).toEqual({
    code: 'unknown-reference',
    file: 'pipelines/a.yaml',
    line: 7,
    column: 12,
    message: "no stage 'trian'",
    hint: "did you mean 'train'?",
  });
  expect(diagnosticJson({ code: 'c', message: 'm' })).toEqual({ code: 'c', message: 'm' });
});
