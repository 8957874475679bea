// What the pictures of a page show: where things stand, and in which colour.
import { h } from 'preact';
import { render } from 'preact-render-to-string';
import { describe, expect, test } from 'vitest';
import { Chart } from '../../../src/flow/web/components/curves.tsx';
import { Exports } from '../../../src/flow/web/components/exports.tsx';
import { Graph } from '../../../src/flow/web/components/graph.tsx';
import {
  fits,
  type Filter,
  noFilter,
  sorted,
} from '../../../src/flow/web/components/instances.tsx';
import { InstanceDetail } from '../../../src/flow/web/components/instance.tsx';
import { RunView } from '../../../src/flow/web/components/run-view.tsx';
import { Summary } from '../../../src/flow/web/components/summary.tsx';
import { Timeline } from '../../../src/flow/web/components/timeline.tsx';
import type { Dag } from '../../../src/flow/pipeline/dag.ts';
import { layoutStages } from '../../../src/flow/web/model/layout.ts';
import type { InstancePage, InstanceState, RunPage } from '../../../src/flow/web/model/page.ts';
import { style } from '../../../src/flow/web/style.ts';
import { states } from '../../../src/flow/web/components/states.tsx';

const instance = (id: string, more: Partial<InstancePage> = {}): InstancePage => ({
  id,
  stage: id.split('@')[0] ?? '',
  axes: {},
  state: 'ran',
  attempt: 1,
  curves: [],
  command: 'sh',
  params: {},
  inputs: [],
  outputs: [],
  ...more,
});

const pageOf = (instances: readonly InstancePage[], more: Partial<RunPage> = {}): RunPage => ({
  run: 'r',
  pipeline: 'p',
  file: 'p.yaml',
  argv: ['run', 'p.yaml'],
  overrides: [],
  state: 'ok',
  startedAt: 1000,
  endedAt: 11_000,
  params: [],
  graph: { width: 100, height: 60, nodes: [], edges: [] },
  instances,
  exports: [],
  metrics: [],
  warnings: [],
  machine: [],
  packages: [],
  ...more,
});

/** Attributes of all elements of a name whose class begins so. */
function elements(html: string, name: string, className = ''): Record<string, string>[] {
  return [...html.matchAll(new RegExp(`<${name}\\b([^>]*?)/?>`, 'g'))]
    .map(([, text = '']) =>
      Object.fromEntries(
        [...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, k = '', v = '']) => [k, v]),
      ),
    )
    .filter((attributes) => (attributes['class'] ?? '').startsWith(className));
}

function expectInOrder(html: string, ...texts: readonly string[]): void {
  const places = texts.map((text) => html.indexOf(text));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
}

const numbers = (element: Record<string, string> | undefined, ...names: readonly string[]) =>
  names.map((name) => Number(element?.[name]));

const line = (points: readonly (readonly [number, number])[]) => ({
  label: 'a',
  group: '',
  points,
});

const drawn = (...points: readonly (readonly [number, number])[]) =>
  (
    elements(render(h(Chart, { title: 't', lines: [line(points)] })), 'polyline')[0]?.['points'] ??
    ''
  )
    .split(' ')
    .map((pair) => pair.split(',').map(Number) as [number, number]);

describe('a curve', () => {
  test('goes to the right with its steps, and up with its values', () => {
    const [first, second, third] = drawn([1, 0.1], [2, 0.9], [4, 0.5]) as [number, number][];
    expect(first?.[0]).toBeLessThan(second?.[0] ?? 0);
    expect((third?.[0] ?? 0) - (second?.[0] ?? 0)).toBeCloseTo(
      2 * ((second?.[0] ?? 0) - (first?.[0] ?? 0)),
      0,
    );
    expect(second?.[1]).toBeLessThan(third?.[1] ?? 0);
    expect(third?.[1]).toBeLessThan(first?.[1] ?? 0);
  });

  test('has its greatest value at the upper tick, and its last step at the right one', () => {
    const html = render(h(Chart, { title: 't', lines: [line([[1, 2], [5, 8]])] })); // prettier-ignore
    const ticks = [
      ...html.matchAll(/<text class="tick" x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</g),
    ].map(([, x, y, text]) => ({ x: Number(x), y: Number(y), text }));
    const at = (text: string) => ticks.find((tick) => tick.text === text);
    expect(at('8')?.y).toBeLessThan(at('2')?.y ?? 0);
    expect(at('1')?.x).toBeLessThan(at('step 5')?.x ?? 0);
  });

  test('leaves out what is no number, instead of vanishing', () => {
    expect(drawn([1, 1], [2, Number.NaN], [3, Infinity], [4, 2])).toHaveLength(2);
  });
});

