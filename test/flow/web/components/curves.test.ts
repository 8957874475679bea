import { expect, test } from 'vitest';
import { render } from 'preact-render-to-string';
import { Chart } from '../../../../src/flow/web/components/curves.tsx';

test.each([
  [[1e308, 1e308]],
  [[-1.7e308, 1.7e308]],
  [[Number.MAX_VALUE, -Number.MAX_VALUE]],
  [[Number.MAX_VALUE, Number.MAX_VALUE]],
  [[3, 3]],
])('a curve of %j has finite places inside its picture', (values) => {
  const points = values.map((value, step) => [step, value] as const);
  const svg = render(Chart({ title: 't', lines: [{ label: 'l', group: '', points }] }));
  expect(svg).not.toMatch(/NaN|Infinity/);
  const places = /points="([^"]*)"/.exec(svg)?.[1]?.split(' ') ?? [];
  expect(places).toHaveLength(values.length);
  for (const place of places) {
    const [, y = NaN] = place.split(',').map(Number);
    expect(y >= 8 && y <= 148).toBe(true);
  }
});
