import { expect, test } from 'vitest';
import { previewOf } from '../../../../src/flow/report/preview/preview-of.ts';
import { metricTables } from '../../../../src/flow/web/model/metrics.ts';
import type { Dag } from '../../../../src/flow/pipeline/dag.ts';

function look(name: string, text: string): string {
  const bytes = new TextEncoder().encode(text);
  const { format, brief } = previewOf(name, bytes, bytes.length);
  return `${format}: ${brief}`;
}

const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const lists = (levels: number): string => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;

test('JSON of more than 100 levels is shown as text', () => {
  expect(look('m.json', nested(100))).toBe('JSON: 1 value');
  expect(look('m.json', `{"a": "${'['.repeat(500)}\\"["}`)).toBe('JSON: 1 value');
  for (const deep of [nested(101), nested(200_000), lists(100), lists(200_000)]) {
    expect(look('m.json', deep)).toBe('text: 1 line');
    expect(look('m.jsonl', `${deep}\n${deep}\n`)).toBe('text: 2 lines');
  }
});

test('metrics of more than 100 levels are no numbers of a page', () => {
  const instance = { id: 'a', stage: 'a', axes: {} };
  const dag = { instances: [instance] } as unknown as Dag;
  const tables = (text: string) => metricTables(dag, new Map([['a', { m: text }]]));
  expect(tables('{"a":{"b":1}}')).toHaveLength(1);
  for (const deep of [nested(200_000), lists(200_000)]) expect(tables(deep)).toEqual([]);
});

test('comments before a drawing are passed in one go, however many there are', () => {
  const comments = '<!---->'.repeat(500);
  expect(look('a.txt', comments)).toBe('text: 1 line');
  expect(look('a.txt', `${comments} x`)).toBe('text: 1 line');
  const svg = '<svg width="3" height="2">';
  expect(look('a.txt', `${comments}<!DOCTYPE svg>\n<!-- > -->${svg}`)).toBe('SVG image: 3 × 2');
  expect(look('a.txt', `<!-- ${svg}`)).toBe('text: 1 line');
});