describe('the timeline', () => {
  test('has what began earlier further left, as wide as it took, in the row of its worker', () => {
    const html = render(
      h(Timeline, {
        page: pageOf([
          instance('a', { startedAt: 1000, endedAt: 3000, lane: 0 }),
          instance('b', { startedAt: 6000, endedAt: 11_000, lane: 1, state: 'failed' }),
          instance('c', { state: 'hit' }),
        ]),
      }),
    );
    const [a, b, ...more] = elements(html.slice(0, html.indexOf('<ul')), 'rect', 'bar');
    expect(more).toEqual([]);
    expect(numbers(a, 'x', 'width')).toEqual([0, 200]);
    expect(numbers(b, 'x', 'width')).toEqual([500, 500]);
    expect(Number(a?.['y'])).toBeLessThan(Number(b?.['y']));
    expect([a?.['class'], b?.['class']]).toEqual(['bar state-ran', 'bar state-failed']);
  });

  test('names the outcome of each colour, and has round times', () => {
    const page = pageOf([
      instance('a', { startedAt: 1000, endedAt: 3000, lane: 0 }),
      instance('b', { startedAt: 3000, endedAt: 9000, lane: 0 }),
      instance('c', { startedAt: 6000, endedAt: 11_000, lane: 1, state: 'failed' }),
      instance('d', { state: 'hit' }),
    ]);
    const html = render(h(Timeline, { page }));
    const legend = html.slice(html.indexOf('<ul')).replaceAll(/<[^>]+>/g, '');
    expect(legend.replaceAll(/\s+/g, ' ').trim()).toBe('✔ ran 2✖ failed 1');
    const times = [...html.matchAll(/<text class="tick"[^>]*>([^<]*)</g)].map(([, text]) => text);
    expect(times).toEqual(['0 s', '2 s', '4 s', '6 s', '8 s', '10 s']);
  });
});

const several = (n: number, state: InstanceState) =>
  Array.from({ length: n }, (_, i) => instance(`s@n=${state}${i}`, { state }));

test('the bar of a stage shows its outcomes in proportion, each in its colour', () => {
  const node = { stage: 's', probe: false, count: 8, x: 50, y: 30, width: 80, height: 40 };
  const graph = { width: 100, height: 60, nodes: [node], edges: [] };
  const page = pageOf([...several(5, 'ran'), ...several(1, 'failed'), ...several(2, 'hit')], {
    graph,
  });
  const html = render(h(Graph, { page, onStage: () => {} }));
  expect(
    elements(html, 'rect', 'bar').map((bar) => [bar['class'], ...numbers(bar, 'x', 'width')]),
  ).toEqual([
    ['bar state-ran', 10, 50],
    ['bar state-hit', 60, 20],
    ['bar state-failed', 80, 10],
  ]);
  expect(html).toContain('aria-label="s: 5 ran, 1 failed, 2 hit"');
});

const variable = (state: string): string =>
  new RegExp(`\\.state-${state}\\b[^{]*\\{[^}]*fill: var\\(--(\\w+)\\)`).exec(style)?.[1] ?? '';

test('every outcome that counts has a colour of its own, in light and in dark', () => {
  expect(['ran', 'ok', 'hit', 'running', 'failed', 'died'].map(variable)).toEqual([
    'ran', 'ran', 'hit', 'running', 'failed', 'failed',
  ]); // prettier-ignore
  for (const state of states) expect([state, variable(state)]).not.toEqual([state, '']);
  for (const scheme of style.split('@media (prefers-color-scheme: dark)').slice(0, 2)) {
    const of = (name: string) => new RegExp(`--${name}: (#\\w+)`).exec(scheme)?.[1];
    const colours = ['ran', 'hit', 'running', 'failed', 'other'].map(of);
    expect(new Set(colours).size).toBe(5);
    expect(colours).not.toContain(undefined);
  }
});

