import { describe, expect, test } from 'vitest';
import { Stream } from '../../../src/ml/random.ts';
import { conditional, symmetric } from '../../../src/ml/tsne/affinities.ts';
import { Divergence } from '../../../src/ml/tsne/gradient.ts';
import { Quadtree } from '../../../src/ml/tsne/quadtree.ts';
import { TSNE_DEFAULTS, tsne, unitSquare } from '../../../src/ml/tsne/tsne.ts';
import { nearestNeighbours } from '../../../src/ml/tsne/vp-tree.ts';
import type { Points } from '../../../src/ml/tsne/vp-tree.ts';

const CLUSTERS = 4;

/** Clusters one after the other, far from each other. */
function clustered(n: number, d: number, distance: number): Points {
  const stream = Stream.named(5, 'clusters');
  const centres = Float64Array.from({ length: CLUSTERS * d }, () => distance * stream.normal());
  const cluster = (i: number): number => Math.floor((i * CLUSTERS) / n);
  const values = Float32Array.from(
    { length: n * d },
    (_, at) => (centres[cluster(Math.floor(at / d)) * d + (at % d)] as number) + stream.normal(),
  );
  return { n, d, values };
}

function scattered(n: number, scale: number): Float64Array {
  const stream = Stream.named(9, 'places');
  return Float64Array.from({ length: 2 * n }, () => scale * stream.normal());
}

/** The sums of Quadtree.repulsion, point by point. */
function direct(places: Float64Array, i: number) {
  let [sum, x, y] = [0, 0, 0];
  for (let j = 0; j < places.length; j += 2) {
    const dx = (places[2 * i] as number) - (places[j] as number);
    const dy = (places[2 * i + 1] as number) - (places[j + 1] as number);
    const w = 1 / (1 + dx * dx + dy * dy);
    sum += w;
    x += w * w * dx;
    y += w * w * dy;
  }
  return { sum, x, y };
}

/** The largest relative error over all points. */
function compare(places: Float64Array, theta: number): number {
  const n = places.length / 2;
  const tree = new Quadtree(n);
  tree.build(places);
  let worst = 0;
  for (let i = 0; i < n; i++) {
    const force = new Float64Array(2);
    const sum = tree.repulsion(
      places[2 * i] as number,
      places[2 * i + 1] as number,
      theta,
      force,
      0,
    );
    const exact = direct(places, i);
    worst = Math.max(
      worst,
      Math.abs(sum / exact.sum - 1),
      Math.abs((force[0] as number) - exact.x) / exact.sum,
      Math.abs((force[1] as number) - exact.y) / exact.sum,
    );
  }
  return worst;
}

describe('the quadtree', () => {
  test('at theta 0 sums every point', () => {
    expect(compare(scattered(300, 4), 0)).toBeLessThan(1e-12);
  });

  test('at theta 0.5 is within 2 %, at 0.2 within 0.3 %', () => {
    expect(compare(scattered(1000, 20), 0.5)).toBeLessThan(0.02);
    expect(compare(scattered(1000, 20), 0.2)).toBeLessThan(0.003);
  });

  test('takes points at one place, on one line, and one alone', () => {
    const twice = scattered(50, 1);
    expect(compare(Float64Array.from([...twice, ...twice]), 0)).toBeLessThan(1e-12);
    expect(compare(new Float64Array(40), 0.5)).toBeLessThan(1e-12);
    expect(compare(Float64Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? i : 3)), 0)).toBeLessThan(1e-12); // prettier-ignore
    expect(compare(Float64Array.of(0.3, 0.4), 0.5)).toBeLessThan(1e-12);
  });

  test('can be built again for other places', () => {
    const tree = new Quadtree(200);
    tree.build(scattered(200, 9));
    const places = scattered(200, 1);
    tree.build(places);
    const force = new Float64Array(2);
    const sum = tree.repulsion(places[0] as number, places[1] as number, 0, force, 0);
    expect(sum).toBeCloseTo(direct(places, 0).sum, 9);
  });
});