test('a picture says in words what it is', () => {
  const exported = {
    path: 'figures/a.svg',
    instance: 'plot',
    digest: 'sha256:00',
    image: 'data:image/svg+xml,',
  };
  const html = render(h(Exports, { exports: [exported] }));
  expect(html).toContain('alt="figures/a.svg, made by plot"');
});

test('the details keep the lines of a script, and begin with the log of a failure', () => {
  const script = 'sh for i in 1 2; do\n  echo $i\ndone';
  const more = { command: script, log: ['no such file'] };
  const detail = (state: InstanceState) =>
    render(h(InstanceDetail, { instance: instance('a', { ...more, state }) }));
  expect(detail('ran')).toContain(`<pre tabindex="0">${script}</pre>`);
  expectInOrder(detail('failed'), 'no such file', '>Command<');
  expectInOrder(detail('ran'), '>Command<', 'no such file');
});

test('the numbers and figures of a run come before its graph, timeline and table', () => {
  const metrics = [
    { stage: 'a', axes: [], columns: ['loss'], rows: [{ id: 'a', axes: [], values: [0.25] }] },
  ];
  const exports = [{ path: 'a.svg', instance: 'a', digest: 'sha256:00', image: 'data:,' }];
  const page = pageOf([instance('a', { startedAt: 1000, lane: 0 })], { metrics, exports });
  const html = render(h(RunView, { page }));
  const ids = ['exports', 'metrics', 'graph', 'timeline', 'instances'];
  expectInOrder(html, ...ids.map((id) => `id="${id}"`));
  expect(html).toContain('<details open');
});

test('the summary counts outcomes, and what the cache spared', () => {
  const instances = [
    instance('a'),
    instance('b', { state: 'hit', savedMs: 4000 }),
    instance('c', { state: 'hit', savedMs: 3000 }),
  ];
  const html = render(h(Summary, { page: pageOf(instances) }))
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ');
  expect(html).toContain('1 ✔ ran 2 ↺ hit');
  expect(html).toContain('time saved by the cache 7.0 s');
  expect(html).toContain('took 10.0 s');
});

describe('the table of instances', () => {
  const all = [
    instance('fit@n=2', { startedAt: 0, endedAt: 10, state: 'failed' }),
    instance('fit@n=1', { startedAt: 0, endedAt: 900, outputs: [output(5)] }),
    instance('score@n=1', { state: 'hit', outputs: [output(70), output(7)] }),
  ];
  const shown = (filter: Partial<Filter>) =>
    all.filter((one) => fits(one, { ...noFilter, ...filter })).map(({ id }) => id);

  test('is filtered by words of the name, by outcome and by stage, and by all of them', () => {
    expect(shown({})).toHaveLength(3);
    expect(shown({ text: 'N=1  FIT' })).toEqual(['fit@n=1']);
    expect(shown({ state: 'failed' })).toEqual(['fit@n=2']);
    expect(shown({ stage: 'score' })).toEqual(['score@n=1']);
    expect(shown({ stage: 'fit', state: 'hit' })).toEqual([]);
  });

  test.each([
    ['declared', [0, 1, 2]],
    ['name', [1, 0, 2]],
    ['state', [1, 2, 0]],
    ['time', [1, 0, 2]],
    ['size', [2, 1, 0]],
  ] as const)('sorted by %s', (order, places) => {
    expect(sorted(all, order, undefined)).toEqual(places.map((at) => all[at]));
  });
});

function output(size: number) {
  return { name: 'o', path: 'o', tree: false, size };
}

test('the graph is wide enough for its edges, those around the outermost stage too', () => {
  // Each layer reads all that stand above it, so that edges pass by on both sides.
  const ids = Array.from({ length: 12 }, (_, i) => `stage-${i}`);
  const dag = {
    instances: ids.map((id, i) => ({
      id,
      stage: id,
      axes: {},
      probe: false,
      inputs: ids.slice(0, i).map((from, at) => ({
        kind: 'artifact',
        name: `i${at}`,
        from: { instance: from, output: 'o', path: 'o' },
      })),
    })),
  } as unknown as Dag;
  const { width, height, nodes, edges } = layoutStages(dag);
  expect(nodes).toHaveLength(12);
  expect(edges).toHaveLength(66);
  for (const [x, y] of edges.flatMap(({ points }) => points)) {
    expect(x).toBeGreaterThanOrEqual(0);
    expect(x).toBeLessThanOrEqual(width);
    expect(y).toBeLessThanOrEqual(height);
  }
});