describe('the gradient', () => {
  const neighbours = nearestNeighbours(clustered(40, 5, 2), 30, Stream.named(1));
  const affinities = symmetric(neighbours, conditional(neighbours, 10));

  test('is the difference quotient of the divergence', () => {
    const divergence = new Divergence(affinities, 0);
    const places = scattered(40, 1);
    const gradient = new Float64Array(80);
    const spare = new Float64Array(80);
    divergence.gradient(places, gradient, 1);
    const at = (moved: Float64Array): number => {
      divergence.gradient(moved, spare, 1);
      return divergence.value(moved);
    };
    const step = 1e-5;
    for (let i = 0; i < 80; i++) {
      const quotient =
        (at(places.with(i, (places[i] as number) + step)) -
          at(places.with(i, (places[i] as number) - step))) /
        (2 * step);
      expect(Math.abs((gradient[i] as number) - quotient)).toBeLessThan(1e-8);
    }
  });

  test('attracts as many times more as the exaggeration says', () => {
    const divergence = new Divergence(affinities, 0);
    const places = scattered(40, 1);
    const [one, two, three] = [1, 2, 3].map((exaggeration) => {
      const gradient = new Float64Array(80);
      divergence.gradient(places, gradient, exaggeration);
      return gradient;
    }) as [Float64Array, Float64Array, Float64Array];
    for (let i = 0; i < 80; i++) {
      expect((three[i] as number) - (two[i] as number)).toBeCloseTo((two[i] as number) - (one[i] as number), 12); // prettier-ignore
    }
    expect(one).not.toEqual(two);
  });

  test('refuses a theta at which a cell could stand for a point inside it', () => {
    expect(() => new Divergence(affinities, 0.8)).toThrow('theta');
  });
});

describe('t-SNE', () => {
  const options = { ...TSNE_DEFAULTS, iterations: 400, exaggerated: 100, perplexity: 12 };
  const points = clustered(160, 8, 6);

  test('lowers the divergence and keeps clusters that are apart, apart', () => {
    const divergences: number[] = [];
    const places = tsne(points, 501, options, (iteration, divergence) => {
      if (iteration % 100 === 0) divergences.push(divergence());
    });
    // From the end of the exaggeration on it falls.
    expect(divergences[3]).toBeLessThan(divergences[2] as number);
    expect(divergences[2]).toBeLessThan(divergences[1] as number);
    expect(divergences[3]).toBeLessThan(0.5 * (divergences[0] as number));

    const map: Points = { n: points.n, d: 2, values: Float32Array.from(places) };
    const nearest = nearestNeighbours(map, 5, Stream.named(1));
    const cluster = (i: number): number => Math.floor((i * CLUSTERS) / points.n);
    for (const [at, j] of nearest.index.entries()) {
      expect(cluster(j)).toBe(cluster(Math.floor(at / 5)));
    }
  });

  test('gives the same places for the same seed, others for another', () => {
    const short = { ...options, iterations: 30 };
    expect(tsne(points, 1, short)).toEqual(tsne(points, 1, short));
    expect(tsne(points, 2, short)).not.toEqual(tsne(points, 1, short));
  });

  test('takes fewer points than the perplexity wants, and equal ones', () => {
    const few: Points = { n: 5, d: 2, values: Float32Array.of(0, 0, 0, 0, 1, 1, 2, 2, 9, 9) };
    expect(tsne(few, 1, TSNE_DEFAULTS).every(Number.isFinite)).toBe(true);
    const equal: Points = { n: 30, d: 2, values: new Float32Array(60) };
    expect(tsne(equal, 1, TSNE_DEFAULTS).every(Number.isFinite)).toBe(true);
    expect(() => tsne({ n: 3, d: 1, values: new Float32Array(3) }, 1)).toThrow('at least 4');
  });

  test('fills the unit square on each axis', () => {
    expect([...unitSquare(Float64Array.of(-2, 5, 0, 5, 2, 5))]).toEqual([0, 0.5, 0.5, 0.5, 1, 0.5]);
  });
});
